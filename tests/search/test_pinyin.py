"""Names typed as pinyin, and suggestions found so."""

from pathlib import Path

import pytest

from search.documents import Document, Filter, IndexedDocument
from search.engines.embedded import EmbeddedEngine
from search.pinyin import sounds_so, spelled, typed_sound
from tests.search.embedded_model import DIMENSIONS, NOW, unit


def test_sound_in_full_and_by_first_letters() -> None:
    assert spelled("海河理工大学") == ("haiheligongdaxue", "hhlgdx")
    assert spelled("海河理工大学", 2) == ("ligongdaxue", "lgdx")
    assert spelled("重庆 CO2减排") == ("chongqingCO2jianpai", "cqCO2jp")


@pytest.mark.parametrize(
    ("typed", "sound"),
    [("hai he", "haihe"), ("xi'an", "xian"), ("h", ""), ("co2", ""), ("海he", "")],
)
def test_only_letters_may_be_pinyin(typed: str, sound: str) -> None:
    assert typed_sound(typed) == sound


def test_a_beginning_counts() -> None:
    assert sounds_so("海河理工大学", 0, "haihel") and sounds_so("海河理工大学", 0, "hhlg")
    assert not sounds_so("海河理工大学", 0, "helg") and not sounds_so("海河", 0, "")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("haihe", {"海河理工大学"}),
        ("hhlg", {"海河理工大学"}),
        ("ligong", {"海河理工大学"}),
        ("hai he li", {"海河理工大学"}),
        ("dianchi", {"固态电池隔膜", "电池"}),
        ("haihx", set()),
        ("lifepo", {"LiFePO4正极"}),
    ],
)
def test_suggestions_by_sound(tmp_path: Path, typed: str, expected: set[str]) -> None:
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    mine = Document("result:1", "result", "固态电池隔膜", "", ("电池", "海河理工大学", "LiFePO4正极"))
    hidden = Document("result:2", "result", "海河内部电池", "", audience=frozenset({"org:2"}))
    engine.write([IndexedDocument(mine, unit(1)), IndexedDocument(hidden, unit(2))])
    assert set(engine.suggest(typed, Filter(frozenset({"public"}), NOW))) == expected
    engine.close()
