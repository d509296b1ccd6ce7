"""How the parts that results and needs share are called and written, on forms, pages and in comparisons."""

from typing import TYPE_CHECKING

from marketplace.listings.differences import Label, RowLabel
from marketplace.taxonomy.service import title

if TYPE_CHECKING:
    from marketplace.listings.service import AttachmentData, IndicatorData

UNTOLD = "面议"


def term(label: str, vocabulary: str) -> Label:
    """A field whose value is a code of a dictionary."""
    return Label(label, lambda code: title(vocabulary, code) or "（空）")


def value_shown(text: str, *, approximate: bool) -> str:
    """约 before a value that is one, unless its author wrote so."""
    return f"约 {text}" if approximate and not any(word in text for word in ("约", "左右", "近")) else text


def indicator_text(row: "IndicatorData") -> str:
    value = value_shown(row.value_text, approximate=row.approximate)
    condition = f"（{row.condition}）" if row.condition else ""
    head = f"{row.name}，{row.role.title}，{row.necessity.title}，{row.direction.title}"
    unit = f" {row.unit}" if row.unit and not row.value_text.rstrip().endswith(row.unit) else ""
    return f"{head}：{value}{unit}{condition}"


def _attachment_text(row: "AttachmentData") -> str:
    return f"（{row.visibility.title}{'，会透露企业' if row.reveals_owner else ''}）"


KEYWORDS = RowLabel("关键词", lambda word: word, str)
INDICATORS = RowLabel("技术指标", lambda row: (row.name, row.role), indicator_text)
ATTACHMENTS = RowLabel("附件", lambda row: row.file, _attachment_text)
