"""States of a mail (邮件)."""

from marketplace.core.choices import Choice


class MailStatus(Choice):
    WAITING = "waiting", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发送"
    REFUSED = "refused", "被拒收"
