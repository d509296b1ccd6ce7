"""Chinese technical text → words and character bigrams, the one analyser of every engine.

Text is normalised (``normalise``), then cut in two: runs of Latin letters, digits and their joints
(lifepo4, car-t, gb/t, 12英寸, w/(m·k)) by a regular expression, everything else by jieba with the
domain words of ``lexicon/domain.txt``. Indexed words are the finest ones (反渗透膜 → 反, 渗透, 膜);
what makes a long word special is left to the bigrams, and readers are shown the long words.

Measured on the development queries, nDCG@10 of BM25 (k1 1.2, b 0.75) over words + 0.5 × bigrams, in
the order needs → results, problem → solution, masked keywords, English title → Chinese abstract:

===================================================  =====  =====  =====  =====
as it is                                             .666   .946   .540   .306
words alone                                          .645   .933   .548   .309
bigrams alone                                        .657   .935   .487   .255
long words alone                                     .646   .945   .507   .307
long words and the words inside them                 .664   .940   .513   .307
with jieba's guesses at unknown words (HMM)          .657   .947   .536   .306
domain words whole beside their parts                .667   .944   .530   .308
no domain words (they serve what readers are shown)  .666   .946   .540   .306
no stop words                                        .670   .942   .538   .287
genre nouns (技术, 系统, 方法, …) as stop words too  .667   .944   .532   .305
no bigrams with function characters                  .659   .944   .539   .306
no plurals cut (they serve English texts)            .666   .946   .540   .310
queries not capped by ``analyse``                    .654   .946   .540   .306
===================================================  =====  =====  =====  =====

Bigram weights from 0.3 to 0.75 differ by at most .0025 in the mean; 0.5 has the best one.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import rjieba
import zhconv_rs

from search.documents import QueryTerms

MAX_QUERY_WORDS = 64
MAX_QUERY_BIGRAMS = 64
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
# Units of one character are left to jieba: 升级, 元素, 安全 begin with them.
_UNIT = (
    "(?:英寸|纳米|微米|毫米|厘米|千米|公里|平方米|立方米|公顷|千瓦时|千瓦|兆瓦|吉瓦|千伏|毫伏|毫安|毫升|毫克|微克"
    "|千克|公斤|万吨|兆帕|吉帕|千帕|赫兹|分贝|摄氏度|小时|分钟|毫秒|微秒|万元|亿元)(?!波)"
    "|°c|(?:[kmgtnμ]?(?:wh|hz|pa|bps|ev|ah|w|v)|[nμmck]m|[mμk]g|ml|mol|db|rpm|ppm|ppb|min|bar)(?![a-z0-9])"
)
_NUMBER = r"\d+(?:\.\d+)?"
_LETTER = rf"[^\W_{_HAN}]"  # of any script but Han, or a digit
_JOINT = r"[-/&'_·+]|\^-?|(?<=\d)\.(?=\d)|(?<=\d),(?=\d{3}(?!\d))"
_LATIN = re.compile(
    rf"(?P<low>{_NUMBER})(?=[-~]{_NUMBER} ?(?P<low_unit>{_UNIT}))"  # 1400 of 1400-1600°c
    rf"|(?P<number>{_NUMBER}) ?(?P<unit>{_UNIT})"
    rf"|(?P<compound>{_LETTER}+(?:(?:{_JOINT}){_LETTER}+)*(?:/\([a-zα-ω·.*]+\)|\+{{1,2}}|[#%])?)|°c"
)
_PARTS = re.compile(rf"(?:{_LETTER}|(?<=\d)\.(?=\d))+")


def read_lexicon(name: str) -> tuple[str, ...]:
    """Return the words of one list in ``search/lexicon``."""
    return tuple(word for line in lexicon_lines(name) for word in line.split())


def lexicon_lines(name: str) -> tuple[str, ...]:
    """Return the lines of one list in ``search/lexicon``; those that start with # are remarks."""
    lines = (_LEXICON / name).read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def _jieba() -> rjieba.Jieba:
    """Return jieba with the domain words, built once a process (0.1 s)."""
    jieba = rjieba.Jieba()
    for word in read_lexicon("domain.txt"):
        jieba.add_word(word, None, None)
    return jieba


def is_word(text: str) -> bool:
    """Whether the dictionary (jieba's and the domain words) has ``text`` as a word."""
    return bool(_jieba().has_word(text))


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Return words that carry no content in this genre (see ``lexicon/stop.txt``)."""
    return frozenset(read_lexicon("stop.txt"))


@lru_cache(maxsize=1 << 16)
def _finest(word: str) -> tuple[tuple[str, int], ...]:
    """Return the shortest dictionary words that cover ``word``, with their offsets in it.

    Words of two characters, of three where they hold none of two, and single characters for what is
    left: 反渗透膜 → 反, 渗透, 膜. A word that holds no shorter one is returned as it is.
    """
    known = _jieba().has_word
    found: list[tuple[str, int]] = []
    for size in (2, 3):
        for i in range(len(word) - size + 1):
            inner = word[i : i + size]
            holds_shorter = any(i <= j and j + len(other) <= i + size for other, j in found)
            if size < len(word) and not holds_shorter and known(inner):
                found.append((inner, i))
    if not found:
        return ((word, 0),)
    covered = {k for inner, i in found for k in range(i, i + len(inner))}
    found.extend((word[k], k) for k in range(len(word)) if k not in covered)
    return tuple(sorted(found, key=lambda pair: pair[1]))


def _singular(word: str) -> str:
    """Harman's S-stemmer (1991): batteries → battery, films → film; process, analysis, adas stay."""
    if len(word) < 5 or not word.isascii() or not word.isalpha() or word[-1] != "s":
        return word
    if word.endswith("ies") and word[-4] not in "ea":
        return word[:-3] + "y"
    if word.endswith("es") and word[-3] not in "aeo":
        return word[:-1]
    return word if word[-2] in "us" or word.endswith("is") else word[:-1]


def _latin_tokens(match: re.Match[str]) -> Iterator[Token]:
    """Yield one matched term whole, then its unit, or its parts of two characters and more."""
    start, end = match.span()
    if match["low"]:
        yield Token(match["low"] + match["low_unit"], start, end)
    elif match["number"]:
        yield Token(match["number"] + match["unit"], start, end)
        if len(match["unit"]) > 1:
            yield Token(match["unit"], match.start("unit"), end)
    else:
        whole = match[0]
        yield Token(_singular(whole.replace(",", ""))[:MAX_TERM_CHARACTERS], start, end)
        for part in _PARTS.finditer(whole):
            if 1 < len(part[0]) < len(whole) and "," not in whole:
                term = _singular(part[0])[:MAX_TERM_CHARACTERS]
                yield Token(term, start + part.start(), start + part.end())


def _han_tokens(run: str, start: int, whole: bool = False) -> Iterator[Token]:
    for word in _jieba().cut(run, False):
        for inner, offset in ((word, 0),) if whole else _finest(word):
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


def tokens(text: str, whole: bool = False) -> Iterator[Token]:
    """Yield the words of an already normalised text with their places, stop words left out.

    ``whole`` gives words to show to readers: long ones uncut (磷酸铁锂), compounds without parts.
    """
    stop = stop_words()
    for latin, match in _pieces(text):
        if not latin:
            found = _han_tokens(match[0], match.start(), whole)
        elif whole:
            found = islice(_latin_tokens(match), 1)
        else:
            found = _latin_tokens(match)
        for token in found:
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
    """Return distinct terms in order of first appearance.

    Of too many, the first quarter stays (a title, the topic) and the most frequent of the others.
    """
    counts = Counter(terms)  # keeps the order of first appearance
    if len(counts) <= limit:
        return tuple(counts)
    head = tuple(counts)[: limit // 4]
    for term in head:
        del counts[term]
    kept = {term for term, _ in counts.most_common(limit - len(head))}
    return head + tuple(term for term in counts if term in kept)


def analyse(text: str) -> QueryTerms:
    """Return the distinct words and bigrams of a query, in order of first appearance.

    A whole page as a query is cut to its first MAX_QUERY_CHARACTERS; of more than MAX_QUERY_WORDS
    words (MAX_QUERY_BIGRAMS bigrams) the first quarter and the most frequent stay.
    """
    text = text[:MAX_QUERY_CHARACTERS]
    return QueryTerms(_distinct(words(text), MAX_QUERY_WORDS), _distinct(bigrams(text), MAX_QUERY_BIGRAMS))


MIN_SENTENCE = 8
MAX_SENTENCE = 120
_CLOSING = "”’」』）)"
_SENTENCE_END = re.compile(
    rf"\n|(?<=[。！？；!?;])(?![{_CLOSING}])|(?<=[。！？；!?;][{_CLOSING}])"
    rf"|(?<=[{_HAN}]\.)\s*(?=[{_HAN}A-Z])|(?<=[a-z0-9)]\.)\s+(?=[A-Z])"  # many Chinese papers end with "."
    r"|(?<=[，,、：:\s])(?=\d{1,2}[、）)]|[（(](?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）])|(?=[①-⑳])"
)
_CLAUSE_END = re.compile(r"(?<=[，、：])|(?<=,)(?!\d)")


def _cut_long(sentence: str) -> Iterator[str]:
    """Yield the sentence in pieces of at most MAX_SENTENCE characters, cut at commas if it has any."""
    piece = ""
    for clause in _CLAUSE_END.split(sentence) if len(sentence) > MAX_SENTENCE else (sentence,):
        if len(piece) + len(clause) > MAX_SENTENCE:
            yield piece
            piece = ""
        piece += clause
        while len(piece) > MAX_SENTENCE:
            yield piece[:MAX_SENTENCE]
            piece = piece[MAX_SENTENCE:]
    yield piece


def sentences(text: str, limit: int = 64) -> list[str]:
    """Return the first ``limit`` passages of ``text``, white space collapsed, else as written.

    They end at 。！？； and line ends and before list numbers (1、 （2） ③). One shorter than
    MIN_SENTENCE characters joins its neighbour, one longer than MAX_SENTENCE is cut at commas.
    """
    passages: list[str] = []
    for raw in _SENTENCE_END.split(_INVISIBLE.sub("", _NEWLINES.sub("\n", text))):
        for piece in map(str.strip, _cut_long(" ".join(raw.split()))):
            if not piece:
                continue
            last = passages[-1] if passages else ""
            heading = piece[-1] in "：:"  # belongs to what follows
            short = len(last) < MIN_SENTENCE or (len(piece) < MIN_SENTENCE and not heading)
            if last and short and len(last) + len(piece) < MAX_SENTENCE:
                gap = " " if last[-1].isascii() and piece[0].isascii() else ""
                passages[-1] = last + gap + piece
            else:
                passages.append(piece)
        if len(passages) > limit:
            break
    return passages[:limit]
