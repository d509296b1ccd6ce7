"""Vocabularies of people (人员)."""

from marketplace.core.choices import Choice


class Appointment(Choice):
    """A role given by the bureau rather than by an organisation."""

    OFFICER = "officer", "科技局工作人员"
    EXPERT = "expert", "评审专家"
    EVALUATOR = "evaluator", "成果评价师"


class OfficerLevel(Choice):
    """DISTRICT decides everywhere, ZONE in one zone only, SUPERVISOR reads all and decides nothing."""

    DISTRICT = "district", "区局"
    ZONE = "zone", "开发区"
    SUPERVISOR = "supervisor", "监督"


class ProfileKind(Choice):
    """What a person shows of their work; an expert's is an application until an officer agrees."""

    RESEARCHER = "researcher", "科研人员"
    BROKER = "broker", "技术经纪人"
    EXPERT = "expert", "评审专家"
