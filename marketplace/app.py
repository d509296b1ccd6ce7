"""The application factory: registers features, errors and commands, and nothing else."""

from datetime import timedelta

from flask import Flask
from flask_login import current_user

from config import PROJECT, Settings, load_settings
from marketplace.accounts.current import acting_choice, current_reader
from marketplace.accounts.views import blueprint as accounts
from marketplace.admin.dictionary_views import blueprint as dictionaries
from marketplace.admin.gap_views import blueprint as gap
from marketplace.admin.rule_views import blueprint as rules
from marketplace.admin.views import blueprint as queue
from marketplace.announcements.views import blueprint as announcements
from marketplace.catalogue.views import demands, home, organisations, results
from marketplace.cli import register_commands
from marketplace.core.assets import asset_url
from marketplace.core.db import check_database_url
from marketplace.core.errors import register_errors
from marketplace.core.extensions import csrf, db, limiter, login_manager, migrate
from marketplace.core.formatting import filesize, wan, zh_date, zh_datetime, zh_deadline, zh_relative
from marketplace.core.logging import configure_logging, log_requests
from marketplace.core.security import init_security
from marketplace.desk.views import blueprint as desk
from marketplace.disclosure.views import blueprint as disclosure
from marketplace.drafting.confirmation_views import blueprint as confirmation
from marketplace.drafting.start_views import blueprint as starting
from marketplace.drafting.views import blueprint as drafts
from marketplace.health.views import blueprint as health
from marketplace.inbox.views import blueprint as inbox
from marketplace.indexing.outbox import register_outbox
from marketplace.indexing.runtime import init_search
from marketplace.introductions.views import blueprint as introductions
from marketplace.lifecycle.review_views import blueprint as lifecycle
from marketplace.lifecycle.service import is_reviewer
from marketplace.listings.view_counts import init_view_counter
from marketplace.matching.feedback_views import blueprint as matching
from marketplace.organisations.member_views import blueprint as my_organisation
from marketplace.organisations.verification_views import blueprint as verification
from marketplace.reports.views import blueprint as reports
from marketplace.styleguide.views import blueprint as styleguide
from marketplace.taxonomy.rules import rule_number
from marketplace.worker import registry  # noqa: F401  # schedule() knows every handler from here on

BLUEPRINTS = (
    *(home, matching, results, demands, organisations, lifecycle, accounts, inbox, health, styleguide, desk),
    *(drafts, starting, confirmation, disclosure),
    *(my_organisation, verification),
    *(introductions,),
    *(queue, dictionaries, rules, gap, reports, announcements),
)
FORM_OVERHEAD = 1024 * 1024  # bytes of a form beside its file


def create_app(settings: Settings | None = None) -> Flask:
    """Build the site from the given settings or the environment's."""
    settings = settings or load_settings()
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    configure_logging(settings)
    check_database_url(settings.database_uri)
    app = Flask(__name__, instance_path=str(settings.instance_path))
    app.extensions["settings"] = settings
    app.config.update(
        SECRET_KEY=settings.key("secret_key"),
        AUDIT_KEY=settings.key("audit_key"),
        SQLALCHEMY_DATABASE_URI=settings.database_uri,
        SQLALCHEMY_ENGINE_OPTIONS={
            "hide_parameters": True,  # what people typed stays out of the log
            "pool_size": settings.web_threads,  # a connection for each, so that none waits for another
            "pool_pre_ping": True,  # a database server that was restarted costs nobody an error
        },
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1024 * 1024 + FORM_OVERHEAD,
        MAX_FORM_MEMORY_SIZE=FORM_OVERHEAD,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form open overnight is not lost
        WTF_CSRF_SSL_STRICT=settings.https,
    )
    db.init_app(app)
    migrate.init_app(app, db, directory=str(PROJECT / "migrations"))
    # First: a request that is refused below is timed and has its id already.
    log_requests(app)
    init_security(app, settings)
    csrf.init_app(app)
    login_manager.init_app(app)
    limiter.init_app(app)
    register_outbox()
    init_search(app, settings)
    init_view_counter(app, background=settings.app_env != "test")
    register_errors(app)
    filters = (filesize, wan, zh_date, zh_datetime, zh_deadline, zh_relative)
    app.jinja_env.filters.update({f.__name__: f for f in filters})
    app.jinja_env.globals.update(asset=asset_url, environment=settings.app_env, rule_number=rule_number)
    app.context_processor(_reader_context)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    register_commands(app)
    return app


def _reader_context() -> dict[str, object]:
    """The organisations a person may act for, the present one first; always visible beside their name."""
    chosen, others = acting_choice() if current_user.is_authenticated else (None, ())
    reader = current_reader()
    return {
        "acting_organisation": chosen.short_name if chosen else None,
        "acting_choices": others,
        "officer_level": reader.officer_level.value if reader.officer_level else None,
        "acts_as_reviewer": is_reviewer(reader),
    }
