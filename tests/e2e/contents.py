"""What people type into the forms of the browser tests, by name of the field."""

from typing import Any

INDICATOR = {
    "indicators-0-type": "numeric",
    "indicators-0-direction": "lower",
    "indicators-0-necessity": "must",
    "indicators-0-role": "target",
    "indicators-0-operator": "<=",
}
RESULT: dict[str, Any] = {
    "keywords": "藻类、冷冻电镜、低温制样",
    "field": "biomed",
    "region": "天津市（12）",
    "team-0-name": "试验人",
    "research_start": "2021-01-01",
    "research_end": "2024-01-01",
    "source": "self",
    "form": "process",
    "origin": "original",
    "summary": "把活体硅藻贴在镀金网格上速冻减薄，断面没有冰晶损伤，一次装样可连续做八个位置。",
    "innovation": "减薄时由荧光信号定位，不再靠操作者估计厚度。",
    "applications": "细胞结构研究与藻类育种。",
    "details": "网格镀层的厚度与冷冻前的脱水时间见工艺卡第三页。",
    **INDICATOR,
    "indicators-0-name": "减薄厚度",
    "indicators-0-value": "180",
    "indicators-0-unit": "nm",
    "stage": "lab",
    "trl": "4",
    "trl_evidence": "连续制样四十批，成功三十六批。",
    "application_status": "not_used",
    "transfers-0-mode": "non_exclusive",
    "transfers-0-price": "60",
}
# Near to "浮标用摆式波浪发电与低功率最大跟踪" of the sample data.
DEMAND: dict[str, Any] = {
    "kind": "breakthrough",
    "keywords": "浮标供电、波浪发电、最大功率跟踪",
    "field": "ocean",
    "zone": "teda",
    "difficulty": (
        "近海浮标冬季阴雪时太阳能板断电，只能出海换电池。想靠浮标自身晃动带动偏心摆发电，"
        "把波峰的断续脉冲收集进超级电容，控制器自耗要低，海面平静时能休眠。"
    ),
    "research": "浮标用摆式波浪发电装置和低功率最大功率跟踪电路，给出海试数据。",
    "basis": "已有三座浮标和两个冬季的波浪记录。",
    **INDICATOR,
    "indicators-0-name": "控制器自耗",
    "indicators-0-value": "60",
    "indicators-0-unit": "mW",
    "min_trl": "3",
    "cooperation": ["joint", "license"],
    "months": "18",
    "budget": "120",
    "disclosure": "masked",
}
MATCHING_RESULT = "浮标用摆式波浪发电与低功率最大跟踪"
