"""Vocabularies of 通知公告 and 政策."""

from marketplace.core.choices import Choice


class AnnouncementKind(Choice):
    NOTICE = "notice", "通知公告"
    POLICY = "policy", "政策"


class AnnouncementStatus(Choice):
    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤下"
