"""The filters of the search page: their names in URLs, their titles, their values in order."""

from collections.abc import Callable
from dataclasses import dataclass

from marketplace.core.choices import Choice
from marketplace.demands.choices import CooperationMode
from marketplace.listings.choices import Stage
from marketplace.organisations.choices import OrganisationKind
from marketplace.results.choices import IPKind
from marketplace.taxonomy import models as vocabularies
from marketplace.taxonomy.service import titles
from search.documents import Sort


def _choice(choice: type[Choice]) -> Callable[[], dict[str, str]]:
    return lambda: {member.value: member.title for member in choice}


def _vocabulary(name: str) -> Callable[[], dict[str, str]]:
    return lambda: titles(name)


def _trl() -> dict[str, str]:
    return {code: f"{code} {title}" for code, title in titles(vocabularies.TRL).items()}


def _price() -> dict[str, str]:
    return {
        "0-50": "50 万元以内",
        "50-200": "50 至 200 万元",
        "200-500": "200 至 500 万元",
        "500+": "500 万元以上",
        "negotiable": "面议",
    }


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    title: str
    values: Callable[[], dict[str, str]]  # code → Chinese title, in the order shown


FACETS = (
    Facet("field", "领域", _vocabulary(vocabularies.FIELD)),
    Facet("stage", "阶段", _choice(Stage)),
    Facet("trl", "TRL", _trl),
    Facet("cooperation", "合作方式", _choice(CooperationMode)),
    Facet("price", "价格 / 投入", _price),
    Facet("zone", "功能区", _vocabulary(vocabularies.ZONE)),
    Facet("cluster", "集聚区", _vocabulary(vocabularies.CLUSTER)),
    Facet("ip", "知识产权", _choice(IPKind)),
    Facet("organisation", "单位类型", _choice(OrganisationKind)),
)
FACET_NAMES = tuple(facet.name for facet in FACETS)

KIND_FACET = "kind"
KINDS = {"": "全部", "result": "科技成果", "demand": "企业需求"}
SORTS = {Sort.RELEVANCE: "相关度", Sort.NEWEST: "最新发布", Sort.TRL: "成熟度", Sort.PRICE: "价格从低到高"}
