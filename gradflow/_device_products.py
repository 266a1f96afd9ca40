"""A sparse matrix times a block of vectors through JAX, where there is an accelerator."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

_CHUNK = 1 << 18  # entries whose rows of X are gathered at a time


def uses_device(dtype: np.dtype) -> bool:
    """Whether products go to an accelerator: there is one, and it keeps the dtype."""
    return jax.default_backend() != "cpu" and jnp.zeros(0, dtype).dtype == dtype


class DeviceMatrix:
    """S (V, V) on JAX's default device, its entries in chunks of equal length.

    Args:
        indptr: (V + 1,).
        indices: (n,).
        data: (n,); products are of its dtype.
        chunk: Entries at a time; a product holds as many rows of X.
    """

    def __init__(
        self, indptr: np.ndarray, indices: np.ndarray, data: np.ndarray, chunk: int = _CHUNK
    ) -> None:
        size = len(indptr) - 1
        rows = np.repeat(np.arange(size, dtype=np.int32), np.diff(indptr))
        missing = -len(data) % chunk
        # Entries that fill the last chunk are zeros of the last row: rows stay sorted.
        self._rows = _chunks(rows, missing, size - 1, chunk)
        self._columns = _chunks(indices, missing, 0, chunk)
        self._data = _chunks(data, missing, 0, chunk)

    def product(self, vectors: np.ndarray) -> np.ndarray:
        """S X (V, b), back on the host."""
        return np.asarray(_product(self._rows, self._columns, self._data, jnp.asarray(vectors)))


def _chunks(array: np.ndarray, missing: int, fill: int, chunk: int) -> Array:
    return jnp.asarray(np.pad(array, (0, missing), constant_values=fill).reshape(-1, chunk))


@jax.jit
def _product(
    rows: Array, columns: Array, data: Float[Array, "c n"], vectors: Float[Array, "V b"]
) -> Float[Array, "V b"]:
    def add(result: Array, chunk: tuple[Array, Array, Array]) -> tuple[Array, None]:
        row, column, entry = chunk
        terms = entry[:, None] * vectors[column]
        return result.at[row].add(terms, indices_are_sorted=True), None

    return jax.lax.scan(add, jnp.zeros_like(vectors), (rows, columns, data))[0]
