"""Vocabularies of matches."""

from marketplace.core.choices import Choice


class ShownLevel(Choice):
    """What a match was called when somebody judged it or asked for an introduction."""

    STRONG = "strong", "强相关"
    GOOD = "good", "较强相关"
    WEAK = "weak", "弱相关"
    NONE = "none", "无相关"


class Verdict(Choice):
    FIT = "fit", "合适"
    UNFIT = "unfit", "不合适"


class FeedbackReason(Choice):
    """What the verdict rests on; for 不合适 it is what does not fit."""

    TOPIC = "topic", "技术方向"
    INDICATORS = "indicators", "技术指标"
    MATURITY = "maturity", "成熟度"
    COOPERATION = "cooperation", "合作方式"
    PRICE = "price", "价格或预算"
    TIME = "time", "时限"
    REGION = "region", "地域"
    KNOWN = "known", "已经了解或已在接触"
    OTHER = "other", "其他"
