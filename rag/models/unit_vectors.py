"""Vectors as vectors of unit length, so that their inner product is their cosine."""

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
UNIT_LENGTH_TOLERANCE = 1e-3


def as_unit(vectors: Vectors) -> Vectors:
    """`vectors`, float32 [n, dimension], each divided by its length, those of unit length as they are.

    Raises ValueError where one is zero or not finite.
    """
    lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise ValueError("embeddings must be finite and not zero")
    is_unit = np.abs(lengths - 1) < UNIT_LENGTH_TOLERANCE
    return np.where(is_unit, vectors, vectors / lengths)
