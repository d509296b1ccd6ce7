"""Vocabularies of detail requests (查阅申请)."""

from marketplace.core.choices import Choice


class RequestStatus(Choice):
    PENDING = "pending", "待答复"
    GRANTED = "granted", "已授权"
    REFUSED = "refused", "已拒绝"
    REVOKED = "revoked", "已撤销"
    WITHDRAWN = "withdrawn", "已撤回"
    EXPIRED = "expired", "已到期"


OPEN_STATES = (RequestStatus.PENDING, RequestStatus.GRANTED)


class RequestAction(Choice):
    GRANT = "grant", "授权查阅"
    REFUSE = "refuse", "拒绝"
    REVOKE = "revoke", "撤销授权"
    WITHDRAW = "withdraw", "撤回申请"
    EXPIRE = "expire", "到期"


class Right(Choice):
    """Why somebody may read what is controlled."""

    OWN = "own", "本单位"
    OFFICER = "officer", "主管部门"
    GRANT = "grant", "经授权"


class ReadingKind(Choice):
    DETAILS = "details", "受控内容"
    FILE = "file", "受控附件"
