"""What changed between two contents, in words, with the marks inside long texts."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from marketplace.demands.labels import LABELS as DEMAND_LABELS
from marketplace.demands.service import DemandColumns, DemandData, data_of_demand
from marketplace.listings.choices import AttachmentVisibility, IndicatorRole
from marketplace.listings.differences import Labels, Segment, changed_names, changes, segments
from marketplace.listings.service import KEPT, AttachmentData
from marketplace.results.labels import LABELS as RESULT_LABELS
from marketplace.results.service import ResultColumns, ResultData, TransferData, data_of_result
from tests.factories import INDICATOR, Factory


@pytest.fixture
def content(make: Factory) -> ResultData:
    return data_of_result(make.result(*make.staffed(), published=False))


@pytest.mark.parametrize(
    ("labels", "data", "columns"),
    [(RESULT_LABELS, ResultData, ResultColumns), (DEMAND_LABELS, DemandData, DemandColumns)],
)
def test_every_field_has_its_label(labels: Labels, data: type, columns: type) -> None:
    assert set(labels.columns) == {field.name for field in fields(columns)} - KEPT
    assert set(labels.rows) == {field.name for field in fields(data)} - {"columns"}


def test_equal_contents_differ_in_nothing(content: ResultData, make: Factory) -> None:
    assert changes(RESULT_LABELS, content, content) == []
    need = data_of_demand(make.demand(*make.staffed(), published=False))
    assert changes(DEMAND_LABELS, need, need) == []


def test_a_long_text_marks_only_what_changed_in_it(content: ResultData) -> None:
    old = replace(content, columns=replace(content.columns, summary="厚度 25 微米。室温下电导率 3 mS/cm。"))
    new = replace(content, columns=replace(content.columns, summary="厚度 25 微米。室温下电导率 5 mS/cm。"))
    (change,) = changes(RESULT_LABELS, old, new)
    assert change.label == "公开简介"
    assert change.segments == [
        Segment("same", "厚度 25 微米。室温下电导率 "),
        Segment("removed", "3"),
        Segment("added", "5"),
        Segment("same", " mS/cm。"),
    ]


def test_a_short_value_is_written_as_pages_write_it(app: Flask, content: ResultData) -> None:
    later = datetime(2028, 3, 31, 16, tzinfo=UTC)
    columns = replace(
        content.columns, cluster="high-end-manufacturing", pay_after_use=True, valid_until=later
    )
    found = {c.label: c.segments for c in changes(RESULT_LABELS, content, replace(content, columns=columns))}
    assert found["集聚区"] == [Segment("removed", "（空）"), Segment("added", "高端制造")]
    assert found["先使用后付费"] == [Segment("removed", "否"), Segment("added", "是")]
    assert found["有效期"][1].text == "2028年3月31日 (周五) 24:00"


def test_rows_are_added_removed_changed_and_moved(content: ResultData) -> None:
    better = replace(INDICATOR, value_text="≥350 Wh/kg", low=350.0)
    present = replace(INDICATOR, role=IndicatorRole.PRESENT)
    old = replace(content, indicators=(INDICATOR,), keywords=("一", "二", "三"))
    new = replace(content, indicators=(better, present), keywords=("二", "一", "三"))
    found = {change.name: change.rows for change in changes(RESULT_LABELS, old, new)}
    assert [row.kind for row in found["indicators"]] == ["changed", "added"]
    assert [row.kind for row in found["keywords"]] == ["moved"]
    assert [row.kind for row in changes(RESULT_LABELS, new, old)[1].rows] == ["removed", "changed"]


def test_prices_and_files_are_named(content: ResultData) -> None:
    mode = content.transfers[0].mode
    file = AttachmentData(file="abc", visibility=AttachmentVisibility.PUBLIC)
    new = replace(content, transfers=(TransferData(mode=mode, price=None),), attachments=(file,))
    found = {
        c.name: c.rows for c in changes(RESULT_LABELS, content, new, {("attachments", "abc"): "报告.pdf"})
    }
    assert "面议" in "".join(s.text for s in found["transfers"][0].segments)
    assert found["attachments"][0].segments[0].text == "报告.pdf（公开）"


def test_equal_keys_are_told_apart_by_their_order(content: ResultData) -> None:
    hot = replace(INDICATOR, condition="60 ℃", value_text="≥280 Wh/kg", low=280.0)
    old, new = replace(content, indicators=(INDICATOR, hot)), replace(content, indicators=(INDICATOR,))
    assert changed_names(RESULT_LABELS, old, new) == {"indicators"}
    (change,) = changes(RESULT_LABELS, old, new)
    assert [row.kind for row in change.rows] == ["removed"]


texts = st.text(alphabet="电池温度，。\n12ab ", max_size=60)


@given(old=texts, new=texts)
def test_segments_hold_both_texts(old: str, new: str) -> None:
    found = segments(old, new)
    assert "".join(s.text for s in found if s.kind != "added") == old
    assert "".join(s.text for s in found if s.kind != "removed") == new
    assert all(s.text for s in found)


def test_an_endless_sentence_is_shown_as_replaced() -> None:
    old, new = "电" * 2000, "池" * 2000
    assert segments(old, new) == [Segment("removed", old), Segment("added", new)]
