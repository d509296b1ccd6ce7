"""Vocabularies of the officer's pages."""

from marketplace.core.choices import Choice


class Holder(Choice):
    """With whom a line of the queue is."""

    ANYONE = "all", "全部"
    MINE = "mine", "分派给我"
    NOBODY = "free", "未分派"


class Act(Choice):
    """What an officer does with a line of the queue."""

    APPROVE = "approve", "通过"
    RETURN = "return", "退回"
    ASSIGN = "assign", "分派"
