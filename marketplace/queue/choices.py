"""What officers decide on (待办事项)."""

from marketplace.core.choices import Choice


class QueueKind(Choice):
    RESULT = "result", "成果审核"
    DEMAND = "demand", "需求审核"
    REVISION = "revision", "修改审核"
    ORGANISATION = "organisation", "单位核验"
    EXPERT = "expert", "专家申请"
    REPORT = "report", "纠错举报"
