"""The real encoder, its bounded queue and its caches."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.documents import FloatArray
from search.encoder import (
    BATCH,
    BoundedEncoder,
    CachedEncoder,
    EncoderBusy,
    FileVectorCache,
    Progress,
    SentenceTransformerEncoder,
    VectorKey,
    pack_vector,
    passage_text,
    text_key,
    unit_length,
    unpack_vector,
)
from search.model_store import ModelInfo

PASSAGES = [
    "超滤与反渗透组合工艺处理高盐废水，实现零排放。" * 8,
    "锂离子电池硅碳负极材料的制备方法",
    "基于深度学习的钢材表面缺陷检测系统，" * 3,
]


def test_the_meant_passage_is_nearest_in_both_languages(encoder: SentenceTransformerEncoder) -> None:
    queries = [
        "脱硫废水怎么处理",
        "anode material for lithium batteries",
        "steel surface inspection by neural nets",
    ]
    cosines = encoder.encode_queries(queries) @ encoder.encode_passages(PASSAGES).T
    assert cosines.argmax(axis=1).tolist() == [0, 1, 2]


def test_order_length_and_batches_change_nothing(encoder: SentenceTransformerEncoder) -> None:
    texts = [f"第{i}号" + "纳米涂层" * (i * 7 % 23) for i in range(BATCH + 5)] + [""]
    steps: list[tuple[int, int]] = []
    together = encoder.encode_passages(texts, lambda done, total: steps.append((done, total)))
    alone = np.concatenate([encoder.encode_passages([text]) for text in texts])
    assert together.dtype == np.float32 and together.shape == (len(texts), encoder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-5)
    assert (together * alone).sum(axis=1).min() > 0.999
    assert steps == [(BATCH, len(texts)), (len(texts), len(texts))]


def test_queries_and_passages_are_prompted_differently(encoder: SentenceTransformerEncoder) -> None:
    query, passage = encoder.encode_queries(["光伏"])[0], encoder.encode_passages(["光伏"])[0]
    assert float(query @ passage) < 0.99
    assert encoder.encode_queries([]).shape == (0, encoder.dimensions)


def test_threads_get_what_one_thread_gets(encoder: SentenceTransformerEncoder) -> None:
    expected = encoder.encode_passages(PASSAGES)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(encoder.encode_passages, [PASSAGES] * 8):
            np.testing.assert_array_equal(vectors, expected)


def run_python(code: str, *arguments: str) -> str:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_fork_is_refused_after_the_model_was_loaded_and_fine_before(model_info: ModelInfo) -> None:
    code = """
import os, sys
from pathlib import Path
from search.encoder import EncoderForked, SentenceTransformerEncoder
from search.model_store import prepare_model

encoder = SentenceTransformerEncoder(prepare_model("", Path(sys.argv[1])))
assert "torch" not in sys.modules, "torch was imported before the first text"

def in_child():
    pid = os.fork()
    if pid == 0:
        try:
            encoder.encode_queries(["光伏"])
            os._exit(10)
        except EncoderForked:
            os._exit(20)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

before = in_child()
encoder.encode_queries(["光伏"])
print(before, in_child())
"""
    assert run_python(code, str(Path(model_info.path).parents[1])) == "10 20"


class CountingEncoder:
    """Encodes a text as a random vector of its own and keeps what it was asked for."""

    name, dtype, dimensions, query_prompt, passage_prompt = "counting", "float32", 8, "q: ", "p: "

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        self.asked += texts
        assert self.gate.wait(30)
        rows = [np.random.default_rng(list(text.encode())).normal(size=8) for text in texts]
        return unit_length(np.array(rows, np.float32).reshape(-1, 8))

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        return -self.encode_queries(texts)


def test_nothing_is_encoded_twice(tmp_path: Path) -> None:
    inner, path = CountingEncoder(), tmp_path / "deep" / "vectors.sqlite"
    cache = FileVectorCache(path)
    encoder = CachedEncoder(inner, cache)
    first = encoder.encode_passages(["甲", "乙", "甲"])
    assert sorted(inner.asked) == sorted(["甲", "乙"])
    np.testing.assert_array_equal(first[0], first[2])
    np.testing.assert_allclose(first, inner.encode_passages(["甲", "乙", "甲"]), atol=1e-3)
    cache.close()

    inner.asked.clear()
    again = CachedEncoder(inner, FileVectorCache(path)).encode_passages(["乙", "丙", "甲"])
    assert inner.asked == ["丙"]
    np.testing.assert_array_equal(again[[2, 0]], first[:2])


def test_a_query_is_not_answered_with_a_passage(tmp_path: Path) -> None:
    encoder = CachedEncoder(CountingEncoder(), FileVectorCache(tmp_path / "vectors.sqlite"))
    passage, query = encoder.encode_passages(["甲"]), encoder.encode_queries(["甲"])
    np.testing.assert_allclose(passage, -query, atol=1e-3)


def test_another_model_or_precision_is_another_key(tmp_path: Path) -> None:
    cache = FileVectorCache(tmp_path / "vectors.sqlite")
    inner = CountingEncoder()
    CachedEncoder(inner, cache).encode_queries(["甲"])
    inner.dtype = "bfloat16"
    CachedEncoder(inner, cache).encode_queries(["甲"])
    inner.name = "other"
    CachedEncoder(inner, cache).encode_queries(["甲"])
    assert inner.asked == ["甲"] * 3


def test_an_interrupted_run_keeps_what_it_had(tmp_path: Path) -> None:
    inner = CountingEncoder()
    encoder = CachedEncoder(inner, FileVectorCache(tmp_path / "vectors.sqlite"))
    texts = [f"文{i:05}" for i in range(CachedEncoder.SAVE_EVERY + 10)]

    def interrupt(done: int, total: int) -> None:
        assert (done, total) == (CachedEncoder.SAVE_EVERY, len(texts))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encoder.encode_passages(texts, interrupt)
    inner.asked.clear()
    assert encoder.encode_passages(texts).shape == (len(texts), 8)
    assert len(inner.asked) == 10


def test_the_file_holds_many_keys(tmp_path: Path) -> None:
    cache = FileVectorCache(tmp_path / "vectors.sqlite")
    vectors = {
        VectorKey("m", "float32", text_key(str(i))): np.eye(8, dtype=np.float32)[i % 8] for i in range(1300)
    }
    cache.put_many(vectors)
    found = cache.get_many([*vectors, VectorKey("m", "float32", text_key("absent"))])
    assert found.keys() == vectors.keys()
    assert all(np.array_equal(found[key], vectors[key]) for key in vectors)


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=64).filter(
        lambda row: any(abs(x) > 0.1 for x in row)
    )
)
def test_packing_keeps_the_direction(values: list[float]) -> None:
    vector = unit_length(np.array(values, np.float32))
    assert len(pack_vector(vector)) == 2 * len(values)
    assert float(unpack_vector(pack_vector(vector)) @ vector) > 0.99999


def test_rounding_to_float16_moves_no_cosine_visibly(encoder: SentenceTransformerEncoder) -> None:
    exact = encoder.encode_passages(PASSAGES + [text[:9] for text in PASSAGES])
    rounded = np.array([unpack_vector(pack_vector(row)) for row in exact])
    assert np.abs(exact @ exact.T - rounded @ rounded.T).max() < 5e-4


def test_a_full_queue_and_a_long_wait_are_refused() -> None:
    inner = CountingEncoder()
    bounded = BoundedEncoder(inner, queue=2, timeout=0.2)
    inner.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(bounded.encode_queries, ["甲"])
        while not inner.asked:
            threading.Event().wait(0.01)
        with pytest.raises(EncoderBusy, match=r"within 0\.2 seconds"):
            bounded.encode_queries(["乙"])
        patient = BoundedEncoder(inner, queue=1)
        waiting = pool.submit(patient.encode_passages, ["丙"])
        while len(inner.asked) < 2:
            threading.Event().wait(0.01)
        with pytest.raises(EncoderBusy, match="too many"):
            patient.encode_passages(["丁"])
        inner.gate.set()
        assert running.result().shape == waiting.result().shape == (1, 8)
    assert bounded.encode_queries(["戊"]).shape == (1, 8)
    assert inner.asked == ["甲", "丙", "戊"]


def test_passage_text_joins_what_there_is() -> None:
    assert passage_text(" 题 ", "文\n") == "题\n文"
    assert passage_text("", "文") == "文"
