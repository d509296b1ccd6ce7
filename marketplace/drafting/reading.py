"""A sent form → what was typed, and typed texts → values with an error beside each wrong one."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from marketplace.core.choices import Choice
from marketplace.core.clock import end_of_day
from marketplace.core.formatting import FEN_PER_WAN
from marketplace.drafting.schema import SINGLE, Field, Kind, Raw, Row, Schema, blank, cell_key, fields_of
from marketplace.listings.service import MAX_KEYWORDS, MIN_KEYWORDS
from marketplace.organisations.models import Organisation
from marketplace.taxonomy.models import Term

MAX_TEXT = 20_000  # characters of one field
MAX_ROWS = 60
MOST_WAN = Decimal(10_000_000)  # 1,000 亿元: more is a slip of the pen
KEYWORD_LENGTH = 40
SEPARATORS = re.compile(r"[、，,；;\n]+")
CODE = re.compile(r"[（(](\w{1,10})[）)]\s*$")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")


@dataclass
class Problems:
    """Errors by the name of the field or of the input in a row."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, key: str, message: str) -> None:
        self.found.setdefault(key, []).append(message)

    def __bool__(self) -> bool:
        return bool(self.found)

    def of(self, name: str) -> dict[str, list[str]]:
        """Errors of a field and of everything in its rows."""
        return {k: v for k, v in self.found.items() if k == name or k.startswith(f"{name}-")}


class Wrong(ValueError):
    """A typed text that is no value; says what to do."""


def read_form(schema: Schema, form: MultiDict[str, str]) -> Raw:
    """What was typed into the fields of this schema; blank rows are dropped."""
    raw: Raw = {}
    for f in fields_of(schema):
        if f.kind in (Kind.ROWS, Kind.FILES):
            raw[f.name] = _read_rows(f, form)
        elif f.kind is Kind.CHECKS:
            raw[f.name] = form.getlist(f.name)
        else:
            raw[f.name] = _tidy(form.get(f.name, ""))
    return raw


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "")[:MAX_TEXT]


def _read_rows(f: Field, form: MultiDict[str, str]) -> list[Row]:
    pattern = re.compile(rf"{re.escape(f.name)}-(\d{{1,5}})-")
    numbers = {int(m[1]) for key in form if (m := pattern.match(key))}
    rows = []
    for number in sorted(numbers)[:MAX_ROWS]:
        row = {c.name: _tidy(form.get(cell_key(f.name, number, c.name), "")) for c in f.columns}
        if any(row[c.name].strip() not in ("", c.default) for c in f.columns):
            rows.append(row)
    return rows


def is_blank(f: Field, value: Any) -> bool:
    return not value or value == blank(f) or (f.kind in SINGLE and not str(value).strip())


def parse_fields(session: Session, schema: Schema, raw: Mapping[str, Any]) -> tuple[dict[str, Any], Problems]:
    """Values by field name; a field with an error is missing among them."""
    values: dict[str, Any] = {}
    problems = Problems()
    for f in fields_of(schema):
        if f.kind is Kind.ROWS:
            values[f.name] = _parse_rows(session, f, raw.get(f.name) or [], problems)
        elif f.kind is not Kind.FILES:
            _parse_into(session, values, f, raw.get(f.name, blank(f)), problems, f.name)
    return values, problems


def _parse_into(
    session: Session, values: dict[str, Any], f: Field, raw: Any, problems: Problems, key: str
) -> None:
    try:
        values[f.name] = parse_value(session, f, raw)
    except Wrong as error:
        problems.add(key, str(error))


def _parse_rows(session: Session, f: Field, rows: Sequence[Row], problems: Problems) -> list[dict[str, Any]]:
    parsed = []
    if f.required and not rows:
        problems.add(f.name, "请至少填写一行。")
    for index, row in enumerate(rows):
        values: dict[str, Any] = {}
        for column in f.columns:
            key = cell_key(f.name, index, column.name)
            _parse_into(session, values, column, row.get(column.name, ""), problems, key)
        parsed.append(values)
    return parsed


def parse_value(session: Session, f: Field, raw: Any) -> Any:
    """The value of one field; Wrong says what is the matter."""
    if f.kind is Kind.FLAG:
        return raw == "1"
    if f.kind is Kind.CHECKS:
        return _checks(f, raw)
    text = str(raw).strip()
    if not text and f.kind is not Kind.KEYWORDS:
        if f.required:
            raise Wrong("请选择一项。" if f.kind in CHOSEN else "请填写此项。")
        return "" if f.kind in TEXTS else None
    parse: Callable[[Session, Field, str], Any] = PARSERS[f.kind]
    return parse(session, f, text)


def _text(session: Session, f: Field, text: str) -> str:
    limit = f.length or MAX_TEXT
    if len(text) > limit:
        raise Wrong(f"最多 {limit} 个字，现有 {len(text)} 个。")
    return text


def _email(session: Session, f: Field, text: str) -> str:
    if len(text) > 254 or not EMAIL.fullmatch(text):
        raise Wrong("邮箱格式不正确，应如 name@unit.cn。")
    return text.lower()


def _choice(session: Session, f: Field, text: str) -> Choice:
    assert f.choices is not None  # of every CHOICE field
    try:
        return f.choices.of(text)
    except ValueError:
        raise Wrong("请从列表中选择。") from None


def _checks(f: Field, raw: Any) -> tuple[Choice, ...]:
    assert f.choices is not None
    if f.required and not raw:
        raise Wrong("请至少选择一项。")
    try:
        return tuple(dict.fromkeys(f.choices.of(str(code)) for code in raw))
    except ValueError:
        raise Wrong("请从列表中选择。") from None


def _lookup(session: Session, f: Field, text: str) -> str:
    """A code, a title that only one term has, or ``title（code）`` as the suggestions write it."""
    code = m[1] if (m := CODE.search(text)) else text
    active = (Term.vocabulary == f.vocabulary, Term.active)
    if known := session.scalar(select(Term.code).where(*active, Term.code == code)):
        return known
    named = session.scalars(select(Term.code).where(*active, Term.title == text).limit(2)).all()
    if len(named) == 1:
        return named[0]
    raise Wrong(
        "有几个同名的条目，请从提示中选择带代码的一项。" if named else "字典中没有这一项，请从提示中选择。"
    )


def _organisation(session: Session, f: Field, text: str) -> int:
    found = session.scalars(
        select(Organisation.id)
        .where(or_(Organisation.name == text, Organisation.short_name == text))
        .limit(2)
    ).all()
    if len(found) != 1:
        raise Wrong(
            "没有找到这个单位，请填写全称或从提示中选择。" if not found else "有同名简称，请填写单位全称。"
        )
    return found[0]


def _member(session: Session, f: Field, text: str) -> str:
    return text  # held against the members when the draft is sent


def _level(session: Session, f: Field, text: str) -> int:
    return _integer(session, f, text)


def _date(session: Session, f: Field, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Wrong("日期格式应如 2026-11-24。") from None
    if not 1950 <= day.year <= 2100:
        raise Wrong("请核对年份。")
    return day


def _until(session: Session, f: Field, text: str) -> Any:
    return end_of_day(_date(session, f, text))


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text.replace(",", "").replace("，", "").replace(" ", ""))
    except InvalidOperation:
        raise Wrong("请填写数字，例如 90。") from None
    if not number.is_finite():
        raise Wrong("请填写数字，例如 90。")
    return number


def _within(f: Field, number: Decimal | float | int) -> None:
    unit = f" {f.unit}" if f.unit else ""
    if f.low is not None and f.high is not None and not f.low <= number <= f.high:
        raise Wrong(f"应在 {f.low:g} 至 {f.high:g}{unit} 之间。")


def _wan(session: Session, f: Field, text: str) -> int:
    number = _decimal(text.removesuffix("万元").strip())
    if number <= 0:
        raise Wrong("金额须大于零；面议请留空。" if not f.required else "金额须大于零。")
    if number > MOST_WAN:
        raise Wrong("金额过大，请核对单位是否为万元。")
    fen = number * FEN_PER_WAN
    if fen != fen.to_integral_value():
        raise Wrong("金额最多精确到分。")
    return int(fen)


def _integer(session: Session, f: Field, text: str) -> int:
    number = _decimal(text)
    if abs(number) > 10**9 or number != number.to_integral_value():
        raise Wrong("请填写整数。")
    _within(f, number)
    return int(number)


def _number(session: Session, f: Field, text: str) -> float:
    number = float(_decimal(text.replace("−", "-")))
    if abs(number) > 1e300:
        raise Wrong("数值过大，请换一个单位。")
    _within(f, number)
    return number


def split_keywords(text: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in SEPARATORS.split(text) if word.strip()))


def _keywords(session: Session, f: Field, text: str) -> tuple[str, ...]:
    words = split_keywords(text)
    if not MIN_KEYWORDS <= len(words) <= MAX_KEYWORDS:
        raise Wrong(f"关键词需 {MIN_KEYWORDS} 至 {MAX_KEYWORDS} 个，现有 {len(words)} 个。")
    if any(len(word) > KEYWORD_LENGTH for word in words):
        raise Wrong(f"每个关键词最多 {KEYWORD_LENGTH} 个字，请用顿号隔开。")
    return tuple(words)


def _term(session: Session, f: Field, text: str) -> str:
    known = select(Term.code).where(Term.vocabulary == f.vocabulary, Term.code == text, Term.active)
    if session.scalar(known) is None:
        raise Wrong("请从列表中选择。")
    return text


TEXTS = frozenset({Kind.TEXT, Kind.EMAIL, Kind.LONG, Kind.MARKDOWN, Kind.MEMBER})
CHOSEN = frozenset({Kind.CHOICE, Kind.TERM, Kind.LOOKUP, Kind.LEVEL, Kind.MEMBER})
PARSERS: dict[Kind, Callable[[Session, Field, str], Any]] = {
    Kind.TEXT: _text, Kind.LONG: _text, Kind.MARKDOWN: _text, Kind.EMAIL: _email,
    Kind.CHOICE: _choice, Kind.TERM: _term, Kind.LOOKUP: _lookup, Kind.ORGANISATION: _organisation,
    Kind.MEMBER: _member, Kind.LEVEL: _level, Kind.DATE: _date, Kind.UNTIL: _until, Kind.WAN: _wan,
    Kind.INTEGER: _integer, Kind.NUMBER: _number, Kind.KEYWORDS: _keywords,
}  # fmt: skip
