"""The page behind a confirmation link (代填): no log-in, the link itself is the right."""

from collections.abc import Mapping

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.policy import Reader
from marketplace.catalogue.listing_views import demand_view
from marketplace.core.checks import problems_of, require
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput, NotFound
from marketplace.core.extensions import limiter
from marketplace.core.files import send_attachment
from marketplace.core.permissions import Access, access
from marketplace.demands.confirmation import confirm_demand, decline_demand, demand_of_token, require_name
from marketplace.demands.masking import Reveal, require_masked, reveals_of
from marketplace.demands.models import Demand
from marketplace.demands.service import data_of_demand
from marketplace.drafting.demand_form import SCHEMA
from marketplace.drafting.forms import read_review
from marketplace.drafting.schema import fields_of
from marketplace.drafting.sending import require_conclusion, require_unclassified
from marketplace.matching.views import match_rate

blueprint = Blueprint("confirmation", __name__)


def _page(token: str, errors: dict[str, str], status: int = 200) -> Response:
    demand = demand_of_token(db.session, token)
    open_ = demand.confirmed_at is None and demand.confirmation_sent_at is not None
    reader = Reader(organisation_ids=frozenset({demand.organisation_id}))
    page = render_template(
        "drafting/confirm.html", demand=demand, listing=demand_view(reader, demand), token=token,
        files=_files(token, demand), errors=errors, sent=request.form,
        reveals=_reveals(demand) if open_ else (), labels={f.name: f.label for f in fields_of(SCHEMA)},
    )  # fmt: skip
    response = make_response(page, status)
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


def _reveals(demand: Demand) -> list[Reveal]:
    """What would tell the enterprise in spite of 脱敏, which it is asked to look at itself."""
    return reveals_of(db.session, demand.organisation, data_of_demand(demand), demand.contact)


def _files(token: str, demand: Demand) -> list[tuple[str, str]]:
    return [
        (link.attachment.title, url_for("confirmation.file", token=token, file_id=link.attachment.public_id))
        for link in demand.attachments
    ]


@blueprint.get("/confirm/<token>")
@limiter.limit(match_rate)
@access(Access.PUBLIC)
def show(token: str) -> BaseResponse:
    return _page(token, {})


@blueprint.post("/confirm/<token>")
@limiter.limit(match_rate)
@access(Access.PUBLIC)
def answer(token: str) -> BaseResponse:
    form, declines = request.form, "decline" in request.form
    try:
        if not declines and (missing := _missing(demand_of_token(db.session, token), form)):
            return _page(token, missing, 422)
        with transaction() as session:
            demand = demand_of_token(session, token, lock=True)
            if declines:
                decline_demand(session, demand, form.get("reply", ""))
            elif demand.confirmed_at is None:
                review = read_review(form)
                assert review is not None  # asked for above
                confirm_demand(session, demand, form.get("name", ""), review)
    except InvalidInput as error:
        return _page(token, {error.field or "form": error.message}, 422)
    return redirect(url_for("confirmation.show", token=token))


def _missing(demand: Demand, form: Mapping[str, str]) -> dict[str, str]:
    """Everything that the enterprise has not confirmed yet, by field; nothing once it has confirmed."""
    if demand.confirmed_at is not None:
        return {}
    acknowledged = form.get("masking_acknowledged") == "1"
    problems = problems_of(
        [
            lambda: _require_masked(demand, acknowledged=acknowledged),
            lambda: require_name(form.get("name", "")),
            lambda: require_conclusion(read_review(form)),
            lambda: require_unclassified(form.get("nothing_classified") == "1"),
            lambda: require(
                form.get("consent") == "1", "请确认已核对全文，并同意以贵单位名义提交。", "consent"
            ),
        ]
    )
    return {problem.field: problem.message for problem in problems}


def _require_masked(demand: Demand, *, acknowledged: bool) -> None:
    """Like ``require_masked``, for a page that shows the need and has no fields to mend it in."""
    try:
        require_masked(_reveals(demand), acknowledged=acknowledged)
    except InvalidInput as error:
        here = error.field == "masking_acknowledged"
        raise InvalidInput(error.message, field=error.field if here else "form") from None


@blueprint.get("/confirm/<token>/files/<file_id>")
@limiter.limit(match_rate)
@access(Access.PUBLIC)
def file(token: str, file_id: str) -> Response:
    demand = demand_of_token(db.session, token)
    for link in demand.attachments:
        if link.attachment.public_id == file_id:
            return send_attachment(link.attachment)
    raise NotFound("没有找到这个附件。")
