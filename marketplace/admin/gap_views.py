"""供给缺口 for the district: a page that prints well, and its rows as CSV."""

import csv
import io

from flask import Blueprint, Response, render_template

from marketplace.accounts.current import current_reader
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import NotAllowed
from marketplace.core.formatting import zh_date
from marketplace.core.permissions import Access, access
from marketplace.indexing.runtime import runtime
from marketplace.matching.cards import LEVELS, listing_url
from marketplace.matching.gap import GapReport, OpenNeed, gap_report
from marketplace.matching.presenters import Level
from marketplace.taxonomy.models import FIELD
from marketplace.taxonomy.service import title

blueprint = Blueprint("gap", __name__)

COLUMNS = ("领域", "需求编号", "需求", "单位", "发布日期", "最相近的成果", "成果编号", "等级")


def _report() -> GapReport:
    reader = current_reader()
    if not reader.reads_everything:
        raise NotAllowed("供给缺口由区科技局和监督人员查看。")
    return gap_report(db.session, runtime(), reader)


@blueprint.get("/admin/gap")
@access(Access.LOGGED_IN)
def index() -> str:
    report = _report()
    return render_template(
        "admin/gap.html",
        report=report,
        fields=[(title(FIELD, gap.field), gap) for gap in report.fields],
        needs=[_line(need) for need in report.needs],
        today=now(),
    )


def _line(need: OpenNeed) -> tuple[str, OpenNeed, str, str, Level | None]:
    """Field, the need, its page, the nearest result's page and level."""
    nearest_url = listing_url(need.nearest) if need.nearest is not None else ""
    level = LEVELS[need.level] if need.level is not None else None
    return title(FIELD, need.demand.field), need, listing_url(need.demand), nearest_url, level


@blueprint.get("/admin/gap.csv")
@access(Access.LOGGED_IN)
def download() -> Response:
    """UTF-8 with BOM, as spreadsheets want it."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for need in _report().needs:
        demand, result = need.demand, need.nearest
        values = (
            title(FIELD, demand.field), demand.number, demand.title, demand.organisation.name,
            zh_date(demand.published_at) if demand.published_at else "",
            result.title if result else "", result.number if result else "",
            LEVELS[need.level].title if need.level is not None else "",
        )  # fmt: skip
        rows.writerow([_cell(value) for value in values])
    name = f"supply-gap-{now():%Y%m%d}.csv"
    return Response(
        text.getvalue().encode("utf-8-sig"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _cell(value: str) -> str:
    """A spreadsheet takes a text that begins so for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
