"""Forms as a browser sends them, complete and right."""

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.listings.models import Draft

RESULT_FORM = {
    "title": "高比能固态锂电池电解质膜连续制备技术",
    "keywords": "固态电池、电解质、压延",
    "field": "newenergy",
    "cluster": "",
    "region": "天津市（12）",
    "team-0-name": "甲某",
    "team-1-name": "乙某",
    "research_start": "2021-01-01",
    "research_end": "2024-01-01",
    "source": "self",
    "form": "process",
    "origin": "original",
    "summary": "硫化物电解质在干燥房外也能成膜，厚度 25 微米。",
    "innovation": "无溶剂压延避免了溶剂对硫化物的侵蚀。",
    "applications": "动力电池与储能电池。",
    "cases": "",
    "benefits": "",
    "details": "卷对卷压延的线速度与粘结剂配比。",
    "indicators-0-name": "能量密度",
    "indicators-0-type": "numeric",
    "indicators-0-operator": ">=",
    "indicators-0-value": "300",
    "indicators-0-upper": "",
    "indicators-0-unit": "Wh/kg",
    "indicators-0-text": "",
    "indicators-0-condition": "",
    "indicators-0-direction": "higher",
    "indicators-0-necessity": "must",
    "indicators-0-role": "target",
    "stage": "pilot",
    "trl": "6",
    "trl_evidence": "中试线连续运行 200 小时。",
    "application_status": "trial",
    "level": "unrated",
    "ip_rights-0-kind": "secret",
    "ip_rights-0-title": "压延配方",
    "ip_rights-0-number": "",
    "ip_rights-0-legal_status": "unregistered",
    "ip_rights-0-holder": "甲方",
    "ip_rights-0-co_owner": "",
    "ip_rights-0-co_owner_consents": "",
    "ip_rights-0-encumbrance": "none",
    "transfers-0-mode": "non_exclusive",
    "transfers-0-price": "120",
    "transfers-0-entry_fee": "",
    "transfers-0-royalty_percent": "",
    "values-0-dimension": "technical",
    "values-0-text": "领先同类工艺。",
    "values-0-score": "85",
    "empowerment": "none",
    "financing": "none",
    "financing_amount": "",
}
DEMAND_FORM = {
    "title": "低温环境下动力电池快速充电技术需求",
    "kind": "breakthrough",
    "keywords": "低温快充、析锂、动力电池",
    "field": "newenergy",
    "cluster": "",
    "industry": "",
    "zone": "teda",
    "difficulty": "零下二十度时负极析锂，快充十分钟后容量明显衰减，现有加热方案能耗过高。",
    "research": "低温电解液与脉冲自加热策略。",
    "basis": "已有整包测试台架。",
    "indicators-0-name": "充电时间",
    "indicators-0-type": "numeric",
    "indicators-0-operator": "<=",
    "indicators-0-value": "10",
    "indicators-0-upper": "",
    "indicators-0-unit": "min",
    "indicators-0-text": "",
    "indicators-0-condition": "−20 ℃",
    "indicators-0-direction": "lower",
    "indicators-0-necessity": "must",
    "indicators-0-role": "target",
    "min_trl": "5",
    "cooperation": ["joint", "license"],
    "stages": [],
    "budget": "300",
    "months": "18",
    "intended_experts": "",
    "disclosure": "open",
}
FORMS: dict[str, dict[str, Any]] = {"result": RESULT_FORM, "demand": DEMAND_FORM}
DECLARED = {"secrecy": "public", "nothing_classified": "1"}


def complete(kind: str, contact: str, /, **changed: Any) -> dict[str, Any]:
    until = (clock.now() + timedelta(days=300)).date().isoformat()
    return FORMS[kind] | {"valid_until": until, "contact": contact} | changed


def begin(client: FlaskClient, kind: str) -> str:
    """Begin a draft; its address."""
    response = client.post(f"/{kind}s/new", data={"how": "blank"})
    assert response.status_code == 302, response.get_data(as_text=True)
    return str(response.headers["Location"])


def draft_at(path: str) -> Draft:
    db.session.rollback()
    return db.session.scalars(select(Draft).where(Draft.public_id == path.split("/")[2])).one()


def fill(client: FlaskClient, path: str, data: dict[str, Any]) -> Any:
    return client.post(path, data={"version": draft_at(path).version, **data})


def submit(client: FlaskClient, path: str, **data: Any) -> Any:
    return client.post(f"{path}/submit", data={"version": draft_at(path).version, **DECLARED, **data})
