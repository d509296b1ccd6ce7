"""Pages of people: entrance, registration, passwords and addresses, account, profiles, terms."""

from marketplace.accounts.views import account, credentials, entrance, pages, profiles, registration
from marketplace.accounts.views.blueprint import blueprint

__all__ = ["account", "blueprint", "credentials", "entrance", "pages", "profiles", "registration"]
