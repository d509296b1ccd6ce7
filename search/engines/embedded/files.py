"""Files of one index: append-only files, immutable segments, and the manifest that names both.

Nothing that the manifest does not name exists for a reader. A write appends to files past the
length that the present manifest gives, makes everything durable, and then renames a new manifest
into place; a crash before the rename leaves bytes nobody reads, which the next writer cuts.
Files grow by ``write()`` alone, never through a mapping, so a full disk is an ``OSError``.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.engine import EngineUnavailable

SCHEMA = 2
MANIFEST = "manifest.json"
LOCK = "writer.lock"


class IndexMismatch(EngineUnavailable):
    """The index on disk was made by another version or for vectors of another size."""


class IndexLocked(EngineUnavailable):
    """Another process (or another engine of this one) already writes this index."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The one description of what an index holds; ``files`` maps names to lengths in bytes."""

    dimensions: int
    generation: int = 0
    folder: str = "g1"
    rows: int = 0
    files: Mapping[str, int] = field(default_factory=dict)
    segments: Sequence[str] = ()
    schema: int = SCHEMA

    def next(
        self, rows: int, files: Mapping[str, int], segments: Sequence[str], folder: str | None = None
    ) -> "Manifest":
        """Return the manifest that follows this one."""
        return Manifest(
            self.dimensions, self.generation + 1, folder or self.folder, rows, dict(files), list(segments)
        )


def read_manifest(path: Path, dimensions: int) -> Manifest | None:
    """Return the manifest of the index at ``path``, None where there is none.

    Raises IndexMismatch where schema or dimensions differ, EngineUnavailable where it is unreadable.
    """
    try:
        raw = json.loads((path / MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"{path / MANIFEST} cannot be read: {error}") from error
    if raw.get("schema") != SCHEMA or raw.get("dimensions") != dimensions:
        raise IndexMismatch(
            f"the index in {path} has schema {raw.get('schema')} and {raw.get('dimensions')} dimensions, "
            f"this program needs schema {SCHEMA} and {dimensions} dimensions: run `flask search reindex`"
        )
    return Manifest(**raw)


def publish_manifest(path: Path, manifest: Manifest) -> None:
    """Put ``manifest`` in place of the present one, atomically and durably."""
    temporary = path / (MANIFEST + ".new")
    with temporary.open("wb") as file:
        file.write(json.dumps(asdict(manifest)).encode())
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path / MANIFEST)
    sync_folder(path)


def sync_folder(path: Path) -> None:
    """Make names created or removed in ``path`` durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append(path: Path, length: int, pieces: Iterable[bytes | memoryview]) -> int:
    """Write ``pieces`` at ``length``, cutting whatever stands beyond, fsync; return the new length."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        file.truncate(length)
        file.seek(length)
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def map_bytes(path: Path, length: int) -> NDArray[np.uint8]:
    """Map the first ``length`` bytes of a file for reading, shape (length,)."""
    if length == 0:
        return np.empty(0, np.uint8)
    return np.asarray(np.memmap(path, dtype=np.uint8, mode="r", shape=(length,)))


def folder_number(path: Path) -> int:
    """Return the greatest number of a folder g1, g2, … in ``path``, 0 where there is none."""
    return max((int(folder.name[1:]) for folder in path.glob("g[0-9]*")), default=0)


def remove_folders(path: Path, keep: str) -> None:
    """Remove all folders of rows but the one named ``keep``."""
    for folder in path.glob("g[0-9]*"):
        if folder.name != keep:
            shutil.rmtree(folder)


def cut_folder(folder: Path, manifest: Manifest) -> None:
    """Cut files to the lengths that ``manifest`` gives and remove those that it does not name."""
    for file in folder.iterdir():
        if file.name in manifest.files:
            os.truncate(file, manifest.files[file.name])
        elif file.name not in manifest.segments:
            file.unlink()


class WriterLock:
    """An exclusive advisory lock on the index folder, freed by the kernel when its holder dies."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._file = (path / LOCK).open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise IndexLocked(f"the index in {path} is being written by process {holder}") from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        self._file.close()
