"""Vocabularies of 纠错/举报."""

from marketplace.core.choices import Choice


class ReportKind(Choice):
    WRONG = "wrong", "信息有误"
    INFRINGING = "infringing", "侵权"
    EXAGGERATED = "exaggerated", "虚假夸大"
    CLASSIFIED = "classified", "涉密"
    UNREACHABLE = "unreachable", "联系不上"
    OTHER = "other", "其他"


class ReportStatus(Choice):
    OPEN = "open", "待处理"
    ANSWERED = "answered", "已答复"
    DISMISSED = "dismissed", "不予受理"
