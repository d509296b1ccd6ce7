"""States of a mail (邮件), and which notices a person also wants by mail (邮件提醒)."""

from marketplace.core.choices import Choice


class MailStatus(Choice):
    WAITING = "waiting", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发送"
    REFUSED = "refused", "被拒收"


class MailWish(Choice):
    """Log-in, e-mail and password mails go out whatever is chosen here."""

    ALL = "all", "全部"
    URGENT = "urgent", "仅需要我处理的"
    NONE = "none", "不发邮件"
