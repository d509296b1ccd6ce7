"""领域 and industry suggested beside their field of the form; nothing is filled in unasked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core.errors import NotFound
from marketplace.drafting.schema import Field, Kind, Raw, fields_of
from marketplace.drafting.service import schema_of
from marketplace.indexing.documents import document_id
from marketplace.indexing.runtime import SearchRuntime
from marketplace.listings.models import Draft
from marketplace.matching.classification import MIN_CHARACTERS, VOTING, classified_text, suggest_terms
from search.encoder import EncoderBusy
from search.engine import EngineUnavailable
from search.model_store import ModelUnavailable

PARTS = {"result": ("summary",), "demand": ("difficulty", "research")}
TOO_SHORT = "内容还太少，请先填写名称和{part}，再按内容推荐。"
PART_NAMES = {"result": "公开简介", "demand": "技术难点"}
BUSY = "推荐服务暂时繁忙，请稍后再试，或直接选择。"


@dataclass(frozen=True, slots=True)
class Classes:
    """What is suggested for one field: (value of the input, title), or a message why nothing is."""

    field: str
    options: Sequence[tuple[str, str]] = ()
    message: str = ""


def is_classified(field: Field) -> bool:
    return field.vocabulary in VOTING


def propose_classes(
    session: Session, runtime: SearchRuntime, reader: Reader, draft: Draft, raw: Raw, name: str
) -> Classes:
    """Suggestions for the field ``name`` from what is typed; NotFound where it is no such field."""
    field = next((f for f in fields_of(schema_of(draft)) if f.name == name and is_classified(f)), None)
    if field is None:
        raise NotFound("没有这个项目。")
    text = classified_text(
        str(raw.get("title", "")),
        [str(raw.get("keywords", ""))],
        [str(raw.get(part, "")) for part in PARTS[draft.kind]],
    )
    if sum(character.isalnum() for character in text) < MIN_CHARACTERS:
        return Classes(name, message=TOO_SHORT.format(part=PART_NAMES[draft.kind]))
    kind, listing_id = draft.kind, draft.result_id or draft.demand_id
    own = (document_id(kind, listing_id),) if listing_id else ()
    try:
        terms = suggest_terms(session, runtime, reader, text, field.vocabulary, own)
    except (EncoderBusy, EngineUnavailable, ModelUnavailable):
        return Classes(name, message=BUSY)
    return Classes(name, [(_value(field, code, title), title) for code, title in terms])


def _value(field: Field, code: str, title: str) -> str:
    return f"{title}（{code}）" if field.kind is Kind.LOOKUP else code


def take_class(form: Mapping[str, str]) -> tuple[str, str] | None:
    """The field and the value of the suggestion that was pressed in a page without script."""
    name, found, value = form.get("take", "").partition("=")
    return (name, value) if found else None
