"""Pages of people: entrance, registration, passwords and addresses, account, profiles, terms."""

from marketplace.accounts.views import account, closing, credentials, entrance, pages, profiles, registration
from marketplace.accounts.views.blueprint import blueprint

__all__ = ["account", "blueprint", "closing", "credentials", "entrance", "pages", "profiles", "registration"]
