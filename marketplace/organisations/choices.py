"""Vocabularies of organisations (单位)."""

from marketplace.core.choices import Choice


class OrganisationKind(Choice):
    ENTERPRISE = "enterprise", "企业"
    UNIVERSITY = "university", "高校"
    INSTITUTE = "institute", "科研院所"
    NEW_RD = "new_rd", "新型研发机构"
    HOSPITAL = "hospital", "医院"
    SERVICE = "service", "服务机构"
    FINANCE = "finance", "金融机构"
    PARK = "park", "园区/孵化器"
    ALLIANCE = "alliance", "联盟"
    GOVERNMENT = "government", "政府部门"


class OrganisationSize(Choice):
    LARGE = "large", "大型"
    MEDIUM = "medium", "中型"
    SMALL = "small", "小型"
    MICRO = "micro", "微型"


class Verification(Choice):
    """Whether an officer has checked the uploaded proof of identity."""

    PENDING = "pending", "待核验"
    VERIFIED = "verified", "已核验"
    REFUSED = "refused", "未通过"


class MembershipRole(Choice):
    """What a person may do for one organisation."""

    ENTERPRISE = "enterprise", "企业需求人"
    RESEARCHER = "researcher", "科研人员"
    REVIEWER = "reviewer", "单位审核"
    ADMIN = "admin", "单位管理员"
    BROKER = "broker", "技术经纪人"


class ProofKind(Choice):
    """Papers that show who an organisation is, and that the person may act for it."""

    LICENCE = "licence", "营业执照 / 法人证书"
    AUTHORISATION = "authorisation", "授权书"


class ChangeStatus(Choice):
    """States of a wish to change the identity of a verified organisation."""

    WAITING = "waiting", "待审核"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"


class OfferDirection(Choice):
    """Who asked first: the organisation or the person."""

    INVITATION = "invitation", "邀请"
    REQUEST = "request", "申请加入"


class OfferStatus(Choice):
    """States of an invitation or of a wish to join."""

    OPEN = "open", "待答复"
    ACCEPTED = "accepted", "已加入"
    DECLINED = "declined", "未同意"
    WITHDRAWN = "withdrawn", "已撤回"
    EXPIRED = "expired", "已过期"
