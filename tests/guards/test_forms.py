"""Every form that changes something leaves its checks to the site: its messages stand beside the fields,
in Chinese, whatever the browser speaks."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "marketplace" / "templates"
TAG = re.compile(r"<form\b(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*>", re.DOTALL)


def posting_forms(markup: str) -> list[str]:
    return [tag for tag in TAG.findall(markup) if 'method="post"' in tag]


def with_browser_checks(markup: str) -> list[str]:
    return [tag for tag in posting_forms(markup) if "novalidate" not in tag.rstrip(">").split()]


def test_the_guard_sees_a_form_that_lets_the_browser_check() -> None:
    assert with_browser_checks('<form method="post" action="{{ x > 1 }}">') != []
    assert with_browser_checks('<form method="post"\n novalidate\n action="/x">') == []


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_form_lets_the_browser_check(path: Path) -> None:
    assert with_browser_checks(path.read_text("utf-8")) == []


def test_there_are_forms_to_check() -> None:
    assert sum(len(posting_forms(path.read_text("utf-8"))) for path in TEMPLATES.rglob("*.html")) > 50
