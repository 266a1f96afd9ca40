"""Vectors are the best approximation that the theory says they are, of every target."""

import json

import numpy as np
import pytest

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics

PLAIN = {
    "negatives": 1.0, "smoothing": 1.0, "pseudo_count": 0.0, "weighting_power": 0.0, "power": 0.5,
}  # fmt: skip


@pytest.fixture(scope="module")
def stats(wikipedia):
    return wikipedia.top(300)


@pytest.fixture(scope="module")
def dense(stats):
    """P, p and total pair weight, for targets made by hand."""
    return stats.pair_probabilities, stats.unigram_probabilities, stats.total_pairs


def by_hand(joint, p, total, target, negatives, smoothing, pseudo_count):
    q = p**smoothing / (p**smoothing).sum()
    noise = negatives * (np.outer(p, q) + np.outer(q, p)) / 2
    if target == "mstar":
        return 4 * joint / (joint + noise + pseudo_count / total) - 2
    seen = joint > 0
    pmi = np.where(seen, np.log(np.where(seen, joint, 1) / noise), 0)
    return pmi if target == "pmi" else np.maximum(pmi, 0)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"negatives": 3.0},
        {"smoothing": 0.5, "pseudo_count": 20.0, "power": 0.3},
        {"weighting_power": 0.25, "power": 0.5},
        {"target": "pmi"},
        {"target": "ppmi", "smoothing": 0.75},
        {"target": "shifted_ppmi", "negatives": 2.0, "weighting_power": 0.5, "power": 0.0},
    ],
    ids=str,
)
def test_vectors_are_scaled_eigenvectors(stats, dense, options):
    """Against LAPACK on the matrix made by hand; the Gram matrix has no signs to fix."""
    chosen = {"target": "mstar", **PLAIN, **options}
    matrix = by_hand(*dense, *(
        chosen[name] for name in ("target", "negatives", "smoothing", "pseudo_count")
    ))  # fmt: skip
    root = dense[1] ** (chosen["weighting_power"] / 2)
    root /= root.mean()
    values, columns = np.linalg.eigh(root[:, None] * matrix * root)
    values, columns = values[::-1][:20], columns[:, ::-1][:, :20]
    wanted = columns * values ** chosen["power"] / root[:, None]
    vecs = gf.embed(stats, 20, **chosen)
    found = vecs.vectors.astype(np.float64)
    scale = np.abs(wanted @ wanted.T).max()
    np.testing.assert_allclose(found @ found.T, wanted @ wanted.T, atol=2e-5 * scale)
    lengths = np.linalg.norm(root[:, None] * found, axis=0)
    np.testing.assert_allclose(lengths, values ** chosen["power"], rtol=1e-4)
    np.testing.assert_allclose(vecs.provenance["eigenvalues"], values, rtol=1e-5)


@pytest.mark.slow
def test_training_ends_there(stats):
    """The exact flow of the quadratic loss, long after the last step."""
    import jax

    target = gf.mstar(stats)
    w0 = gf.gaussian_init(jax.random.key(0), 300, 8, 1e-3)
    times = gf.time_grid(gf.spectrum(target, 8), 1e-3, 8)
    sol = gf.solve(gf.Quadratic(target), w0, np.append(0.0, 40 * times[-1:]), method=gf.Exact())
    lengths = np.linalg.norm(gf.embed(stats, 8, **PLAIN).vectors, axis=0)
    np.testing.assert_allclose(sol.singular_values[-1], lengths, rtol=1e-4)


def test_weighted_vectors_make_the_weighted_error_least(stats, dense):
    """No other vectors nearby have a smaller one."""
    matrix = by_hand(*dense, "mstar", 1.0, 1.0, 0.0)
    weight = np.sqrt(np.outer(dense[1], dense[1]))

    def error(w):
        return (weight * (w @ w.T - matrix) ** 2).sum()

    vecs = gf.embed(stats, 10, **{**PLAIN, "weighting_power": 0.5})
    best = vecs.vectors.astype(np.float64)
    rng = np.random.default_rng(0)
    for size in (1e-1, 1e-2):
        for _ in range(5):
            assert error(best + size * rng.normal(size=best.shape)) > error(best)
    assert error(best) < 0.999 * error(gf.embed(stats, 10, **PLAIN).vectors)


def test_the_provenance_says_how(stats):
    vecs = gf.embed(stats, 12, target="ppmi")
    said = json.loads(json.dumps(vecs.provenance))
    assert said["embed"]["target"] == "ppmi"
    assert "pseudo_count" not in said["embed"], "PPMI has none"
    assert len(said["eigenvalues"]) == len(said["residuals"]) == 12
    assert max(said["residuals"]) <= said["embed"]["tolerance"]
    assert said["counts"]["window"] == 16
    assert vecs.words == stats.words


def test_more_dimensions_than_positive_eigenvalues_are_no_vectors(stats, dense):
    positive = int((np.linalg.eigvalsh(by_hand(*dense, "mstar", 1.0, 1.0, 0.0)) > 0).sum())
    assert 100 < positive < 300
    for dim in (positive + 1, 300, 301, 5000):
        message = rf"^dim: wanted at most {positive}, the number of positive eigenvalues of M\*"
        with pytest.raises(gf.ArgumentError, match=message):
            gf.embed(stats, dim, **PLAIN)
    assert gf.embed(stats, positive, **PLAIN).dim == positive


def test_one_word_has_no_vectors():
    one = CooccurrenceStatistics.from_counts(["sun"], [3], [[2]])
    with pytest.raises(gf.DataError, match=r"^stats: wanted a target M\* with positive eigenvalue"):
        gf.embed(one, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dim": 0}, "dim: wanted an integer of at least 1"),
        ({"target": "svd"}, "target: wanted one of 'mstar', 'ppmi', 'shifted_ppmi', 'pmi'"),
        ({"negatives": 0}, "negatives: wanted a finite number above 0"),
        ({"negatives": 2, "target": "ppmi"}, "negatives: wanted 1 with target 'ppmi'"),
        ({"pseudo_count": 3.25, "target": "pmi"}, "pseudo_count: wanted target 'mstar' beside it"),
        ({"smoothing": -1}, "smoothing: wanted a finite number of at least 0"),
        ({"weighting_power": float("nan")}, "weighting_power: wanted a finite number of at lea"),
        ({"power": "x"}, "power: wanted a finite number"),
        ({"tolerance": 0}, "tolerance: wanted a finite number above 0"),
    ],
)
def test_options_without_use_are_told(stats, options, message):
    with pytest.raises(gf.ArgumentError, match=f"^{message}"):
        gf.embed(stats, **{"dim": 5, **options})
    with pytest.raises(gf.ArgumentError, match=r"^stats: wanted co-occurrence statistics, got str"):
        gf.embed("wikipedia-2k")


def test_numbers_may_be_numpys(wikipedia):
    stats = wikipedia.top(60)
    vecs = gf.embed(stats, np.int64(5), power=np.float32(0.5))
    np.testing.assert_allclose(vecs.vectors, gf.embed(stats, 5, power=0.5).vectors, rtol=1e-6)
