"""可能相配的团队与专家: who stands behind the results that match a need, and who is not told of."""

from marketplace.accounts.choices import ProfileKind
from marketplace.accounts.models import Person
from marketplace.accounts.profiles import ProfileData, save_profile
from marketplace.core.db import db, transaction
from marketplace.listings.choices import SecrecyVerdict
from marketplace.matching.service import Match
from marketplace.matching.teams import SHOWN, SPEAKING, teams_for
from marketplace.organisations.choices import MembershipRole
from marketplace.results.models import Result
from search.ranking import MatchLevel
from tests.factories import Factory
from tests.matching.conftest import Library
from tests.matching.pages import parse, texts
from tests.matching.test_match import NEED, SPINDLE, post

GOOD, WEAK, NONE = MatchLevel.GOOD, MatchLevel.WEAK, MatchLevel.NONE


def matched(result: Result, level: MatchLevel = GOOD, probability: float = 0.6) -> Match:
    return Match(result, level, None, (), 0.0, probability)


def show_profile(person: Person, visible: bool = True) -> None:
    data = ProfileData(direction="热误差补偿", fields=("equipment",), visible=visible)
    with transaction() as session:
        save_profile(session, session.get_one(Person, person.id), ProfileKind.RESEARCHER, data)
    db.session.expire_all()


def test_the_best_result_decides_and_then_how_many_speak(make: Factory) -> None:
    one, first = make.staffed()
    many, second = make.staffed()
    better, third = make.staffed()
    single = make.result(one, first)
    several = [make.result(many, second) for _ in range(4)]
    best = make.result(better, third)
    matches = [matched(best, MatchLevel.STRONG, 0.7), matched(single, GOOD, 0.65)]
    matches += [matched(result, GOOD, 0.5) for result in several]
    found = teams_for(db.session, matches).organisations
    assert [suited.party for suited in found] == [better, many, one]
    assert [suited.level for suited in found] == [MatchLevel.STRONG, GOOD, GOOD]
    assert [match.listing for match in found[1].matches] == several[:SPEAKING]


def test_only_public_results_that_are_related_speak(make: Factory) -> None:
    organisation, person = make.staffed()
    controlled = make.result(organisation, person, published=False)
    make.publish(controlled, person, SecrecyVerdict.CONTROLLED)
    unrelated = make.result(organisation, person)
    found = teams_for(db.session, [matched(controlled), matched(unrelated, NONE, 0.02)])
    assert not found.organisations and not found.experts


def test_no_more_teams_than_fit_a_page(make: Factory) -> None:
    matches = [matched(make.result(*make.staffed())) for _ in range(SHOWN + 2)]
    assert len(teams_for(db.session, matches).organisations) == SHOWN


def test_completers_are_named_who_show_a_profile_and_bear_the_name_alone(make: Factory) -> None:
    organisation, contact = make.staffed()
    shown = make.person(organisation, name="魏承岚")
    hidden = make.person(organisation, name="祁未名")
    twins = [make.person(organisation, name="同名者") for _ in range(2)]
    elsewhere = make.person(make.staffed()[0], name="在别处")
    for person in (shown, *twins, elsewhere):
        show_profile(person)
    show_profile(hidden, visible=False)
    team = ("在别处", "同名者", "祁未名", "魏承岚", "没有账号")
    result = make.result(organisation, contact, team=team)
    found = teams_for(db.session, [matched(result)]).experts
    assert [suited.party.id for suited in found] == [shown.id]
    assert [match.listing for match in found[0].matches] == [result]


def test_a_completer_who_is_linked_is_named_whatever_the_organisation(make: Factory) -> None:
    organisation, contact = make.staffed()
    moved = make.person(make.staffed()[0], MembershipRole.RESEARCHER, name="已调离")
    show_profile(moved)
    result = make.result(organisation, contact, team=("已调离",))
    assert not teams_for(db.session, [matched(result)]).experts
    with transaction() as session:
        session.get_one(Result, result.id).team[0].person_id = moved.id
    db.session.expire_all()
    found = teams_for(db.session, [matched(db.session.get_one(Result, result.id))]).experts
    assert [suited.party.id for suited in found] == [moved.id]


def test_a_pasted_need_is_answered_by_teams_too_and_a_result_is_not(library: Library) -> None:
    page = parse(post(library, text=NEED))
    rows = page.xpath("//section[@id='teams']//ul[contains(@class, 'team-list')]/li")
    assert "海河理工大学" in rows[0].text_content() and SPINDLE in rows[0].text_content()
    assert not parse(post(library, text=NEED, direction="result")).xpath("//section[@id='teams']")


def test_the_page_of_a_need_names_teams_and_that_of_a_result_does_not(library: Library) -> None:
    page = parse(library.client().get(library.urls["masked"]))
    assert texts(page, "//section[@id='teams']//h2") == ["可能相配的团队与专家"]
    assert "海河理工大学" in " ".join(texts(page, "//section[@id='teams']"))
    assert "还没有公开简介" in " ".join(texts(page, "//section[@id='teams']"))
    assert not parse(library.client().get(library.urls["spindle"])).xpath("//section[@id='teams']")


def test_a_controlled_result_speaks_to_nobody_not_even_its_owner(library: Library) -> None:
    for person in ("", "maker", "officer"):
        page = library.client(person).get(library.urls["fast-charging"])
        assert "仅受控的隔膜陶瓷涂覆配方" not in " ".join(texts(parse(page), "//section[@id='teams']"))
