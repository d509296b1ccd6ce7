"""How each kind of activity is brought about through the services."""
