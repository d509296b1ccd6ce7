"""What is shown before a draft is sent: what is missing, what may be a duplicate, what tells the owner."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.demands.masking import Reveal, Severity, reveals_of
from marketplace.demands.service import DemandData
from marketplace.drafting import policy
from marketplace.drafting.page import problem_lines
from marketplace.drafting.sending import Checked, check_draft, hindrance
from marketplace.drafting.service import Listing, content_of, listing_of, needs_declaration, schema_of
from marketplace.indexing.documents import document_id
from marketplace.indexing.runtime import SearchRuntime
from marketplace.listings.choices import ListingStatus
from marketplace.listings.models import Draft
from marketplace.matching.duplicates import near_duplicates
from marketplace.organisations.models import Organisation
from search.encoder import EncoderBusy
from search.engine import EngineUnavailable
from search.model_store import ModelUnavailable

log = structlog.get_logger()

NO_DUPLICATES_NOTICE = "暂时无法检查是否有相近的条目，您仍可提交；审核人员会再核对。"


@dataclass(frozen=True, slots=True)
class Review:
    draft: Draft
    version: int
    problems: Sequence[tuple[str, str, str]]
    hindrance: str
    declares: bool
    for_others: bool
    live: bool
    reviewer: str  # who looks at it next
    checked: Checked
    duplicates: Sequence[tuple[Listing, float]] = ()
    duplicate_notice: str = ""
    reveals: Sequence[Reveal] = ()

    @property
    def certain(self) -> bool:
        """Whether a masked need names its owner."""
        return any(reveal.severity is Severity.BLOCK for reveal in self.reveals)

    @property
    def blocked(self) -> bool:
        return bool(self.problems or self.hindrance or self.certain)


def review_draft(session: Session, runtime: SearchRuntime, reader: Reader, draft: Draft) -> Review:
    """Look at everything; encodes and reads files, so call it outside transactions."""
    checked = check_draft(session, draft)
    organisation = session.get_one(Organisation, draft.organisation_id)
    listing = listing_of(session, draft)
    live = listing is not None and listing.status is ListingStatus.PUBLISHED
    for_others = policy.is_for_others(draft)
    declares = needs_declaration(draft, organisation)
    review = Review(
        draft=draft,
        version=draft.version,
        problems=problem_lines(schema_of(draft), checked.problems),
        hindrance=hindrance(session, draft),
        declares=declares,
        for_others=for_others,
        live=live,
        reviewer="企业" if for_others else ("区科技局" if declares else "本单位审核人员"),
        checked=checked,
        reveals=_reveals(session, organisation, checked, draft),
    )
    own = document_id(draft.kind, listing.id) if listing else ""
    return _with_duplicates(session, runtime, reader, review, own)


def _reveals(session: Session, organisation: Organisation, checked: Checked, draft: Draft) -> list[Reveal]:
    if not isinstance(checked.data, DemandData):
        return []
    return reveals_of(session, organisation, checked.data, checked.contact)


def _with_duplicates(
    session: Session, runtime: SearchRuntime, reader: Reader, review: Review, own: str
) -> Review:
    values, kind = content_of(review.draft).values, review.draft.kind
    names = ("summary", "innovation") if kind == "result" else ("difficulty", "research")
    text = "\n".join([str(values.get("title", "")), *(str(values.get(name, "")) for name in names)]).strip()
    if not text:
        return review
    try:
        found = near_duplicates(session, runtime, reader, kind, text, [own] if own else [])
    except (EncoderBusy, EngineUnavailable, ModelUnavailable) as error:
        log.warning("drafting.without_duplicates", reason=type(error).__name__)
        return replace(review, duplicate_notice=NO_DUPLICATES_NOTICE)
    return replace(review, duplicates=found)
