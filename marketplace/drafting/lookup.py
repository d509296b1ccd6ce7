"""Suggestions for what is searched by typing: regions, industries, organisations."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.core.errors import NotFound
from marketplace.organisations.models import Organisation
from marketplace.taxonomy.models import DIVISION, INDUSTRY, Term

VOCABULARIES = {"region": DIVISION, "industry": INDUSTRY}
SHOWN = 20


def suggestions(session: Session, name: str, typed: str) -> list[str]:
    """Texts that ``drafting.reading`` takes; nothing for nothing typed."""
    typed = typed.strip()
    if name != "organisation" and name not in VOCABULARIES:
        raise NotFound("没有这个列表。")
    if not typed:
        return []
    if name == "organisation":
        found = or_(
            Organisation.name.icontains(typed, autoescape=True),
            Organisation.short_name.icontains(typed, autoescape=True),
        )
        names = select(Organisation.name).where(found).order_by(Organisation.name).limit(SHOWN)
        return list(session.scalars(names))
    wanted = or_(Term.title.contains(typed, autoescape=True), Term.code.startswith(typed, autoescape=True))
    terms = session.execute(
        select(Term.title, Term.code)
        .where(Term.vocabulary == VOCABULARIES[name], Term.active, wanted)
        .order_by(Term.code)
        .limit(SHOWN)
    )
    return [f"{title}（{code}）" for title, code in terms]
