"""The YAML files by themselves: valid, enough, varied, and invented through and through."""

import re
from collections import Counter

import pytest

from marketplace.accounts.choices import Appointment, OfficerLevel
from marketplace.demands.choices import Disclosure, SourcingStatus
from marketplace.listings.choices import ListingStatus
from marketplace.organisations import credit_code
from marketplace.organisations.choices import MembershipRole, OrganisationKind
from marketplace.queue.choices import QueueKind
from marketplace.results import ip_numbers
from seed_data.activity import KINDS
from seed_data.check import ALIKE, MODELS, ROOT, alike_pairs, listing_text, main, read
from seed_data.schema import SeedDemand, SeedOrganisation, SeedPerson, SeedResult

RESULTS = [item for path in sorted((ROOT / "results").glob("*.yaml")) for item in read(path, SeedResult)]
DEMANDS = [item for path in sorted((ROOT / "demands").glob("*.yaml")) for item in read(path, SeedDemand)]
ORGANISATIONS = {item.key: item for item in read(ROOT / "organisations.yaml", SeedOrganisation)}
PEOPLE = {item.key: item for item in read(ROOT / "people.yaml", SeedPerson)}
FIELDS = {path.stem for path in (ROOT / "results").glob("*.yaml")}


def test_there_is_enough_of_everything() -> None:
    assert len(RESULTS) >= 220
    assert len(DEMANDS) >= 140
    assert len(ORGANISATIONS) >= 40
    assert len(PEOPLE) >= 30


def test_keys_titles_and_addresses_are_unique() -> None:
    for values in (
        [item.key for item in (*RESULTS, *DEMANDS)],
        [item.title for item in (*RESULTS, *DEMANDS)],
        [organisation.name for organisation in ORGANISATIONS.values()],
        [person.email for person in PEOPLE.values()],
        [right.number for item in RESULTS for right in item.ip if right.number],
    ):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_every_field_has_results_and_needs() -> None:
    assert len(FIELDS) == 17
    results, demands = Counter(r.field for r in RESULTS), Counter(d.field for d in DEMANDS)
    assert set(results) == set(demands) == FIELDS
    assert min(results.values()) >= 5 and min(demands.values()) >= 5


def test_most_clusters_are_used() -> None:
    used = {item.cluster for item in (*RESULTS, *DEMANDS)} - {""}
    assert len(used) >= 9


def test_every_state_form_and_disclosure_occurs() -> None:
    states = {item.status for item in (*RESULTS, *DEMANDS)}
    assert states >= {ListingStatus.PUBLISHED, ListingStatus.TRANSFERRED}
    assert {demand.disclosure for demand in DEMANDS} == set(Disclosure)
    assert len({demand.kind for demand in DEMANDS}) == 5
    assert len({result.form for result in RESULTS}) >= 8
    assert {result.trl for result in RESULTS} >= {3, 4, 5, 6, 7, 8, 9}
    assert SourcingStatus.SEEKING in {demand.sourcing for demand in DEMANDS}


def test_every_role_of_the_domain_is_there() -> None:
    assert {m.role for p in PEOPLE.values() for m in p.memberships} == set(MembershipRole)
    appointments = [a for person in PEOPLE.values() for a in person.appointments]
    assert {a.role for a in appointments} == set(Appointment)
    assert {a.level for a in appointments} - {None} == set(OfficerLevel)
    assert all(a.fields for a in appointments if a.role is Appointment.EXPERT)
    assert {o.kind for o in ORGANISATIONS.values()} >= set(OrganisationKind) - {OrganisationKind.HOSPITAL}


def test_references_point_at_something() -> None:
    for person in PEOPLE.values():
        assert {m.organisation for m in person.memberships} <= set(ORGANISATIONS)
    for item in (*RESULTS, *DEMANDS):
        assert item.organisation in ORGANISATIONS, item.key
        assert not item.contact or item.contact in PEOPLE, item.key
    for demand in DEMANDS:
        assert set(demand.directed_to) <= set(ORGANISATIONS) - {demand.organisation}, demand.key


def test_public_bodies_have_neither_people_nor_listings() -> None:
    real = {key for key, organisation in ORGANISATIONS.items() if not organisation.sample}
    assert not real & {item.organisation for item in (*RESULTS, *DEMANDS)}
    assert not real & {m.organisation for p in PEOPLE.values() for m in p.memberships}
    assert not any(ORGANISATIONS[key].credit_code for key in real)


def test_credit_codes_are_valid_and_of_no_real_division() -> None:
    codes = [o.credit_code for o in ORGANISATIONS.values() if o.credit_code]
    assert len(codes) >= 20
    for code in codes:
        assert credit_code.is_valid(code) and code[2:8] == "000000", code


def test_addresses_of_people_lead_nowhere() -> None:
    assert all(person.email.endswith(".example") for person in PEOPLE.values())


def test_numbers_of_rights_are_valid() -> None:
    rights = [right for result in RESULTS for right in result.ip]
    assert len(rights) >= 200
    assert [r.number for r in rights if ip_numbers.problem(r.kind, r.number)] == []


def test_summaries_tell_enough_and_not_too_much() -> None:
    assert [r.key for r in RESULTS if not 150 <= len(r.summary) <= 600] == []
    assert [d.key for d in DEMANDS if len(listing_text(d)) < 150] == []


def test_no_two_texts_are_alike() -> None:
    texts = {item.key: listing_text(item) for item in (*RESULTS, *DEMANDS)}
    assert alike_pairs(texts) == []


def test_alike_texts_would_be_found() -> None:
    text = listing_text(RESULTS[0])
    other = listing_text(RESULTS[1])
    half = text[: len(text) // 2] + other[len(other) // 2 :]
    assert {(a, b) for a, b, share in alike_pairs({"a": text, "b": half, "c": other}) if share > ALIKE} == {
        ("a", "b"),
        ("b", "c"),
    }


MASKED = [demand for demand in DEMANDS if demand.disclosure is Disclosure.MASKED]


@pytest.mark.parametrize("demand", MASKED, ids=lambda demand: demand.key)
def test_a_masked_need_does_not_name_its_enterprise(demand: SeedDemand) -> None:
    organisation = ORGANISATIONS[demand.organisation]
    public = "\n".join(
        [
            demand.title, *demand.keywords, listing_text(demand),
            *(f"{row.name}{row.value_text}{row.condition}" for row in demand.indicators),
        ]
    )  # fmt: skip
    people = [
        p.name for p in PEOPLE.values() if demand.organisation in {m.organisation for m in p.memberships}
    ]
    brand = re.sub(r"(有限公司|股份|集团|科技|技术|示例)", "", organisation.short_name)
    for name in (organisation.name, organisation.short_name, organisation.legal_person, *people):
        assert not name or name not in public, name
    assert len(brand) < 2 or brand not in public, brand


def test_some_needs_are_masked() -> None:
    assert len(MASKED) >= 5


def test_the_check_command_passes_on_the_files_and_fails_on_a_broken_one(
    capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("check") / "results"
    folder.mkdir()
    good = (ROOT / "results" / "ocean.yaml").read_text("utf-8")
    (folder / "good.yaml").write_text(good, "utf-8")
    assert main([str(folder / "good.yaml")]) == 0
    (folder / "bad.yaml").write_text(good.replace("trl: ", "trl: 1", 1), "utf-8")
    assert main([str(folder / "bad.yaml")]) == 1
    assert "bad.yaml" in capsys.readouterr().out
    (folder / "twice.yaml").write_text(good.replace("r-ocean-", "r-twice-"), "utf-8")
    assert main([str(folder / "good.yaml"), str(folder / "twice.yaml")]) == 1
    assert "share 100%" in capsys.readouterr().out
    (folder / "torn.yaml").write_text("- key: [", "utf-8")
    assert main([str(folder / "torn.yaml")]) == 1
    assert "torn.yaml" in capsys.readouterr().out


def test_vocabularies_hold_what_the_domain_names() -> None:
    import yaml

    text = (ROOT / "taxonomy" / "vocabularies.yaml").read_text("utf-8")
    vocabularies = {name: [row["title"] for row in rows] for name, rows in yaml.safe_load(text).items()}
    assert {name: len(titles) for name, titles in vocabularies.items()} == {
        "field": 17,
        "cluster": 11,
        "zone": 6,
        "honour": 6,
        "trl": 9,
        "return_reason": 25,
    }
    assert {row["parent"] for row in yaml.safe_load(text)["return_reason"]} == set(QueueKind)
    assert {row["code"] for row in yaml.safe_load(text)["field"]} == FIELDS


ACTIVITY = {path.stem: read(path, MODELS[path.stem]) for path in sorted((ROOT / "activity").glob("*.yaml"))}


def test_every_file_of_activity_is_checked_and_loaded() -> None:
    assert set(ACTIVITY) == set(KINDS)
    assert all(ACTIVITY.values())


def test_activity_names_people_and_listings_that_are_there() -> None:
    listings = {item.key for item in (*RESULTS, *DEMANDS)}
    for name, items in ACTIVITY.items():
        for item in items:
            values = item.model_dump()
            for field in ("by", "person", "answered_by", "reviewed_by"):
                assert not values.get(field) or values[field] in PEOPLE, (name, values[field])
            for field in ("listing", "asks_for", "offers", "result", "demand"):
                assert not values.get(field) or values[field] in listings, (name, values[field])
            about = values.get("about") or values.get("organisation")
            assert not about or about in listings | set(ORGANISATIONS), (name, about)


def test_activity_says_each_thing_once() -> None:
    """Its own words are what tells an entry that is loaded already."""
    for name, key in (
        ("introductions", "message"),
        ("detail_requests", "purpose"),
        ("feedback", "note"),
        ("revisions", "note"),
        ("offers", "message"),
        ("reports", "text"),
        ("profiles", "direction"),
    ):
        words = [getattr(item, key) for item in ACTIVITY[name]]
        assert all(words) and len(words) == len(set(words)), name


def test_what_is_asked_of_a_masked_need_does_not_name_its_enterprise() -> None:
    masked = {demand.key: ORGANISATIONS[demand.organisation] for demand in MASKED}
    asked = [item for item in ACTIVITY["introductions"] if {item.asks_for, item.offers} & set(masked)]
    assert asked
    for item in asked:
        owner = masked.get(item.asks_for) or masked[item.offers]
        before = [item.message, *(deed.text for deed in item.deeds)]
        assert not any(name in text for text in before for name in (owner.name, owner.short_name))
