"""A process that writes batch after batch until it is killed: ``embedded_child PATH FIRST [FSYNCS]``.

Every batch is a function of its number, so that the test knows what was written. The number of each
batch is printed once ``write`` has returned. With FSYNCS the process kills itself at that many calls
of fsync after the first batch, so that every step of a write is hit.
"""

import os
import signal
import sys
from pathlib import Path

import numpy as np

from search.documents import Document, IndexedDocument
from search.engines.embedded import EmbeddedEngine, writer

DIMENSIONS = 8
IDS = 20


def word(number: int, batch: int) -> str:
    """Return the word that only this version of this document holds."""
    return f"n{number}b{batch}x"


def make_batch(batch: int) -> tuple[list[IndexedDocument], list[str]]:
    random = np.random.default_rng(batch)
    chosen = random.permutation(IDS)
    items = []
    for number in chosen[: random.integers(1, 8)].tolist():
        vector = random.normal(size=DIMENSIONS).astype(np.float32)
        document = Document(
            f"result:{number}",
            "result",
            f"题目 {word(number, batch)}",
            "正文",
            facets={"batch": (f"b{batch % 5}",)},
            version=batch,
        )
        unit = vector / np.linalg.norm(vector)
        items.append(IndexedDocument(document, unit, (f"句子{batch}",), unit[None]))
    return items, [f"result:{number}" for number in chosen[-int(random.integers(0, 4)) :].tolist()]


def die_at_fsync(count: int) -> None:
    """Kill this process at the ``count``-th call of fsync from now."""
    real, left = os.fsync, [count]

    def fsync(descriptor: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        real(descriptor)

    os.fsync = fsync


def main() -> None:
    writer.COMPACT_ROWS = 15  # so that compaction is hit too
    path, first = Path(sys.argv[1]), int(sys.argv[2])
    engine = EmbeddedEngine(path, DIMENSIONS, writer=True)
    for batch in range(first, first + 10_000):
        engine.write(*make_batch(batch))
        print(batch, flush=True)
        if batch == first and len(sys.argv) > 3:
            die_at_fsync(int(sys.argv[3]))


if __name__ == "__main__":
    main()
