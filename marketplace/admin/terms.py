"""Dictionaries that officers edit: codes are stable, titles and order are theirs, nothing is deleted."""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.admin import policy
from marketplace.core import audit
from marketplace.core.checks import check_texts, require
from marketplace.core.errors import NotAllowed, NotFound
from marketplace.queue.choices import QueueKind
from marketplace.taxonomy.models import CLUSTER, FIELD, HONOUR, RETURN_REASON, TRL, ZONE, Term

# Official classifications (industry, discipline, division) stand as they were published.
EDITABLE: Mapping[str, str] = {
    FIELD: "领域",
    CLUSTER: "集聚区",
    ZONE: "功能区",
    HONOUR: "资质荣誉",
    TRL: "技术就绪水平",
    RETURN_REASON: "退回理由",
}
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def check_vocabulary(vocabulary: str) -> str:
    if vocabulary not in EDITABLE:
        raise NotFound("没有这部字典，或它是不可修改的国家标准分类。")
    return vocabulary


def check_writer(reader: Reader) -> None:
    if not policy.can_edit_dictionaries(reader):
        raise NotAllowed("字典由区科技局维护。")


def list_terms(session: Session, reader: Reader, vocabulary: str) -> Sequence[Term]:
    """All entries, the inactive ones too, in their order."""
    if not policy.can_read_dictionaries(reader):
        raise NotAllowed("字典由区科技局维护。")
    return session.scalars(
        select(Term).where(Term.vocabulary == check_vocabulary(vocabulary)).order_by(Term.position, Term.code)
    ).all()


def get_term(session: Session, vocabulary: str, code: str) -> Term:
    query = select(Term).where(Term.vocabulary == check_vocabulary(vocabulary), Term.code == code)
    term = session.scalar(query.with_for_update())
    if term is None:
        raise NotFound("字典中没有这个词条。")
    return term


def add_term(
    session: Session, reader: Reader, vocabulary: str, code: str, title: str, parent: str = ""
) -> Term:
    """Put a new entry at the end; its code is for good."""
    check_writer(reader)
    check_vocabulary(vocabulary)
    require(CODE.fullmatch(code) is not None, "代码由小写字母、数字和连字符组成，最多 40 个字符。", "code")
    known = session.scalar(select(Term.id).where(Term.vocabulary == vocabulary, Term.code == code))
    require(known is None, "这个代码已经用过。停用的词条可以重新启用。", "code")
    if vocabulary == RETURN_REASON:
        require(parent in {kind.value for kind in QueueKind}, "请选择用于哪一类事项。", "parent")
    title = _checked_title(session, vocabulary, title, parent)
    last = session.scalar(select(func.max(Term.position)).where(Term.vocabulary == vocabulary))
    term = Term(
        vocabulary=vocabulary,
        code=code,
        title=title,
        parent_code=parent or None,
        position=(last if last is not None else -1) + 1,
    )
    session.add(term)
    session.flush()
    _record(session, reader, term, "add")
    return term


def _checked_title(session: Session, vocabulary: str, title: str, parent: str, but: int = 0) -> str:
    title = title.strip()
    check_texts(Term, {"title": title})
    rule = [Term.vocabulary == vocabulary, Term.title == title, Term.id != but]
    if vocabulary == RETURN_REASON:
        rule.append(Term.parent_code == (parent or None))
    require(session.scalar(select(Term.id).where(*rule)) is None, "已有同名词条。", "title")
    return title


def rename_term(session: Session, reader: Reader, term: Term, title: str) -> None:
    """Another title for the same code: it shows at once wherever the code is used."""
    check_writer(reader)
    before = term.title
    term.title = _checked_title(session, term.vocabulary, title, term.parent_code or "", term.id)
    _record(session, reader, term, "rename", {"before": before, "after": term.title})


def set_active(session: Session, reader: Reader, term: Term, active: bool) -> None:
    """An inactive entry can no longer be chosen; what uses it keeps showing its title."""
    check_writer(reader)
    term.active = active
    _record(session, reader, term, "activate" if active else "deactivate")


def move_term(session: Session, reader: Reader, term: Term, step: int) -> None:
    """Change places with the entry before (-1) or after (+1); numbers the whole vocabulary anew."""
    check_writer(reader)
    terms = list(list_terms(session, reader, term.vocabulary))
    at = terms.index(term)
    to = at + step
    if not 0 <= to < len(terms):
        return
    terms[at], terms[to] = terms[to], terms[at]
    for position, row in enumerate(terms):
        row.position = position
    _record(session, reader, term, "move", {"to": to})


def _record(
    session: Session, reader: Reader, term: Term, verb: str, detail: Mapping[str, object] | None = None
) -> None:
    session.flush()
    name = f"term:{term.id}"
    audit.record(session, reader.person_id, f"term.{verb}", name, {"code": term.code, **(detail or {})})
