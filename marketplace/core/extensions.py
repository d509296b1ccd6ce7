"""Flask extensions, made here and bound to the application in ``create_app``."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from marketplace.core.db import db

__all__ = ["csrf", "db", "limiter", "login_manager", "migrate"]

login_manager = LoginManager()
csrf = CSRFProtect()
migrate = Migrate(render_as_batch=True, compare_type=True)
# Counters in memory: one web process by default. Log-in attempts are counted in the database.
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)
