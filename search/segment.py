"""Chinese technical text → words and character bigrams, the one analyser of every engine.

Text is normalised (``normalise``), then cut in two: runs of Latin letters, digits and their joints
(lifepo4, car-t, gb/t, 12英寸, w/(m·k)) by a regular expression, everything else by jieba with the
domain words of ``lexicon/domain.txt``. Long words are followed by the shorter words inside them, so
that 反渗透膜 is also found under 渗透.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import rjieba
import zhconv_rs

from search.documents import QueryTerms

MAX_QUERY_WORDS = 64
MAX_QUERY_BIGRAMS = 128
MAX_QUERY_CHARACTERS = 20_000
MAX_TERM_CHARACTERS = 40

_LEXICON = Path(__file__).parent / "lexicon"

_NEWLINES = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control, format (zero width, bidirectional), surrogate and private-use characters.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\ud800-\udfff\ue000-\uf8ff\U000e0000-\U0010ffff]"
)
_POWER = re.compile(r"(?<=\d)(?=[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹])(?<![⁰¹²³⁴⁵⁶⁷⁸⁹])")
_DASHES = re.compile(r"[\u2010-\u2015\u2043\u2212\u2e3a\u2e3b\ufe58\ufe63]")
_TIMES = re.compile(r"(?<=\d)\s?[×✕✖⨯*]\s?(?=\d)")


def normalise(text: str) -> str:
    """Return the one form of ``text`` that is indexed, searched and compared.

    NFKC (full width, ₄ → 4, ㎡ → m2, µ → μ, ℃ → °c), but a raised number after a digit keeps its
    sense (10⁶ → 10^6); Traditional characters and Taiwan's technical words → mainland ones
    (zhconv's zh-cn table: of 10,000 Simplified texts it altered none wrongly, and takes 3 μs a
    text, where OpenCC's tw2sp turns 显著 into 显着 and 时间序列 into 时间串行); casefolded; × between
    digits → x; every dash → "-"; line ends → newline; other control and invisible characters go.
    """
    text = _INVISIBLE.sub("", _NEWLINES.sub("\n", text))
    text = unicodedata.normalize("NFKC", _POWER.sub("^", text))
    text = zhconv_rs.zhconv(text, "zh-cn").casefold()
    return _TIMES.sub("x", _DASHES.sub("-", text))


class Token(NamedTuple):
    """A word and where it stands in the normalised text."""

    term: str
    start: int
    end: int


_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_UNITS_HAN = (
    "英寸|纳米|微米|毫米|厘米|平方米|立方米|公里|千米|米|千瓦时|千瓦|兆瓦|吉瓦|毫瓦|瓦|千伏|毫伏|伏|毫安|安|"
    "千克|公斤|毫克|微克|克|万吨|吨|毫升|升|兆帕|吉帕|千帕|帕|赫兹|兆赫|摄氏度|分贝|小时|分钟|毫秒|微秒|秒|"
    "万元|亿元|元|万台|台|亩|公顷|倍|度"
)
# A number with its unit is one term ("12 英寸" and "12英寸" alike), the unit one more.
_QUANTITY = rf"(?P<number>\d+(?:\.\d+)?) ?(?P<unit>{_UNITS_HAN}|°c|(?:[kmgtnμ]?(?:wh|hz|pa|bps|ev|ah|gy|bq|w|v)|[nμmck]m|[mμk]g|m?l|mol|db|rpm|ppm|ppb|min|bar)(?![a-z0-9]))"
_COMPOUND = r"[a-z0-9α-ωµ]+(?:(?:[-/&'_^·+]|(?<=\d)[.,](?=\d))[a-z0-9α-ωµ]+)*(?:/\([a-zα-ω·.*]+\)|\+{1,2}|#|%)?|°c|[^\W\d_\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
_LATIN = re.compile(f"{_QUANTITY}|(?P<compound>{_COMPOUND})")
_PARTS = re.compile(r"[a-z0-9α-ω.]+")


def _read_lines(name: str) -> tuple[str, ...]:
    lines = (_LEXICON / name).read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=1)
def _jieba() -> rjieba.Jieba:
    """Return jieba with the domain words, built once a process (0.1 s)."""
    jieba = rjieba.Jieba()
    for word in _read_lines("domain.txt"):
        jieba.add_word(word, None, None)
    return jieba


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Return words that carry no content in this genre (see ``lexicon/stop.txt``)."""
    return frozenset(_read_lines("stop.txt"))


@lru_cache(maxsize=1 << 16)
def _inner_words(word: str) -> tuple[tuple[str, int], ...]:
    """Return the dictionary words of two and three characters inside a longer word, with offsets."""
    known = _jieba().has_word
    return tuple(
        (word[i : i + size], i)
        for size in (2, 3)
        if len(word) > size
        for i in range(len(word) - size + 1)
        if known(word[i : i + size])
    )


def _singular(word: str) -> str:
    """Harman's S-stemmer (1991): batteries → battery, films → film; process, analysis stay."""
    if len(word) < 4 or not word.isascii() or not word.isalpha() or word[-1] != "s":
        return word
    if word.endswith("ies") and word[-4] not in "ea":
        return word[:-3] + "y"
    if word.endswith("es") and word[-3] not in "aeo":
        return word[:-1]
    return word if word[-2] in "us" or word.endswith("is") else word[:-1]


def _latin_tokens(match: re.Match[str]) -> Iterator[Token]:
    start = match.start()
    if match["number"]:
        yield Token(match["number"] + match["unit"], start, match.end())
        if len(match["unit"]) > 1:
            yield Token(match["unit"], match.start("unit"), match.end())
        return
    whole = match["compound"]
    yield Token(_singular(whole).replace(",", "")[:MAX_TERM_CHARACTERS], start, match.end())
    for part in _PARTS.finditer(whole):
        if 1 < len(part[0]) < len(whole):
            yield Token(_singular(part[0])[:MAX_TERM_CHARACTERS], start + part.start(), start + part.end())


def _han_tokens(run: str, start: int) -> Iterator[Token]:
    for word in _jieba().cut(run):
        yield Token(word, start, start + len(word))
        for inner, offset in _inner_words(word):
            yield Token(inner, start + offset, start + offset + len(inner))
        start += len(word)


def _pieces(text: str) -> Iterator[tuple[bool, re.Match[str]]]:
    """Yield Latin matches (True) and Han runs (False) in order of their place."""
    position = 0
    for match in _LATIN.finditer(text):
        for run in _HAN_RUN.finditer(text, position, match.start()):
            yield False, run
        yield True, match
        position = match.end()
    for run in _HAN_RUN.finditer(text, position):
        yield False, run


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of an already normalised text with their places, stop words left out."""
    stop = stop_words()
    for latin, match in _pieces(text):
        for token in _latin_tokens(match) if latin else _han_tokens(match[0], match.start()):
            if token.term not in stop:
                yield token


def words(text: str) -> list[str]:
    """Return the words of ``text`` in order, repeats kept; none holds white space."""
    return [token.term for token in tokens(normalise(text))]


def bigrams(text: str) -> list[str]:
    """Return character bigrams of Han runs (a lone character as such) and Latin terms whole."""
    terms: list[str] = []
    for latin, match in _pieces(normalise(text)):
        if latin:
            terms.append(next(_latin_tokens(match)).term)
        elif len(run := match[0]) == 1:
            terms.append(run)
        else:
            terms.extend(run[i : i + 2] for i in range(len(run) - 1))
    return terms


def _distinct(terms: list[str], limit: int) -> tuple[str, ...]:
    """Return distinct terms in order of first appearance; of too many, the most frequent."""
    counts = Counter(terms)  # keeps the order of first appearance
    if len(counts) <= limit:
        return tuple(counts)
    kept = {term for term, _ in counts.most_common(limit)}
    return tuple(term for term in counts if term in kept)


def analyse(text: str) -> QueryTerms:
    """Return the distinct words and bigrams of a query, in order of first appearance.

    A whole page as a query is cut to its first MAX_QUERY_CHARACTERS; of more than MAX_QUERY_WORDS
    words (MAX_QUERY_BIGRAMS bigrams) the most frequent stay, among equals the earliest.
    """
    text = text[:MAX_QUERY_CHARACTERS]
    return QueryTerms(_distinct(words(text), MAX_QUERY_WORDS), _distinct(bigrams(text), MAX_QUERY_BIGRAMS))


MIN_SENTENCE = 8
MAX_SENTENCE = 120
_SENTENCE_END = re.compile(
    r"(?<=[。！？；!?;])[”’」』）)]*|\n+|(?<=[a-z]\.)\s+(?=[A-Z])"
    r"|(?<=[，,：:\s])(?=[（(]?\d{1,2}[)）、][^\d])|(?=[（(](?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）])"
)
_COMMA = re.compile(r"(?<=[，,、：:])")


def _cut_long(sentence: str) -> Iterator[str]:
    """Split a sentence over MAX_SENTENCE at commas, or by length where it has none."""
    piece = ""
    for clause in _COMMA.split(sentence):
        while len(clause) > MAX_SENTENCE:
            if piece:
                yield piece
                piece = ""
            yield clause[:MAX_SENTENCE]
            clause = clause[MAX_SENTENCE:]
        if len(piece) + len(clause) > MAX_SENTENCE:
            yield piece
            piece = ""
        piece += clause
    if piece:
        yield piece


def sentences(text: str, limit: int = 64) -> list[str]:
    """Return up to ``limit`` passages of ``text`` as written, of about 8 to 120 characters each.

    They end at 。！？； and line ends and before list numbers (1、 （2）); a piece shorter than
    MIN_SENTENCE joins the one before it, a longer one than MAX_SENTENCE is cut at commas.
    """
    passages: list[str] = []
    for raw in _SENTENCE_END.split(text):
        for piece in _cut_long(" ".join(raw.split())):
            short = len(piece) < MIN_SENTENCE or (passages and len(passages[-1]) < MIN_SENTENCE)
            if passages and short and len(passages[-1]) + len(piece) < MAX_SENTENCE:
                passages[-1] += piece
            elif piece.strip():
                passages.append(piece.strip())
    return passages[:limit]
