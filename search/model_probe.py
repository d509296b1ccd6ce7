"""Find out how a model is to be used here: ``python -m search.model_probe MODEL``.

Prints one JSON object. bfloat16 is chosen only where the processor has instructions for it, it
really is faster and the vectors stay the same; elsewhere it is often slower than float32.
"""

import json
import math
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from search.documents import FloatArray
from search.encoder import unit_length

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MINIMUM_COSINE = 0.999
MINIMUM_SPEED_UP = 1.2
ROUNDS = 3
_BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})  # Intel and AMD; ARM
_SAMPLES = [
    "高盐废水浓缩零排放技术",
    "Real-time steel surface defect detection with a lightweight multiscale network",
    "针对新型行程传感液压缸，提出了测量所用的磁路结构，并用超松弛法对其进行了数值计算。" * 3,
    "采用大涡模拟(LES)求解 Navier-Stokes 方程，气相温度 1200 ℃，压力 0.3 MPa。" * 4,
] * 4


def has_bfloat16(cpuinfo: str) -> bool:
    """Tell from the text of /proc/cpuinfo whether the processor multiplies bfloat16 matrices."""
    return not _BFLOAT16_FLAGS.isdisjoint(cpuinfo.split())


def choose_dtype(speed_up: float, cosine: float) -> str:
    """Choose from bfloat16's speed relative to float32 and its least cosine with it."""
    good = speed_up >= MINIMUM_SPEED_UP and cosine >= MINIMUM_COSINE
    return "bfloat16" if good else "float32"


def choose_prompts(path: str, prompts: Mapping[str, str | None]) -> tuple[str, str]:
    """Choose the prompts of queries and passages from those that the model brings, "" for none.

    Models of the E5 family need theirs, but their published folders do not name them.
    """
    query = prompts.get("query") or ""
    passage = prompts.get("passage") or prompts.get("document") or prompts.get("corpus") or ""
    if not query and not passage and re.search(r"\be5\b", path.lower()):
        return "query: ", "passage: "
    return query, passage


def _load(path: str, dtype: str) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(path, device="cpu", model_kwargs={"dtype": dtype})


def _encode(model: "SentenceTransformer") -> FloatArray:
    vectors = model.encode(_SAMPLES, convert_to_tensor=True, show_progress_bar=False)
    return unit_length(vectors.float().cpu().numpy())


def _speed_up(exact: "SentenceTransformer", short: "SentenceTransformer") -> float:
    """Return how many times less processor time ``short`` takes than ``exact``.

    Processor time of one thread, the better of alternating runs: other programs that keep the
    machine busy just then must not decide for good.
    """
    import torch

    torch.set_num_threads(1)
    best = {exact: math.inf, short: math.inf}
    for _ in range(ROUNDS):
        for model in best:
            start = time.process_time()
            _encode(model)
            best[model] = min(best[model], time.process_time() - start)
    return best[exact] / best[short]


def probe(path: str) -> dict[str, Any]:
    """Return dtype, dimensions and prompts of the model at ``path``, and what speaks for the dtype."""
    exact = _load(path, "float32")
    vectors = _encode(exact)
    query_prompt, passage_prompt = choose_prompts(path, exact.prompts)
    result: dict[str, Any] = {
        "dtype": "float32",
        "dimensions": vectors.shape[1],
        "query_prompt": query_prompt,
        "passage_prompt": passage_prompt,
    }
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and has_bfloat16(cpuinfo.read_text(encoding="utf-8")):
        short = _load(path, "bfloat16")
        cosine = float((vectors * _encode(short)).sum(axis=1).min())
        speed_up = _speed_up(exact, short)
        result |= {"dtype": choose_dtype(speed_up, cosine), "speed_up": round(speed_up, 2), "cosine": cosine}
    return result


def main(path: str) -> int:
    """Print the result as JSON; a model that cannot be loaded is one line on stderr and status 1."""
    try:
        print(json.dumps(probe(path)))
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        print(f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
