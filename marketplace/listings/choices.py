"""Vocabularies shared by results (成果) and needs (需求): indicators, secrecy, states."""

from marketplace.core.choices import Choice


class IndicatorRole(Choice):
    TARGET = "target", "要求"
    PRESENT = "present", "现状"


class IndicatorNecessity(Choice):
    MUST = "must", "必须"
    WISH = "wish", "期望"


class IndicatorType(Choice):
    NUMERIC = "numeric", "数值"
    GRADE = "grade", "等级"
    CRITERION = "criterion", "定性判据"


class IndicatorOperator(Choice):
    GE = ">=", "≥"
    LE = "<=", "≤"
    GT = ">", ">"
    LT = "<", "<"
    EQ = "=", "="
    RANGE = "range", "范围"


class IndicatorDirection(Choice):
    HIGHER = "higher", "越大越好"
    LOWER = "lower", "越小越好"
    TARGET = "target", "目标值"
    COVER = "cover", "能力覆盖"
    TOLERANCE = "tolerance", "公差"


class SecrecyVerdict(Choice):
    """保密审查: CLASSIFIED (涉密) is refused at entry and therefore never stored on a listing."""

    PENDING = "pending", "未审查"
    PUBLIC = "public", "可公开"
    CONTROLLED = "controlled", "仅受控"


class ListingStatus(Choice):
    DRAFT = "draft", "草稿"
    ORGANISATION_REVIEW = "organisation_review", "单位审核"
    SUBMITTED = "submitted", "待审"
    PUBLISHED = "published", "已发布"
    RETURNED = "returned", "退回"
    WITHDRAWN = "withdrawn", "下架"
    EXPIRED = "expired", "过期"
    TRANSFERRED = "transferred", "已转化"


class AttachmentVisibility(Choice):
    PUBLIC = "public", "公开"
    CONTROLLED = "controlled", "受控"


class Stage(Choice):
    """How far a result has come, and from where a need can start."""

    LAB = "lab", "小试/实验室"
    PILOT = "pilot", "中试"
    SMALL_BATCH = "small_batch", "小批量"
    INDUSTRIAL = "industrial", "产业化"


class RevisionStatus(Choice):
    """Life of an edit of a published listing."""

    ORGANISATION_REVIEW = "organisation_review", "单位审核"
    SUBMITTED = "submitted", "待审"
    APPLIED = "applied", "已生效"
    RETURNED = "returned", "退回"
    WITHDRAWN = "withdrawn", "已撤回"
