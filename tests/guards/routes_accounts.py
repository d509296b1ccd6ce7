"""Accounts: declared answers, and what their pages need to be seen."""

from marketplace.accounts.choices import ProfileKind
from marketplace.accounts.models import Person
from marketplace.accounts.profiles import ProfileData, save_profile
from marketplace.accounts.registration import Registration, register_person
from marketplace.accounts.tokens import Purpose, make_token
from marketplace.core.db import transaction

DEAD = "2222222222"

# (endpoint, method) → address and status for a visitor and for anybody logged in.
ROUTES = {
    ("accounts.login", "GET"): ("/login", 200, 302),
    ("accounts.login", "POST"): ("/login", 422, 302),  # nothing typed
    ("accounts.logout", "POST"): ("/logout", 302, 302),
    ("accounts.register", "GET"): ("/register", 200, 302),
    ("accounts.register", "POST"): ("/register", 422, 302),  # nothing typed
    ("accounts.register_sent", "GET"): ("/register/sent", 200, 200),
    ("accounts.resend", "GET"): ("/register/resend", 200, 200),
    ("accounts.resend", "POST"): ("/register/resend", 422, 422),  # nothing typed
    ("accounts.confirm", "GET"): (f"/register/confirm/{DEAD}", 410, 410),
    ("accounts.confirm", "POST"): (f"/register/confirm/{DEAD}", 410, 410),
    ("accounts.welcome", "GET"): ("/welcome", 302, 200),
    ("accounts.forgot", "GET"): ("/password/forgot", 200, 200),
    ("accounts.forgot", "POST"): ("/password/forgot", 422, 422),  # nothing typed
    ("accounts.forgot_sent", "GET"): ("/password/sent", 200, 200),
    ("accounts.reset", "GET"): (f"/password/reset/{DEAD}", 410, 410),
    ("accounts.reset", "POST"): (f"/password/reset/{DEAD}", 410, 410),
    ("accounts.account", "GET"): ("/account", 302, 200),
    ("accounts.account", "POST"): ("/account", 302, 303),  # nothing changed
    ("accounts.agree_to_terms", "POST"): ("/account/terms", 302, 303),
    ("accounts.change_password", "GET"): ("/account/password", 302, 200),
    ("accounts.change_password", "POST"): ("/account/password", 302, 422),  # nothing typed
    ("accounts.change_email", "GET"): ("/account/email", 302, 200),
    ("accounts.change_email", "POST"): ("/account/email", 302, 422),  # nothing typed
    ("accounts.email_sent", "GET"): ("/account/email/sent", 302, 200),
    ("accounts.confirm_email", "GET"): (f"/account/email/confirm/{DEAD}", 410, 410),
    ("accounts.confirm_email", "POST"): (f"/account/email/confirm/{DEAD}", 410, 410),
    ("accounts.end_sessions", "POST"): ("/account/sessions", 302, 303),
    ("accounts.close", "GET"): ("/account/close", 302, 200),
    ("accounts.close", "POST"): ("/account/close", 302, 422),  # nothing typed
    ("accounts.closed", "GET"): ("/account/closed", 200, 200),
    ("accounts.act_for", "POST"): ("/acting", 302, 404),  # for nobody
    ("accounts.edit_profile", "GET"): ("/account/profiles/researcher", 302, 200),
    ("accounts.edit_profile", "POST"): ("/account/profiles/researcher", 302, 422),  # nothing typed
    ("accounts.apply_as_expert", "POST"): ("/account/profiles/expert/application", 302, 409),  # no profile
    ("accounts.terms", "GET"): ("/terms", 200, 200),
    ("accounts.privacy", "GET"): ("/privacy", 200, 200),
}
BY_OBJECT = {("accounts.person", "GET"): ("people", ("public", "unknown"))}


def account_urls(shown: Person) -> dict[str, str]:
    """A person whom everybody may read, and a mailed link of each purpose that still holds."""
    with transaction() as session:
        person = session.merge(shown)
        data = ProfileData(direction="电池", achievements="专利", fields=("newenergy",), visible=True)
        save_profile(session, person, ProfileKind.RESEARCHER, data)
        waiting = register_person(
            session, Registration(name="待确认", email="waiting@unit.example", password_hash="-")
        )
        assert waiting is not None
        reset = make_token(person, Purpose.RESET, person.email)
        change = make_token(person, Purpose.CHANGE_EMAIL, "new@unit.example")
        confirm = make_token(waiting, Purpose.CONFIRM, waiting.email)
    return {
        "people public": f"/people/{person.public_id}",
        "reset link": f"/password/reset/{reset}",
        "change link": f"/account/email/confirm/{change}",
        "confirm link": f"/register/confirm/{confirm}",
    }
