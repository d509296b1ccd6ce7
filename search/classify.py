"""Ranking the labels of a classification for a text: alike to a label's name, and to what bears it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NEIGHBOURS = 20  # the nearest labelled texts that have a say


@dataclass(frozen=True, slots=True)
class Voting:
    """score(label) = similarity to its name + ``share`` · Σ similarity^``power`` of its neighbours.

    A greater power lets the nearest speak louder. Similarities are centred cosines, below 0 as 0.
    """

    power: int
    share: float


def rank_labels(
    names: Mapping[str, float], neighbours: Sequence[tuple[str, float]], voting: Voting
) -> list[str]:
    """Return labels, the most fitting first; ties in the order of ``names``.

    ``names``: similarity of the text with the name of each label that may be chosen. ``neighbours``:
    label and similarity of the nearest texts; labels that may not be chosen have no say.
    """
    scores = dict(names)
    for label, similarity in neighbours:
        if label in scores:
            scores[label] += voting.share * max(similarity, 0.0) ** voting.power
    return sorted(scores, key=lambda label: -scores[label])
