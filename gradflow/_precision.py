"""Which floating-point type is used, and where the dense linear algebra runs: decided here alone.

Dynamics started at 1e-12 live on numbers that float32 cannot hold beside numbers of order ten, so
importing gradflow switches JAX to 64 bits, unless the environment says otherwise
(``JAX_ENABLE_X64=0``). What comes out carries its dtype.

Two kinds of linear algebra are needed:

* *Once a study*: eigenvectors of a V × V target. SciPy's LAPACK computes them on the host, in
  float64, wherever JAX itself runs (`gradflow.targets.spectrum`), so they are the same on every
  platform and their memory is the host's.
* *At every time of every lane*: Cholesky, triangular inverse, QR and singular values of d × d
  matrices. They are JAX's own (`jax.numpy.linalg`): LAPACK on CPU, cuSOLVER on GPU, XLA's on TPU.
  A TPU has no float64 units; JAX emulates them there, slowly.
"""

import os

import jax
import jax.numpy as jnp

if "JAX_ENABLE_X64" not in os.environ:
    jax.config.update("jax_enable_x64", True)


def default_dtype() -> jnp.dtype:
    """float64, or float32 where the environment switched 64 bits off."""
    return jnp.dtype(jnp.float64 if jax.config.jax_enable_x64 else jnp.float32)
