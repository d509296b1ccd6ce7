"""Vocabularies of the need form (企业技术需求)."""

from marketplace.core.choices import Choice


class DemandKind(Choice):
    BREAKTHROUGH = "breakthrough", "技术攻关"
    SUBSTITUTION = "substitution", "国产替代"
    UPGRADE = "upgrade", "产品升级"
    PURCHASE = "purchase", "采购需求"
    SCENE = "scene", "场景验证"


class CooperationMode(Choice):
    JOINT = "joint", "联合开发"
    COMMISSION = "commission", "委托研发"
    ASSIGNMENT = "assignment", "技术转让"
    LICENSE = "license", "技术许可"
    CONSULTING = "consulting", "技术咨询"
    SERVICE = "service", "技术服务"
    EQUITY = "equity", "作价入股"


class Disclosure(Choice):
    """公开程度."""

    OPEN = "open", "公开"
    MASKED = "masked", "企业名称脱敏"
    DIRECTED = "directed", "定向可见"


class SourcingStatus(Choice):
    """Life of a need after publication."""

    SEEKING = "seeking", "寻源中"
    INTRODUCING = "introducing", "对接中"
    SIGNED = "signed", "已签约"
    SOLVED = "solved", "已解决"
    CLOSED = "closed", "关闭"


SEEKING_STATES = (SourcingStatus.SEEKING, SourcingStatus.INTRODUCING)
