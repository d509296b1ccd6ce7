"""The reader of 指标 against the annotated needs. Their texts have no licence and lie outside the project."""

from pathlib import Path

import pytest

from search.indicators.measure import measure

GOLD = Path(__file__).parents[1] / "data" / "indicators_gold.jsonl"
SHARED = "shared/evaldata/needs_texts.jsonl"


@pytest.fixture(scope="module")
def texts() -> Path:
    beside = [
        folder / SHARED for folder in list(GOLD.parents)[4:7]
    ]  # beside the checkout, or beside its folder
    for path in beside:
        if path.exists():
            return path
    pytest.skip(f"the texts of the annotated needs are not here: {beside[0]}")


def test_precision_and_recall_on_annotated_needs(texts: Path) -> None:
    found = measure(GOLD, texts)
    assert found.right + len(found.missing) > 150
    assert found.precision >= 0.95, found.extra
    assert found.recall >= 0.95, found.missing


def test_operators_on_annotated_needs(texts: Path) -> None:
    found = measure(GOLD, texts, operator=True)
    assert found.precision >= 0.92, found.extra
    assert found.recall >= 0.92, found.missing
