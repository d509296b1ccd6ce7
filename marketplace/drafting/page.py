"""A draft → the page of its form: steps with their fields, options, typed values and errors."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from marketplace.core.files import Attachment
from marketplace.core.formatting import filesize
from marketplace.core.markdown import render_markdown
from marketplace.drafting.classes import Classes, is_classified
from marketplace.drafting.reading import Problems
from marketplace.drafting.schema import Field, Kind, Raw, Schema, blank
from marketplace.drafting.sending import check_draft, members_of
from marketplace.drafting.service import NOUNS, content_of, files_of, listing_of, schema_of
from marketplace.listings.choices import ListingStatus
from marketplace.listings.models import Draft
from marketplace.organisations.models import Organisation
from marketplace.taxonomy.models import TRL
from marketplace.taxonomy.service import titles

Options = Sequence[tuple[str, str]]
CHOOSE = ("", "请选择")
LOOKUPS = {"division": "region", "industry": "industry"}  # vocabulary → name in the address
ORGANISATIONS = "organisation"


@dataclass(frozen=True, slots=True)
class FileRow:
    index: int
    file: str
    title: str
    size: str
    url: str
    visibility: str


@dataclass(frozen=True, slots=True)
class FieldView:
    field: Field
    value: Any
    errors: Sequence[str] = ()
    row_errors: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    options: Options = ()
    columns: Sequence[dict[str, Any]] = ()
    rows: Sequence[Mapping[str, str]] = ()
    files: Sequence[FileRow] = ()
    lookup_url: str = ""
    preview: Markup | None = None
    classified: bool = False  # values can be suggested from the text
    classes: Classes | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    key: str
    title: str
    about: str
    fields: Sequence[FieldView]
    problems: int


@dataclass(frozen=True, slots=True)
class DraftPage:
    draft: Draft
    noun: str
    heading: str
    organisation: str
    for_others: bool
    steps: Sequence[StepView]
    problems: int
    returned: bool = False
    live: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows beside what is stored: unsaved texts, errors, a preview, a row to fill, classes."""

    raw: Raw | None = None
    errors: Problems | None = None
    preview: str = ""
    added: str = ""
    classes: Classes | None = None


def count_by_step(schema: Schema, problems: Problems) -> dict[str, int]:
    return {step.key: sum(len(problems.of(f.name)) for f in step.fields) for step in schema}


def draft_page(session: Session, draft: Draft, shown: Shown) -> DraftPage:
    schema = schema_of(draft)
    counts = count_by_step(schema, check_draft(session, draft).problems)
    raw = content_of(draft).values if shown.raw is None else shown.raw
    organisation = session.get_one(Organisation, draft.organisation_id)
    files = files_of(session, draft)
    members = [(i, p.name) for i, p in members_of(session, draft.organisation_id).items()]
    steps = [
        StepView(
            step.key,
            step.title,
            step.about,
            [_field_view(draft, f, raw, shown, members, files) for f in step.fields],
            counts[step.key],
        )
        for step in schema
    ]
    listing = listing_of(session, draft)
    noun = NOUNS[draft.kind]
    return DraftPage(
        draft=draft,
        noun=noun,
        heading=f"修改{noun}" if listing else ("登记成果" if noun == "成果" else "发布需求"),
        organisation=organisation.name,
        for_others=draft.acting_for_id != draft.organisation_id,
        steps=steps,
        problems=sum(counts.values()),
        returned=listing is not None and listing.status is ListingStatus.RETURNED,
        live=listing is not None and listing.status is ListingStatus.PUBLISHED,
    )


def _field_view(
    draft: Draft, f: Field, raw: Raw, shown: Shown, members: Options, files: Mapping[str, Attachment]
) -> FieldView:
    errors = shown.errors.of(f.name) if shown.errors else {}
    value = raw.get(f.name, blank(f))
    rows = list(value) if f.kind is Kind.ROWS else []
    if f.kind is Kind.ROWS and (shown.added == f.name or (f.required and not rows)):
        rows.append({column.name: column.default for column in f.columns})
    return FieldView(
        field=f,
        value=value,
        errors=errors.get(f.name, ()),
        row_errors=errors,
        options=_options(f, members),
        columns=[_column(column) for column in f.columns] if f.kind is Kind.ROWS else (),
        rows=rows,
        files=_file_rows(draft, value, files) if f.kind is Kind.FILES else (),
        lookup_url=_lookup_url(f),
        preview=render_markdown(str(value)) if shown.preview == f.name else None,
        classified=is_classified(f),
        classes=shown.classes if shown.classes and shown.classes.field == f.name else None,
    )


def _options(f: Field, members: Options = ()) -> Options:
    first = () if f.default and f.required else ((CHOOSE if f.required else ("", "不填")),)
    match f.kind:
        case Kind.CHOICE | Kind.CHECKS:
            assert f.choices is not None
            own = [(choice.value, str(choice.title)) for choice in f.choices]
            return own if f.kind is Kind.CHECKS else [*first, *own]
        case Kind.TERM:
            return [*first, *titles(f.vocabulary).items()]
        case Kind.LEVEL:
            return [*first, *((str(n), f"{n} {titles(TRL).get(str(n), '')}") for n in range(1, 10))]
        case Kind.MEMBER:
            return [*first, *members]
    return ()


def _column(column: Field) -> dict[str, Any]:
    return {
        "key": column.name,
        "label": column.label,
        "options": _options(column),
        "flag": column.kind is Kind.FLAG,
        "mark": column.mark,
        "lookup_url": _lookup_url(column),
        "default": column.default,
    }


def _lookup_url(f: Field) -> str:
    if f.kind is Kind.LOOKUP:
        return url_for("drafts.choices", name=LOOKUPS[f.vocabulary])
    return url_for("drafts.choices", name=ORGANISATIONS) if f.kind is Kind.ORGANISATION else ""


def _file_rows(
    draft: Draft, rows: Sequence[Mapping[str, str]], files: Mapping[str, Attachment]
) -> list[FileRow]:
    return [
        FileRow(
            index=index,
            file=row["file"],
            title=files[row["file"]].title,
            size=filesize(files[row["file"]].size),
            url=url_for("drafts.draft_file", public_id=draft.public_id, file_id=row["file"]),
            visibility=row["visibility"],
        )
        for index, row in enumerate(rows)
        if row["file"] in files
    ]


def problem_lines(schema: Schema, problems: Problems) -> list[tuple[str, str, str]]:
    """(anchor, label, message) of every error, in the order of the form."""
    lines = []
    for step in schema:
        for f in step.fields:
            for key, messages in problems.of(f.name).items():
                lines.append((key, _label(f, key), "；".join(messages)))
    return lines


def _label(f: Field, key: str) -> str:
    if key == f.name:
        return f.label
    number, _, name = key.removeprefix(f"{f.name}-").partition("-")
    column = next((c.label for c in f.columns if c.name == name), "")
    return f"{f.label} 第 {int(number) + 1} 行 {column}"
