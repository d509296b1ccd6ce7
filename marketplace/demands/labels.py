"""How the fields of a need are called and written, on forms, pages and in comparisons."""

from marketplace.core.formatting import wan
from marketplace.listings.differences import Label, Labels, RowLabel
from marketplace.listings.labels import ATTACHMENTS, INDICATORS, KEYWORDS, UNTOLD, term
from marketplace.taxonomy.models import CLUSTER, FIELD, INDUSTRY, ZONE

LABELS = Labels(
    columns={
        "title": Label("名称", long=True),
        "kind": Label("需求类型"),
        "field": term("领域", FIELD),
        "cluster": term("集聚区", CLUSTER),
        "industry": term("所属行业", INDUSTRY),
        "difficulty": Label("技术难点", long=True),
        "research": Label("研究内容", long=True),
        "basis": Label("现有基础", long=True),
        "budget": Label("预期投入", lambda fen: UNTOLD if fen is None else wan(fen)),
        "months": Label("期望时限", lambda months: f"{months} 个月"),
        "min_trl": Label("最低 TRL", str),
        "zone": term("功能区", ZONE),
        "disclosure": Label("公开程度"),
        "intended_experts": Label("意向专家/单位", long=True),
        "wants_challenge": Label("申请进入榜单"),
        "funds_declared": Label("声明资金已落实"),
        "valid_until": Label("有效期"),
    },
    rows={
        "keywords": KEYWORDS,
        "cooperation": RowLabel("合作方式", lambda mode: mode, lambda mode: mode.title),
        "stages": RowLabel("可接受阶段", lambda stage: stage, lambda stage: stage.title),
        "indicators": INDICATORS,
        # The names are the caller's to give: here stand ids.
        "directed_to": RowLabel("可见单位", lambda organisation_id: organisation_id, lambda _: ""),
        "attachments": ATTACHMENTS,
    },
)
