"""Read and check the seed YAML: ``python -m seed_data.check [FILE …]``. Needs no database and no model."""

import sys
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from seed_data.activity_schema import (
    SeedDetailRequest,
    SeedDraft,
    SeedFeedback,
    SeedIntroduction,
    SeedOffer,
    SeedPaper,
    SeedProfile,
    SeedReport,
    SeedRevision,
)
from seed_data.schema import SeedAnnouncement, SeedDemand, SeedOrganisation, SeedPerson, SeedResult

M = TypeVar("M", bound=BaseModel)

ROOT = Path(__file__).parent
MODELS: dict[str, type[BaseModel]] = {
    "results": SeedResult,
    "demands": SeedDemand,
    "organisations": SeedOrganisation,
    "people": SeedPerson,
    "announcements": SeedAnnouncement,
    "introductions": SeedIntroduction,
    "detail_requests": SeedDetailRequest,
    "revisions": SeedRevision,
    "feedback": SeedFeedback,
    "offers": SeedOffer,
    "papers": SeedPaper,
    "profiles": SeedProfile,
    "reports": SeedReport,
    "drafts": SeedDraft,
}
SHINGLE = 8
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times faster
ALIKE = 0.12  # share of 8-character shingles of the shorter text found in the other


def shingles(text: str) -> set[str]:
    packed = "".join(text.split())
    return {packed[i : i + SHINGLE] for i in range(len(packed) - SHINGLE + 1)}


def listing_text(item: SeedResult | SeedDemand) -> str:
    if isinstance(item, SeedResult):
        return "\n".join([item.summary, item.details, item.innovation])
    return "\n".join([item.difficulty, item.research, item.basis])


def read(path: Path, model: type[M]) -> list[M]:
    """Validate every entry of one YAML list; ValueError names file, entry and field, a line each."""
    items: list[M] = []
    problems: list[str] = []
    try:
        entries = yaml.load(path.read_text("utf-8"), Loader=LOADER)  # noqa: S506  # a safe loader in C
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name}: {' '.join(str(error).split())}") from error
    if not isinstance(entries or [], list):
        raise ValueError(f"{path.name}: a list of entries is expected")
    for position, raw in enumerate(entries or []):
        try:
            items.append(model.model_validate(raw))
        except ValidationError as error:
            name = raw.get("key", position) if isinstance(raw, dict) else position
            for line in error.errors():
                where = ".".join(str(part) for part in line["loc"])
                problems.append(f"{path.name} {name} {where}: {line['msg']}")
    if problems:
        raise ValueError("\n".join(problems))
    return items


def alike_pairs(texts: dict[str, str]) -> list[tuple[str, str, float]]:
    """Pairs of keys whose texts share more than ALIKE of their shingles."""
    sets = {key: shingles(text) for key, text in texts.items()}
    pairs = []
    for left, right in combinations(sets, 2):
        smaller = min(len(sets[left]), len(sets[right])) or 1
        share = len(sets[left] & sets[right]) / smaller
        if share > ALIKE:
            pairs.append((left, right, share))
    return pairs


def main(arguments: list[str]) -> int:
    paths = [Path(a).resolve() for a in arguments] or sorted(ROOT.glob("*/*.yaml")) + sorted(
        ROOT.glob("*.yaml")
    )
    texts: dict[str, str] = {}
    failed = False
    for path in paths:
        kind = path.parent.name if path.parent.name in MODELS else path.stem
        if kind not in MODELS:
            continue
        try:
            items = read(path, MODELS[kind])
        except ValueError as error:
            print(error)
            failed = True
            continue
        lengths = []
        for item in items:
            if isinstance(item, SeedResult | SeedDemand):
                texts[item.key] = listing_text(item)
                lengths.append(len(texts[item.key]))
        span = f", {min(lengths)} to {max(lengths)} characters" if lengths else ""
        print(f"{path.name}: {len(items)} entries{span}")
    for left, right, share in alike_pairs(texts):
        print(f"{left} and {right} share {share:.0%} of their {SHINGLE}-character shingles")
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
