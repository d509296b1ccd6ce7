"""Scanned vectors: int8 rows with their lengths, scored exactly by one integer matrix product.

Measured on 100,000 × 384 vectors, one core: numpy float32 3.6 ms (150 MB), usearch exact int8
7 ms, this kernel 1.4 ms (38 MB); of the 200 nearest by float32 it finds 198.
"""

import numkong
import numpy as np
from numpy.typing import NDArray

from search.documents import FloatArray

PEAK = 127  # int8 value of a vector's greatest component
GATHER_BELOW = 0.05  # a smaller share of the rows is copied out before it is scored


def quantise(vectors: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """Return vectors as int8 and the lengths of these, shapes (n, dimensions) and (n,).

    Each row is stretched so that its greatest component is PEAK: exact enough at any dimension, and
    nothing is clipped. A vector of zeros has length 1, so that its cosines are 0.
    """
    peaks = np.abs(vectors).max(axis=1, initial=0.0, keepdims=True)
    scaled = vectors * (PEAK / np.where(peaks > 0, peaks, 1.0))
    lengths = np.sqrt(np.square(np.rint(scaled), dtype=np.float64).sum(axis=1))
    return np.rint(scaled).astype(np.int8), np.where(lengths > 0, lengths, 1.0).astype(np.float32)


def restore(codes: NDArray[np.int8]) -> FloatArray:
    """Return int8 vectors as float32 ones of unit length (zeros stay zeros)."""
    vectors = codes.astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


def cosines(
    codes: NDArray[np.int8], lengths: FloatArray, query: FloatArray, passing: NDArray[np.bool_]
) -> FloatArray:
    """Return the cosine of ``query`` with every row, shape (rows,); of few passing rows only these."""
    [query_code], [query_length] = quantise(query[None])
    result = np.zeros(len(codes), np.float32)
    share = np.count_nonzero(passing)
    if share == 0:
        return result
    rows = np.flatnonzero(passing) if share < GATHER_BELOW * passing.size else slice(None)
    products = np.asarray(numkong.cdist(query_code[None], codes[rows], "dot"))[0]
    result[rows] = products / (lengths[rows] * query_length)
    return result
