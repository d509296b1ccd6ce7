"""Every module that handles jobs. A feature adds its ``jobs.py`` here; a test looks for forgotten ones."""

from types import ModuleType

from marketplace.worker import jobs

HANDLER_MODULES: tuple[ModuleType, ...] = (jobs,)
