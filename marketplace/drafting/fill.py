"""从文本填写: what a pasted or uploaded text says for which field. A proposal; its reader checks it."""

import re
from collections.abc import Iterator, Mapping

from marketplace.drafting.schema import Raw, Row
from marketplace.drafting.writing import write_number
from marketplace.listings.service import MAX_KEYWORDS
from search.explain import shared_terms
from search.indicators import Indicator, Operator, read_indicators

RESULT_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "summary": ("公开简介", "成果简介", "技术简介", "项目简介", "简介", "成果概述", "概述", "成果介绍"),
    "innovation": ("创新点", "主要创新点", "技术创新点", "创新性", "主要创新"),
    "applications": ("应用领域", "应用范围", "应用前景", "市场前景", "适用范围"),
    "cases": ("应用案例", "典型案例", "应用情况", "推广情况"),
    "benefits": ("预期效益", "经济效益", "社会效益", "效益分析", "效益"),
    "details": ("受控详情", "技术详情", "技术方案", "技术路线", "详细内容", "主要技术内容"),
}
DEMAND_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "difficulty": (
        "技术难点",
        "难点",
        "技术难题",
        "需求背景",
        "存在问题",
        "问题描述",
        "需求描述",
        "技术痛点",
    ),
    "research": ("研究内容", "主要研究内容", "技术需求", "需求内容", "攻关内容", "主要内容"),
    "basis": ("现有基础", "已有基础", "工作基础", "前期基础", "研究基础"),
}
TITLES = ("名称", "成果名称", "需求名称", "项目名称", "技术名称", "题目", "标题")
KEYWORDS = ("关键词", "关键字")
# What stands under them is read for rows of 指标 wherever it goes.
INDICATORS = (
    "技术指标",
    "主要技术指标",
    "性能指标",
    "主要性能指标",
    "主要指标",
    "考核指标",
    "技术参数",
    "主要技术参数",
    "性能参数",
)
MAX_INDICATORS = 40
# Where text before the first heading and under unknown headings goes: never into what is public unasked.
FIRST = {"result": "summary", "demand": "difficulty"}
OTHERS = {"result": "details", "demand": "research"}

NUMBERING = r"(?:#{1,4}\s*|[（(]?[一二三四五六七八九十\d]{1,3}[、.．）)]\s*)?"
HEADING = re.compile(
    rf"^\s*{NUMBERING}[*【\[]*(?P<name>[\u4e00-\u9fff]{{2,10}})[*】\]]*\s*(?:[：:]\s*(?P<rest>.*))?$"
)
BUDGET = re.compile(r"(?:预算|经费|投入|资金|费用)[^\d\n。；]{0,12}?(\d[\d,]*(?:\.\d+)?)\s*万")
MONTHS = re.compile(r"(?:期限|周期|时限|工期|时间|完成)[^\d\n。；]{0,10}?(\d{1,2})\s*个?月")
YEARS = re.compile(r"(?:期限|周期|时限|工期)[^\d\n。；]{0,10}?(\d)\s*年")
# 预期投入：120万元 on a line of its own, all of it read into a field
ONLY_NUMBER = re.compile(
    rf"^\s*{NUMBERING}[\u4e00-\u9fff]{{2,10}}(?:（[^）\d]*）)?\s*[：:]\s*约?\s*[\d,]+(?:\.\d+)?\s*"
    r"(?:万元?|个?月|年)(?:人民币)?(?:以?内|左右)?(?:完成)?\s*[。；;，,]?\s*$"
)
TITLE_LENGTH = 60


def propose(kind: str, text: str) -> Raw:
    """Typed texts by field name."""
    headings = RESULT_HEADINGS if kind == "result" else DEMAND_HEADINGS
    numbers = _numbers(text) if kind == "demand" else {}
    text = "\n".join(line for line in text.splitlines() if not _is_only_number(line, numbers))
    found: dict[str, list[str]] = {}
    for name, line in _sections(kind, text, headings):
        found.setdefault(name, []).append(line)
    raw: Raw = {name: "\n".join(lines).strip() for name, lines in found.items()}
    raw = {name: value for name, value in raw.items() if value}
    if rows := indicator_rows(_text_for_indicators(kind, text, headings)):
        raw["indicators"] = rows
    if "keywords" not in raw and (words := shared_terms(text, text)[:MAX_KEYWORDS]):
        raw["keywords"] = "、".join(words)
    return raw | numbers


def _text_for_indicators(kind: str, text: str, headings: Mapping[str, tuple[str, ...]]) -> str:
    """The lines that may become public rows: not those of a controlled section without 指标 above."""
    lines, listed = [], False
    for line, (field, _) in zip(text.splitlines(), _sections(kind, text, headings), strict=True):
        match = HEADING.match(line)
        if match and match["name"] in INDICATORS:
            listed = True
        elif _heading(line, headings)[0]:
            listed = False
        if listed or field != "details":
            lines.append(line)
    return "\n".join(lines)


def indicator_rows(text: str) -> list[Row]:
    """Rows of 指标 as the form holds them, each marked for its reader to check."""
    rows: dict[tuple[str, ...], Row] = {}
    for found in read_indicators(text):
        row = _indicator_row(found)
        rows.setdefault((row["name"], row["operator"], row["value"], row["upper"], row["unit"]), row)
    return list(rows.values())[:MAX_INDICATORS]


def _indicator_row(found: Indicator) -> Row:
    assert found.operator is not None  # what is read from text has a value
    value = found.low if found.low is not None else found.high
    assert value is not None
    upper = found.high if found.operator is Operator.RANGE else None
    return {
        "name": found.name,
        "type": found.kind.value,
        "operator": found.operator.value,
        "value": write_number(value),
        "upper": "" if upper is None else write_number(upper),
        "unit": found.unit,
        "text": found.text[:80],
        "condition": found.condition,
        "direction": found.direction.value,
        "necessity": "must" if found.must else "wish",
        "role": "present" if found.present else "target",
        "approximate": "1" if found.approximate else "",
        "guessed": "1",
    }


def _sections(kind: str, text: str, headings: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """(field, line): each line with the field of the heading above it."""
    at, first = FIRST[kind], True
    for line in text.splitlines():
        if not line.strip():
            yield at, ""
            continue
        name, rest = _heading(line, headings)
        bare = line.strip()
        if first and not name and len(bare) <= TITLE_LENGTH and bare[-1] not in "。；;，,：:":
            yield "title", line.strip().lstrip("# ").strip()
        elif name in ("title", "keywords"):
            yield name, rest
        elif name:
            at = OTHERS[kind] if name == "other" else name
            if name == "other":
                yield at, f"### {line.strip().rstrip('：:')}" if not rest else line
            else:
                yield at, rest
        else:
            yield at, line
        first = False


def _heading(line: str, headings: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """The field that a line opens and what stands on it already; "other" for a heading of its own kind."""
    match = HEADING.match(line)
    if match is None:
        return "", ""
    name, rest = match["name"], match["rest"] or ""
    if name in TITLES:
        return ("title", rest) if rest else ("", "")
    if name in KEYWORDS:
        return ("keywords", rest) if rest else ("", "")
    for field, names in headings.items():
        if name in names:
            return field, rest
    numbered = bool(re.match(r"^\s*(?:#|[（(]?[一二三四五六七八九十\d]{1,3}[、.．）)])", line))
    return ("other", "") if numbered and not rest else ("", "")


def _numbers(text: str) -> Raw:
    """Budget and time where they are plain to see."""
    raw: Raw = {}
    if match := BUDGET.search(text):
        raw["budget"] = match[1].replace(",", "")
    if match := MONTHS.search(text):
        raw["months"] = match[1]
    elif match := YEARS.search(text):
        raw["months"] = str(int(match[1]) * 12)
    return raw


def _is_only_number(line: str, numbers: Raw) -> bool:
    """Whether a line says nothing but a number that has a field of its own."""
    read = _numbers(line)
    return bool(read) and ONLY_NUMBER.match(line) is not None and read.items() <= numbers.items()
