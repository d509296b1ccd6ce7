"""Search, match and suggestions."""

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request

from marketplace.accounts.current import current_reader
from marketplace.core.db import db
from marketplace.core.errors import InvalidInput, Unavailable
from marketplace.core.extensions import csrf, limiter
from marketplace.core.extract import ExtractionError, extract_text
from marketplace.core.permissions import Access, access
from marketplace.indexing.runtime import runtime
from marketplace.matching import service
from marketplace.matching.cards import match_answer
from marketplace.matching.forms import NEED, MatchForm, too_short
from marketplace.matching.presenters import MatchAnswer
from marketplace.matching.search_page import parse_request, search_page
from marketplace.matching.understanding import understand
from search.encoder import EncoderBusy
from search.engine import EngineUnavailable
from search.model_store import ModelUnavailable

blueprint = Blueprint("matching", __name__)


def search_rate() -> str:
    return str(current_app.extensions["settings"].search_rate)


def match_rate() -> str:
    return str(current_app.extensions["settings"].match_rate)


@blueprint.get("/search")
@limiter.limit(search_rate)
@access(Access.PUBLIC)
def search() -> str:
    asked = parse_request(request.args)
    reader = current_reader()
    outcome = service.search_listings(db.session, runtime(), reader, asked)
    understood = understand(runtime(), reader, asked, outcome)
    return render_template("matching/search.html", page=search_page(reader, asked, outcome, understood))


@blueprint.get("/search/suggest")
@limiter.limit(search_rate)
@access(Access.PUBLIC)
def suggest() -> Response:
    prefix = request.args.get("q", "")[:60]
    return jsonify(list(service.suggest(runtime(), current_reader(), prefix)))


@blueprint.route("/match", methods=["GET", "POST"])
@csrf.exempt  # MatchForm checks the token itself and comes back filled
@limiter.limit(match_rate, methods=["POST"])
@access(Access.PUBLIC)
def match() -> Response:
    form, answer, headers = MatchForm(), None, {}
    status = 422 if form.is_submitted() else 200
    try:
        if form.validate_on_submit():
            answer, status = _answer(form), 200
    except InvalidInput as error:
        getattr(form, error.field).errors = [error.message]
    except Unavailable as error:  # the page comes back with the text in its box
        form.text.errors = [error.message]
        status, headers = error.status, {"Retry-After": str(error.retry_after)}
    fragment = request.headers.get("HX-Request") == "true"
    template = "matching/_match_answer.html" if fragment else "matching/match.html"
    page = render_template(template, form=form, answer=answer, direction=form.direction.data or NEED)
    return make_response(page, status, headers)


def _answer(form: MatchForm) -> MatchAnswer:
    """The matches of a valid form; InvalidInput for a file that gives no text, Unavailable."""
    text, truncated = form.text.data or "", False
    if form.file.data:
        try:
            extracted = extract_text(form.file.data.read(), form.file.data.filename)
        except ExtractionError as error:
            raise InvalidInput(error.message, field="file") from error
        text, truncated = extracted.text, extracted.truncated
        if message := too_short(text):
            raise InvalidInput(message, field="file")
        form.text.data = text
    truncated = truncated or len(text) > service.MAX_PASTE
    text = text[: service.MAX_PASTE]
    reader, direction = current_reader(), form.direction.data
    answers = "result" if direction == NEED else "demand"
    try:
        outcome = service.match_text(db.session, runtime(), reader, text, answers)
    except (EncoderBusy, EngineUnavailable, ModelUnavailable) as error:
        raise Unavailable("匹配服务暂时繁忙，文字仍在框里，没有被保存，请稍后重试。", 10) from error
    return match_answer(db.session, reader, outcome, direction, text, truncated)
