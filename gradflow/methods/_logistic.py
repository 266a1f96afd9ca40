"""One mode alone: the logistic law of karkada2025, Lemma 3.1, without overflow."""

import jax.numpy as jnp
from jaxtyping import Array, Float

# Natural logarithm of 81: from a tenth to nine tenths of a logistic.
LOG_81 = 4.394449154672439


def log_growth_ratio(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Return ln((1 − e^{−|x|}) / |x|), zero at x = 0.

    With it ln[(e^x − 1)/x] = max(x, 0) + log_growth_ratio(x), which neither overflows for large x
    nor cancels for small.
    """
    size = jnp.abs(x)
    safe = jnp.where(size > 0, size, 1.0)
    return jnp.where(size > 0, jnp.log(-jnp.expm1(-safe) / safe), 0.0)


def logistic_log_squared(
    eigenvalues: Float[Array, "*#d"],
    log_start: Float[Array, "*#d"],
    time: float | Float[Array, "*#d"],
) -> Float[Array, "*d"]:
    """Return ln s²(t) of ds²/dt = (λ − s²) s², any sign of λ.

    s²(t) = s₀² e^{λt} / (1 + s₀² (e^{λt} − 1)/λ), with (e^{λt} − 1)/λ → t at λ = 0.

    Args:
        eigenvalues: λ, one or several.
        log_start: ln s₀², as many; −inf for a mode that is absent and stays so.
        time: t ≥ 0.

    Returns:
        ln s²(t).
    """
    exponent = eigenvalues * time
    log_denominator = jnp.logaddexp(
        -jnp.maximum(exponent, 0), log_start + jnp.log(time) + log_growth_ratio(exponent)
    )
    return log_start + jnp.minimum(exponent, 0) - log_denominator


def half_height_time(
    eigenvalues: Float[Array, "*#d"], log_start: Float[Array, "*#d"]
) -> Float[Array, "*d"]:
    """Return t with s²(t) = λ/2: ln(λ/s₀² − 1)/λ; nan where λ ≤ 0, s₀ = 0 or s₀² ≥ λ/2 already.

    Args:
        eigenvalues: λ.
        log_start: ln s₀².

    Returns:
        Times, in the unit of 1/λ.

    Source: karkada2025, Lemma 3.1.
    """
    positive = jnp.where(eigenvalues > 0, eigenvalues, 1.0)
    behind = log_start - jnp.log(positive)
    rises = (eigenvalues > 0) & (behind < jnp.log(0.5)) & ~jnp.isneginf(log_start)
    behind = jnp.where(rises, behind, -1.0)
    times = (jnp.log1p(-jnp.exp(behind)) - behind) / positive
    return jnp.where(rises, times, jnp.nan)
