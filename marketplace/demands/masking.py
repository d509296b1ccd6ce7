"""The masking rule (企业名称脱敏): what in a need, and in its files, would say whose it is.

domain.md, 对接: before publishing the owner is warned where name, short name, brand, people, address
or code occur in text or attachments, and where zone + industry + honours leave too few enterprises.
Certain traces (full name, code, e-mail, phone) have to go, or their attachment is made 受控; the others
may be chance and are acknowledged.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.core.choices import Choice
from marketplace.core.errors import InvalidInput
from marketplace.core.files import Attachment
from marketplace.core.scan import FileText, scan_attachment
from marketplace.demands.choices import Disclosure
from marketplace.listings.choices import AttachmentVisibility
from marketplace.listings.service import AttachmentData
from marketplace.organisations.choices import OrganisationKind
from marketplace.organisations.identity import Trace, TraceKind, person_traces, traces_of
from marketplace.organisations.models import Organisation, OrganisationHonour
from marketplace.taxonomy.models import DIVISION, HONOUR, INDUSTRY, ZONE
from marketplace.taxonomy.rules import Rule, number_of
from marketplace.taxonomy.service import title, titles
from search.segment import normalise

if TYPE_CHECKING:
    from marketplace.demands.service import DemandData

SMALL_GROUP, UNREAD = "范围过小", "未能检查"
TEXTS = ("title", "difficulty", "research", "basis")  # columns that every reader of the need sees
HAN = re.compile(r"[\u3400-\u9fff]")


class Severity(Choice):
    BLOCK = "block", "须处理"  # publication waits until it is gone
    WARNING = "warning", "请确认"  # the owner says that they have looked at it
    NOTE = "note", "提示"  # nothing to do


@dataclass(frozen=True, slots=True)
class Reveal:
    """``field`` is the field of DemandData; ``what`` a TraceKind's title; ``file`` a public id."""

    field: str
    what: str
    text: str
    severity: Severity
    advice: str
    file: str = ""


def find_reveals(
    session: Session,
    organisation: Organisation,
    data: "DemandData",
    files: Sequence[FileText],
    contact: Person | None = None,
) -> list[Reveal]:
    """All that gives a masked need's owner away; nothing where the need is not masked.

    ``files`` are the scans (``core.scan.scan_attachment``) of the attachments in ``data``.
    """
    if data.columns.disclosure is not Disclosure.MASKED:
        return []
    traces = traces_of(organisation, titles(DIVISION).values())
    if contact is not None:
        known = {trace.text for trace in traces}
        more = person_traces(contact.name, contact.email, contact.phone)
        traces += [trace for trace in more if len(trace.text) > 1 and trace.text not in known]
    found = [reveal for field, text in _texts(data) for reveal in _in_text(traces, field, text)]
    controlled = {row.file for row in data.attachments if row.visibility is AttachmentVisibility.CONTROLLED}
    for file in files:
        found += _in_file(traces, file, file.file in controlled)
    return found + _small_group(session, organisation, data)


def _attachments(session: Session, data: "DemandData") -> Sequence[Attachment]:
    wanted = [row.file for row in data.attachments]
    return session.scalars(select(Attachment).where(Attachment.public_id.in_(wanted))).all()


def reveals_of(
    session: Session, organisation: Organisation, data: "DemandData", contact: Person | None
) -> list[Reveal]:
    """``find_reveals`` with every attachment read; what a process has read it remembers."""
    if data.columns.disclosure is not Disclosure.MASKED:
        return []
    files = [scan_attachment(file) for file in _attachments(session, data)]
    return find_reveals(session, organisation, data, files, contact)


def masked_content(
    session: Session, organisation: Organisation, data: "DemandData", contact: Person | None
) -> "DemandData":
    """Content as it comes in, with the controlled files marked that tell the owner: no grant gives them
    by itself. InvalidInput while something certain stands there."""
    if data.columns.disclosure is not Disclosure.MASKED:
        return data
    reveals = reveals_of(session, organisation, data, contact)
    require_masked(reveals, acknowledged=True)
    telling = revealing_files(reveals)
    rows = tuple(
        replace(row, reveals_owner=row.visibility is AttachmentVisibility.CONTROLLED and row.file in telling)
        for row in data.attachments
    )
    return replace(data, attachments=rows)


def check_still_masked(
    session: Session, organisation: Organisation, data: "DemandData", contact: Person | None
) -> None:
    """Ask again on the way to publication: names may have changed since, and files been made public.

    Reads no file, since deciding holds the database's lock: their marks say what they tell.
    """
    if data.columns.disclosure is not Disclosure.MASKED:
        return
    files = _attachments(session, data)
    names = [FileText(file.public_id, file.title) for file in files]
    try:
        require_masked(find_reveals(session, organisation, data, names, contact), acknowledged=True)
    except InvalidInput as error:
        raise InvalidInput(error.message) from None  # whoever decides has no such field before them
    telling = {row.file for row in data.attachments if _is_public_and_tells(row)}
    for file in files:
        if file.public_id in telling:
            raise InvalidInput(f"附件“{file.title}”会透露脱敏单位的身份，不能公开，请改为受控。")


def _is_public_and_tells(row: AttachmentData) -> bool:
    return row.reveals_owner and row.visibility is AttachmentVisibility.PUBLIC


def require_masked(reveals: Sequence[Reveal], *, acknowledged: bool) -> None:
    """InvalidInput while something certain stands there, or warnings have not been acknowledged."""
    for reveal in reveals:
        if reveal.severity is Severity.BLOCK:
            raise InvalidInput(f"脱敏需求中出现了{reveal.what}“{reveal.text}”。{reveal.advice}", reveal.field)
    if not acknowledged and any(reveal.severity is Severity.WARNING for reveal in reveals):
        raise InvalidInput("请逐条核对可能透露单位身份的内容，确认后再提交。", "masking_acknowledged")


def revealing_files(reveals: Sequence[Reveal]) -> frozenset[str]:
    """Public ids of files that tell who the owner is."""
    return frozenset(reveal.file for reveal in reveals if reveal.file and reveal.what != UNREAD)


def _texts(data: "DemandData") -> Iterator[tuple[str, str]]:
    for name in TEXTS:
        yield name, getattr(data.columns, name)
    yield from (("keywords", word) for word in data.keywords)
    for row in data.indicators:
        yield "indicators", " \n".join((row.name, row.value_text, row.unit, row.condition))


def _in_text(traces: Sequence[Trace], field: str, text: str) -> Iterator[Reveal]:
    advice = "请改用不透露身份的说法，如“本企业”。"
    for trace in traces_in(text, traces):
        severity = Severity.BLOCK if trace.certain else Severity.WARNING
        yield Reveal(field, trace.kind.title, trace.text, severity, advice)


def _in_file(traces: Sequence[Trace], file: FileText, controlled: bool) -> Iterator[Reveal]:
    parts = [("文件名", file.title), ("正文", file.text), *((f"文件属性 {n}", v) for n, v in file.properties)]
    seen: set[str] = set()
    for where, text in parts:
        for trace in traces_in(text, traces):
            if trace.text in seen:
                continue
            seen.add(trace.text)
            yield Reveal("attachments", trace.kind.title, trace.text, _file_severity(trace, controlled),
                         _file_advice(file.title, where, controlled), file.file)  # fmt: skip
    if file.problem and not controlled:
        advice = f"附件“{file.title}”：{file.problem}。请自行核对其中没有单位信息，或将其改为受控。"
        yield Reveal("attachments", UNREAD, file.title, Severity.WARNING, advice, file.file)


def _file_severity(trace: Trace, controlled: bool) -> Severity:
    if controlled:
        return Severity.NOTE
    return Severity.BLOCK if trace.certain else Severity.WARNING


def _file_advice(name: str, where: str, controlled: bool) -> str:
    if controlled:
        return f"附件“{name}”的{where}会透露单位身份；它是受控附件，授权时您再决定是否提供。"
    return f"见附件“{name}”的{where}。请改好后重新上传，或将该附件改为受控。"


def traces_in(text: str, traces: Sequence[Trace]) -> list[Trace]:
    """Which traces stand in a text; a part inside a longer one that was found is not named again."""
    plain = normalise(text)
    joined = re.sub(r"\s+", "", plain)
    found = []
    for trace in traces:
        pattern, in_joined = _pattern(trace)
        where = joined if in_joined else plain
        if not pattern.search(where):
            continue
        found.append(trace)
        joined = pattern.sub("\n", joined)
        plain = pattern.sub("\n", plain)
    return found


def _pattern(trace: Trace) -> tuple[re.Pattern[str], bool]:
    """How a trace is looked for, and whether in the text without white space."""
    text = normalise(trace.text)
    if trace.kind is TraceKind.PHONE:
        digits = re.sub(r"\D", "", text)[-11:]
        local = digits[-8:] if digits.startswith("0") else digits
        return re.compile(rf"(?<!\d)[+\d\-()]{{0,8}}{'[-()]*'.join(local)}(?!\d)"), True
    if trace.kind is TraceKind.CODE:
        return re.compile("-?".join(map(re.escape, text))), True
    if HAN.search(text):
        return re.compile(re.escape(re.sub(r"\s+", "", text))), True
    return re.compile(rf"(?<![a-z0-9]){re.escape(text)}(?![a-z0-9])"), False


def _small_group(session: Session, organisation: Organisation, data: "DemandData") -> list[Reveal]:
    """Zone, industry and the honours that the texts mention, together and with each of them left out."""
    everything = "\n".join(text for _, text in _texts(data))
    honours = [h.honour for h in organisation.honours if title(HONOUR, h.honour) in everything]
    columns = data.columns
    told = [("zone", columns.zone, title(ZONE, columns.zone))]
    if columns.industry:
        told.append(("industry", columns.industry, title(INDUSTRY, columns.industry)))
    told += [("honour", honour, title(HONOUR, honour)) for honour in honours]
    count = _enterprises(session, told)
    if count >= number_of(session, Rule.MASKED_GROUP):
        return []
    names = {"zone": "功能区", "industry": "所属行业", "honour": "文中的资质荣誉"}
    ways = []
    for left_out in told:
        rest = [row for row in told if row is not left_out]
        ways.append(f"去掉{names[left_out[0]]}“{left_out[2]}”后为 {_enterprises(session, rest)} 家")
    text = " + ".join(name for _, _, name in told)
    advice = f"本站同时符合的企业只有 {count} 家，容易被猜出。可上调行业层级或不填；{'，'.join(ways)}。"
    field = "industry" if columns.industry else "zone"
    return [Reveal(field, SMALL_GROUP, text, Severity.WARNING, advice)]


def _enterprises(session: Session, told: Sequence[tuple[str, str, str]]) -> int:
    """Enterprises on the site that all of these fit; an industry stands for the classes below it."""
    query = select(func.count()).select_from(Organisation)
    query = query.where(Organisation.kind == OrganisationKind.ENTERPRISE)
    for kind, code, _ in told:
        if kind == "zone":
            query = query.where(Organisation.zone == code)
        elif kind == "industry":
            query = query.where(Organisation.industry.startswith(code, autoescape=True))
        else:
            query = query.where(Organisation.honours.any(OrganisationHonour.honour == code))
    return session.scalar(query) or 0
