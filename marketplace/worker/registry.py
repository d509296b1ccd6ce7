"""Every module that handles jobs. A feature adds its own here; a test looks for forgotten ones."""

from types import ModuleType

from marketplace.accounts import registration
from marketplace.admin import reminders
from marketplace.core import erasure
from marketplace.disclosure import jobs as disclosure
from marketplace.drafting import service as drafting
from marketplace.introductions import jobs as introductions
from marketplace.listings import jobs as listings
from marketplace.listings import purge
from marketplace.matching import jobs as matching
from marketplace.organisations import membership
from marketplace.worker import jobs

HANDLER_MODULES: tuple[ModuleType, ...] = (
    disclosure,
    drafting,
    erasure,
    introductions,
    jobs,
    listings,
    matching,
    membership,
    purge,
    registration,
    reminders,
)
