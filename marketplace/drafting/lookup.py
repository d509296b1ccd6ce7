"""Suggestions for what is searched by typing (also as pinyin): regions, industries, organisations."""

from itertools import islice

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.core.errors import NotFound
from marketplace.organisations.models import Organisation
from marketplace.taxonomy.models import DIVISION, INDUSTRY, Term
from search.pinyin import sounds_so, typed_sound

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
        return list(session.scalars(names)) or _organisations_by_sound(session, typed)
    wanted = or_(Term.title.contains(typed, autoescape=True), Term.code.startswith(typed, autoescape=True))
    known = (
        select(Term.title, Term.code)
        .where(Term.vocabulary == VOCABULARIES[name], Term.active)
        .order_by(Term.code)
    )
    terms = [tuple(row) for row in session.execute(known.where(wanted).limit(SHOWN))]
    if not terms and (sound := typed_sound(typed.casefold())):
        every = (tuple(row) for row in session.execute(known))
        terms = list(islice((row for row in every if sounds_so(row[0], 0, sound)), SHOWN))
    return [f"{title}（{code}）" for title, code in terms]


def _organisations_by_sound(session: Session, typed: str) -> list[str]:
    if not (sound := typed_sound(typed.casefold())):
        return []
    names = session.execute(select(Organisation.name, Organisation.short_name).order_by(Organisation.name))
    found = (row[0] for row in names if any(sounds_so(name, 0, sound) for name in row))
    return list(islice(found, SHOWN))
