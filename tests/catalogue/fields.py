"""Each stored field of a listing with the text that stands for it on the page, or why none does."""

from datetime import timedelta

from marketplace.core import clock
from marketplace.core.formatting import zh_date
from marketplace.listings.choices import (
    IndicatorDirection,
    IndicatorNecessity,
    IndicatorRole,
    IndicatorType,
)
from marketplace.listings.service import IndicatorData

WAN = 1_000_000
PRESENT = IndicatorData(
    name="循环寿命",
    role=IndicatorRole.PRESENT,
    necessity=IndicatorNecessity.WISH,
    type=IndicatorType.GRADE,
    value_text="800",
    approximate=True,
    unit="次",
    condition="25 ℃、1C 充放",
    direction=IndicatorDirection.TARGET,
)
WISH = IndicatorData(
    name="防护等级",
    necessity=IndicatorNecessity.WISH,
    type=IndicatorType.GRADE,
    value_text="IP67",
    direction=IndicatorDirection.COVER,
)

# Columns that no page shows, and why.
WITHHELD = {
    "id": "stands in the number",
    "public_id": "stands in the address",
    "created_at": "its year stands in the number",
    "seed_key": "of the loader",
    "expired_at": "when the worker saw it; the state says it",
    "entered_by_id": "personal data; told to the organisation and its officers",
    "confirmation_email": "personal data",
    "confirmed_at": "of the organisation and its officers",
    "confirmed_by": "personal data",
    "confirmation_sent_at": "of who entered it",
    "confirmation_reply": "of who entered it",
    "reveals_owner": "decides who may have the file",
    "contact_id": "personal data: the office is named instead",
    "secrecy": "of the organisation and its officers",
    "secrecy_at": "of the organisation and its officers",
    "secrecy_by_id": "of the organisation and its officers",
    "secrecy_note": "of the organisation and its officers",
    "position": "an order",
    "person_id": "personal data",
    "result_id": "a link",
    "demand_id": "a link",
    "attachment_id": "a link",
    "stored_name": "of the disk",
    "content_type": "of the download",
    "sha256": "of the download",
    "uploaded_by_id": "personal data",
}
INDICATOR_COLUMNS = {
    "name": "循环寿命",
    "role": "现状",
    "necessity": "期望",
    "value_text": "约 800",
    "approximate": "约 800",
    "unit": "次",
    "condition": "25 ℃、1C 充放",
    "direction": "目标值",
    # The author's own text is shown; what was read from it is for comparing.
    "type": "约 800",
    "operator": "约 800",
    "low": "约 800",
    "high": "约 800",
}
ATTACHMENT_COLUMNS = {"title": "测试报告摘要", "size": "340 KB"}
VALID_UNTIL = clock.now() + timedelta(days=200)

RESULT_COLUMNS = {
    "title": "高比能固态锂电池电解质膜连续制备技术",
    "status": "已发布",
    "field": "新能源",
    "cluster": "高端制造",
    "export_restricted": "限制/禁止出口技术",
    "human_genetic": "涉及人类遗传资源",
    "ethics_review": "须科技伦理审查",
    "published_at": zh_date(clock.now()),
    "valid_until": zh_date(VALID_UNTIL),
    "sample": "示例",
    "organisation_id": "滨海储能",
    "region": "天津市",
    "research_start": "2020年2月3日",
    "research_end": "2024年5月6日",
    "summary": "公开简介的内容",
    "details": "受控详情的内容",
    "innovation": "创新点的内容",
    "applications": "应用领域的内容",
    "cases": "应用案例的内容",
    "benefits": "预期效益的内容",
    "source": "自主研发",
    "form": "新工艺",
    "origin": "原始创新",
    "stage": "中试",
    "level": "国内领先",
    "evaluator": "某评价机构",
    "evaluation_report": "PJ-2024-07",
    "evaluation_date": "2024年7月8日",
    "evaluation_method": "第三方评价",
    "application_status": "试用",
    "trl": "TRL 6 正样级",
    "trl_scale": "GB/T 22900-2022",
    "trl_evidence": "成熟度依据的内容",
    "pay_after_use": "先使用后付费",
    "empowerment": "长期使用权",
    "financing": "股权",
    "financing_amount": "800 万元",
}
RIGHT_COLUMNS = {
    "kind": "发明",
    "title": "一种电解质膜",
    "number": "ZL201310586887.2",
    "legal_status": "已授权",
    "holder": "甲单位",
    "co_owner": "共有人 乙单位",
    "co_owner_consents": "已同意转化",
    "encumbrance": "已质押",
}
TRANSFER_COLUMNS = {
    "mode": "独占许可",
    "price": "120 万元",
    "entry_fee": "入门费 30 万元",
    "royalty_percent": "提成 3.5%",
}
DEMAND_COLUMNS = {
    "title": "低温环境下动力电池快速充电技术需求",
    "status": "已发布",
    "field": "新能源",
    "cluster": "高端制造",
    "export_restricted": "限制/禁止出口技术",
    "human_genetic": "涉及人类遗传资源",
    "ethics_review": "须科技伦理审查",
    "published_at": zh_date(clock.now()),
    "valid_until": zh_date(VALID_UNTIL),
    "sample": "示例",
    "organisation_id": "滨海储能",
    "kind": "技术攻关",
    "industry": "汽车制造业",
    "difficulty": "技术难点的内容",
    "research": "研究内容的内容",
    "basis": "现有基础的内容",
    "budget": "300 万元",
    "months": "18 个月",
    "min_trl": "5 初样级",
    "zone": "高新区",
    "disclosure": "定向可见",
    "intended_experts": "意向专家的内容",
    "wants_challenge": "申请进入榜单",
    "funds_declared": "资金落实",
    "sourcing": "关闭",
    "closing_reason": "关闭原因的内容",
}
SHOWN = {
    "result": RESULT_COLUMNS,
    "result_keyword": {"text": "电解质"},
    "result_author": {"name": "甲某"},
    "result_indicator": INDICATOR_COLUMNS,
    "ip_right": RIGHT_COLUMNS,
    "transfer_offer": TRANSFER_COLUMNS,
    "result_value": {"dimension": "社会价值", "text": "就业的内容", "score": "社会价值 87"},
    "result_attachment": {"visibility": "公开 · 340 KB"},
    "demand": DEMAND_COLUMNS,
    "demand_keyword": {"text": "析锂"},
    "demand_indicator": INDICATOR_COLUMNS,
    "demand_stage": {"stage": "小批量"},
    "demand_cooperation": {"mode": "委托研发"},
    "demand_audience": {"organisation_id": "海河理工"},
    "demand_attachment": {"visibility": "公开 · 340 KB"},
    "attachment": ATTACHMENT_COLUMNS,
}

# Records around a listing, with pages of their own.
BESIDE = {
    *("draft", "revision", "listing_views", "detail_request", "detail_reading"),
    *("introduction", "match_feedback", "match_suggestion", "report"),
}
