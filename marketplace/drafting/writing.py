"""Values → the texts that stand in the form: ``reading`` gives the same values back."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.clock import last_day
from marketplace.core.formatting import FEN_PER_WAN
from marketplace.drafting.schema import Field, Kind, Raw, Schema, fields_of
from marketplace.organisations.models import Organisation
from marketplace.taxonomy.models import Term


def write_fields(session: Session, schema: Schema, values: Mapping[str, Any]) -> Raw:
    raw: Raw = {}
    for f in fields_of(schema):
        if f.kind is Kind.ROWS:
            rows = values.get(f.name, ())
            raw[f.name] = [
                {c.name: write_value(session, c, row.get(c.name)) for c in f.columns} for row in rows
            ]
        elif f.kind is Kind.CHECKS:
            raw[f.name] = [choice.value for choice in values.get(f.name, ())]
        elif f.kind is not Kind.FILES:
            raw[f.name] = write_value(session, f, values.get(f.name))
    return raw


def write_number(number: float) -> str:
    return repr(float(number)).removesuffix(".0")


def write_term(session: Session, vocabulary: str, code: str) -> str:
    """``滨海新区（120116）``, as the suggestions write it."""
    term = session.query(Term).filter_by(vocabulary=vocabulary, code=code).one_or_none()
    return f"{term.title}（{code}）" if term else code


def write_value(session: Session, f: Field, value: Any) -> str:
    if value is None:
        return ""
    match f.kind:
        case Kind.FLAG:
            return "1" if value else ""
        case Kind.WAN:
            amount = f"{Decimal(value) / FEN_PER_WAN:.6f}"
            return amount.rstrip("0").rstrip(".")
        case Kind.NUMBER:
            return write_number(value)
        case Kind.KEYWORDS:
            return "、".join(value)
        case Kind.LOOKUP:
            return write_term(session, f.vocabulary, value)
        case Kind.ORGANISATION:
            organisation = session.get(Organisation, value)
            return organisation.name if organisation else ""
        case Kind.CHOICE:
            return str(value.value)
        case Kind.UNTIL:
            assert isinstance(value, datetime)
            return last_day(value).isoformat()
        case Kind.DATE:
            assert isinstance(value, date)
            return value.isoformat()
    return str(value)
