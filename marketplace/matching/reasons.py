"""What speaks against a match, in whole sentences; nothing is held back to make it look better."""

from collections.abc import Mapping, Sequence

from marketplace.core.formatting import wan
from marketplace.demands.models import Demand
from marketplace.indexing.documents import offered_cooperation
from marketplace.listings.choices import Stage
from marketplace.results.choices import IPEncumbrance, IPLegalStatus
from marketplace.results.models import Result
from marketplace.taxonomy.models import FIELD
from marketplace.taxonomy.service import title
from search.explain import missing_terms

EARLY_TRL = 4  # up to here nothing has been shown outside the laboratory
MISSING_SHOWN = 4


def _public_text(listing: Result | Demand) -> str:
    keywords = " ".join(keyword.text for keyword in listing.keywords)
    if isinstance(listing, Result):
        parts = (listing.title, keywords, listing.summary, listing.innovation, listing.applications)
    else:
        parts = (listing.title, keywords, listing.difficulty, listing.research, listing.basis)
    return "\n".join(parts)


def _missing(text: str, listing: Result | Demand) -> list[str]:
    missing = missing_terms(text, _public_text(listing), MISSING_SHOWN)
    if not missing:
        return []
    where = "成果" if isinstance(listing, Result) else "需求"
    return [f"您的文本提到而该{where}未提到：{'、'.join(missing)}。"]


def against_text(text: str, listing: Result | Demand) -> Sequence[str]:
    """Against a pasted text, of which nothing but its words is known."""
    reasons = _missing(text, listing)
    if isinstance(listing, Result):
        reasons += _result_alone(listing)
    return reasons


def _result_alone(result: Result) -> list[str]:
    reasons = []
    if result.trl <= EARLY_TRL:
        reasons.append(f"成熟度为 TRL {result.trl}（{result.stage.title}），离应用还有距离。")
    if any(right.encumbrance is not IPEncumbrance.NONE for right in result.ip_rights):
        reasons.append("有知识产权已质押或已许可，须先核实权利状态。")
    if any(right.legal_status is IPLegalStatus.LAPSED for right in result.ip_rights):
        reasons.append("有知识产权已失效。")
    if any(right.co_owner and not right.co_owner_consents for right in result.ip_rights):
        reasons.append("有知识产权为共有，尚未取得共有人同意。")
    return reasons


def against_pair(asking: Result | Demand, answer: Result | Demand) -> Sequence[str]:
    """Against a stored need and a stored result, whichever of them asks."""
    if isinstance(asking, Demand) and isinstance(answer, Result):
        return [*_sentences(asking, answer), *_result_alone(answer)]
    if isinstance(asking, Result) and isinstance(answer, Demand):
        return _sentences(answer, asking)
    return ()


def _sentences(need: Demand, result: Result) -> list[str]:
    return [sentence for _, sentence in _need_and_result(need, result)]


def penalty(asking: Result | Demand, answer: Result | Demand, prior: Mapping[str, float]) -> float:
    """What speaks against a stored pair, weighed in units of the ranking's score.

    ``prior``: the stated weight of each aspect (``RankingModel.prior``). 0 for two of a kind.
    """
    pair = {type(row): row for row in (asking, answer)}
    need, result = pair.get(Demand), pair.get(Result)
    if not isinstance(need, Demand) or not isinstance(result, Result):
        return 0.0
    aspects = {aspect for aspect, _ in _need_and_result(need, result)}
    if need.zone != result.organisation.zone:
        aspects.add("region")
    return sum(prior.get(aspect, 0.0) for aspect in aspects)


def _need_and_result(need: Demand, result: Result) -> list[tuple[str, str]]:
    """Aspect and sentence of each thing that speaks against the pair."""
    reasons = []
    if result.trl < need.min_trl:
        reasons.append(("trl", f"需求要求 TRL {need.min_trl} 以上，成果为 TRL {result.trl}。"))
    stages = {row.stage for row in need.stages}
    if stages and result.stage not in stages:
        accepted = "、".join(stage.title for stage in Stage if stage in stages)
        reasons.append(("stage", f"需求可接受的阶段为{accepted}，成果处于{result.stage.title}。"))
    prices = [offer.price for offer in result.transfers if offer.price is not None]
    if need.budget is not None and prices and min(prices) > need.budget:
        cheapest, budget = wan(min(prices)), wan(need.budget)
        reasons.append(("budget", f"成果最低报价 {cheapest}，高于预期投入 {budget}。"))
    offered = offered_cooperation(result)
    if not offered & {row.mode for row in need.cooperation}:
        reasons.append(("cooperation", "双方列出的合作方式没有相同项，须先协商。"))
    if need.field != result.field:
        fields = title(FIELD, need.field), title(FIELD, result.field)
        reasons.append(("field", "分属不同领域：需求为{}，成果为{}。".format(*fields)))
    return reasons
