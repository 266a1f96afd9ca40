"""Which floating-point type is used, and how small dense factorisations run: decided here alone.

Dynamics started at 1e-12 live on numbers that float32 cannot hold beside numbers of order ten, so
importing gradflow switches JAX to 64 bits, unless the environment says otherwise
(``JAX_ENABLE_X64=0``). What comes out carries its dtype.

Two kinds of linear algebra are needed:

* *Once a study*: eigenvectors of a V × V target. SciPy's LAPACK computes them on the host, in
  float64, wherever JAX itself runs (`gradflow.targets.spectrum`), so they are the same on every
  platform and their memory is the host's.
* *At every time of every lane*: Cholesky factors, triangular inverses, QR and singular values of
  small matrices: the functions below. They run where JAX runs: LAPACK on CPU, cuSOLVER on GPU,
  XLA's own on TPU (which has no float64 units; JAX emulates them there, slowly).

Under `jax.vmap` these functions become a loop on CPU and a batch elsewhere. A *batched* LAPACK call
on CPU hands its batch to the thread pool it runs on and waits: as many such calls at once as there
are threads, and all wait for ever (jaxlib 0.10.1 and 0.12.0: two batched Cholesky factorisations
that do not depend on each other, on two cores). Cores are used by spreading lanes over CPU devices
instead (`gradflow/dynamics/_batched_map.py`). Derivatives through them are forward-mode only
(`jax.jvp`, `jax.jacfwd`).
"""

import functools
import os
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float

if "JAX_ENABLE_X64" not in os.environ:
    jax.config.update("jax_enable_x64", True)


def default_dtype() -> jnp.dtype:
    """float64, or float32 where the environment switched 64 bits off."""
    return jnp.dtype(jnp.float64 if jax.config.read("jax_enable_x64") else jnp.float32)


def _loop_on_cpu(function: Callable[[Array], Any]) -> Callable[[Array], Any]:
    """Make vmap of a function of one matrix a loop on CPU, a batch on other platforms."""

    @jax.custom_batching.custom_vmap
    def of_matrix(matrix: Array) -> Any:
        return function(matrix)

    @of_matrix.def_vmap
    def of_batch(axis_size: int, in_batched: list[bool], matrices: Array) -> Any:
        if not in_batched[0]:  # the derivative alone is batched, as under jacfwd
            result = function(matrices)
            return result, jax.tree.map(lambda _: False, result)
        result = jax.lax.platform_dependent(
            matrices, cpu=lambda batch: jax.lax.map(of_matrix, batch), default=jax.vmap(function)
        )
        return result, jax.tree.map(lambda _: True, result)

    return functools.wraps(function)(of_matrix)


@_loop_on_cpu
def cholesky(matrix: Float[Array, "d d"]) -> Float[Array, "d d"]:
    """Lower Cholesky factor; nan where the matrix is not positive definite."""
    return jnp.linalg.cholesky(matrix, symmetrize_input=False)


@_loop_on_cpu
def triangular_inverse(lower: Float[Array, "d d"]) -> Float[Array, "d d"]:
    """Inverse of a lower triangular matrix."""
    identity = jnp.eye(lower.shape[0], dtype=lower.dtype)
    return solve_triangular(lower, identity, lower=True)


@_loop_on_cpu
def singular_values(matrix: Float[Array, "m n"]) -> Float[Array, " k"]:
    """Singular values, falling."""
    return jnp.linalg.svd(matrix, compute_uv=False)


@_loop_on_cpu
def thin_svd(
    matrix: Float[Array, "m n"],
) -> tuple[Float[Array, "m k"], Float[Array, " k"], Float[Array, "k n"]]:
    """Left vectors, singular values, right vectors as rows."""
    left, values, right = jnp.linalg.svd(matrix, full_matrices=False)
    return left, values, right


@_loop_on_cpu
def qr(matrix: Float[Array, "m n"]) -> tuple[Float[Array, "m k"], Float[Array, "k n"]]:
    """Orthonormal columns and upper triangle."""
    orthonormal, triangle = jnp.linalg.qr(matrix)
    return orthonormal, triangle


@_loop_on_cpu
def qr_triangle(matrix: Float[Array, "m n"]) -> Float[Array, "k n"]:
    """The upper triangle of a QR factorisation."""
    return jnp.linalg.qr(matrix, mode="r")
