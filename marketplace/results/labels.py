"""How the fields of a result are called and written, on forms, pages and in comparisons."""

from typing import TYPE_CHECKING

from marketplace.core.formatting import wan
from marketplace.listings.differences import Label, Labels, RowLabel
from marketplace.listings.labels import ATTACHMENTS, INDICATORS, KEYWORDS, UNTOLD, term
from marketplace.taxonomy.models import CLUSTER, DIVISION, FIELD

if TYPE_CHECKING:
    from marketplace.results.service import IPData, TransferData


def right_text(row: "IPData") -> str:
    parts = [row.kind.title, row.title, row.number, row.legal_status.title, f"权利人 {row.holder}"]
    if row.co_owner:
        parts.append(f"共有人 {row.co_owner}（{'已' if row.co_owner_consents else '尚未'}同意转化）")
    return "，".join([part for part in parts if part] + [row.encumbrance.title])


def price_text(row: "TransferData") -> str:
    parts = [] if row.price is None else [wan(row.price)]
    if row.entry_fee is not None:
        parts.append(f"入门费 {wan(row.entry_fee)}")
    if row.royalty_percent is not None:
        parts.append(f"提成 {row.royalty_percent:g}%")
    return f"{row.mode.title}：{' + '.join(parts) or UNTOLD}"


LABELS = Labels(
    columns={
        "title": Label("名称", long=True),
        "field": term("领域", FIELD),
        "cluster": term("集聚区", CLUSTER),
        "region": term("所在省市", DIVISION),
        "research_start": Label("研究开始"),
        "research_end": Label("研究结束"),
        "summary": Label("公开简介", long=True),
        "details": Label("受控详情", long=True),
        "innovation": Label("创新点", long=True),
        "applications": Label("应用领域", long=True),
        "cases": Label("应用案例", long=True),
        "benefits": Label("预期效益", long=True),
        "source": Label("来源"),
        "form": Label("体现形式"),
        "origin": Label("属性"),
        "stage": Label("阶段"),
        "level": Label("水平"),
        "evaluator": Label("评价机构"),
        "evaluation_report": Label("报告编号"),
        "evaluation_date": Label("评价日期"),
        "evaluation_method": Label("评价方式"),
        "application_status": Label("应用状态"),
        "trl": Label("技术就绪水平", lambda trl: f"TRL {trl}"),
        "trl_evidence": Label("就绪水平依据", long=True),
        "pay_after_use": Label("先使用后付费"),
        "empowerment": Label("赋权情况"),
        "financing": Label("融资需求"),
        "financing_amount": Label("融资金额", lambda fen: "（空）" if fen is None else wan(fen)),
        "export_restricted": Label("限制/禁止出口技术"),
        "human_genetic": Label("涉及人类遗传资源"),
        "ethics_review": Label("须科技伦理审查"),
        "valid_until": Label("有效期"),
    },
    rows={
        "keywords": KEYWORDS,
        "team": RowLabel("完成人", lambda name: name, str),
        "indicators": INDICATORS,
        "ip_rights": RowLabel("知识产权", lambda row: (row.kind, row.number or row.title), right_text),
        "transfers": RowLabel("转化方式与价格", lambda row: row.mode, price_text),
        "values": RowLabel("五元价值", lambda row: row[0], lambda row: f"{row[0].title} {row[2]}：{row[1]}"),
        "attachments": ATTACHMENTS,
    },
)
