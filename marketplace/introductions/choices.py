"""Vocabularies of introductions (对接)."""

from marketplace.core.choices import Choice


class IntroductionStatus(Choice):
    PENDING = "pending", "待回应"
    ACTIVE = "active", "对接中"
    AGREED = "agreed", "已达成"
    FAILED = "failed", "未达成"
    LAPSED = "lapsed", "超期未回应"


OPEN_STATES = (IntroductionStatus.PENDING, IntroductionStatus.ACTIVE)


class IntroductionTarget(Choice):
    """Which of the two listings is asked for; the other one, if any, is the asker's own."""

    RESULT = "result", "成果"
    DEMAND = "demand", "需求"


class OutcomeKind(Choice):
    """What the two sides signed: the kinds of 技术合同, and what is none."""

    DEVELOPMENT = "development", "技术开发"
    ASSIGNMENT = "assignment", "技术转让"
    LICENSE = "license", "技术许可"
    CONSULTING = "consulting", "技术咨询"
    SERVICE = "service", "技术服务"
    OTHER = "other", "其他合作（采购、投资等）"


class Side(Choice):
    """Where somebody stands in an introduction."""

    FROM = "from", "发起方"
    TO = "to", "对方"
    ASSISTANT = "assistant", "协助人"


class AssistanceStatus(Choice):
    OFFERED = "offered", "待双方之一同意"
    AGREED = "agreed", "已同意"
    DECLINED = "declined", "已谢绝"
