"""Scores along training are those of the embeddings at each time, predicted and trained."""

import jax
import numpy as np
import pytest

import gradflow as gf
from gradflow.evaluation import downstream_agreement, downstream_curves, similarity_correlation

DIMS = [3, 6]


@pytest.fixture(scope="module")
def small(sixty_words):
    """A problem on sixty words, and made-up questions about them."""
    rng = np.random.default_rng(0)
    words = list(sixty_words.words)
    draw = lambda count: tuple(rng.choice(words, count, replace=False).tolist())  # noqa: E731
    analogies = gf.evaluation.AnalogySet(
        tuple(draw(4) for _ in range(300)), tuple(i % 2 for i in range(300)), ("even", "odd")
    )
    judged = gf.evaluation.SimilaritySet(
        tuple(draw(2) for _ in range(40)), tuple(rng.random(40)), "made up"
    )
    return gf.Quadratic(gf.mstar(sixty_words)), analogies, judged


@pytest.fixture(scope="module")
def times(small):
    """Over all steps, and once long after them."""
    spec = gf.spectrum(small[0].linearisation, 6)
    grid = gf.time_grid(spec, 1e-2, 6, 9)
    return np.append(grid, 100 * grid[-1])


@pytest.fixture(scope="module")
def curves(small, times):
    """Trained by decoupled modes, which compile in no time, from a start that rule "row" misses."""
    problem, analogies, judged = small
    return downstream_curves(
        problem,
        DIMS,
        scale=1e-2,
        times=times,
        seeds=[4, 5],
        analogies=analogies,
        similarities=[judged],
        rule="row",
        method=gf.Modes(rule="qr"),
    )


def scores_by_hand(embeddings, small, words):
    """Of each W: accuracy, accuracies by section, Spearman."""
    _, analogies, judged = small
    solved = [gf.evaluation.analogy_accuracy(w, analogies.indexed(words)) for w in embeddings]
    ranks = [similarity_correlation(w, judged.indexed(words)).spearman for w in embeddings]
    return [s.accuracy for s in solved], [s.by_section for s in solved], ranks


@pytest.mark.parametrize("source", ["trained", "predicted"])
def test_scores_are_those_of_the_embeddings(small, times, curves, sixty_words, source):
    """Trained: of the flow that `solve` gives. Predicted: of eigenvectors times sigmoids."""
    problem = small[0]
    for seed in (4, 5):
        w0 = gf.gaussian_init(jax.random.key(seed), 60, 6, 1e-2)
        if source == "trained":
            embeddings = gf.solve(problem, w0, times, method=gf.Modes(), embeddings=True).embeddings
        else:
            spec = gf.spectrum(problem.linearisation, 6)
            rises = np.asarray(gf.predict(spec, w0, rule="row").singular_values(times))
            embeddings = [spec.eigenvectors * values for values in rises]
        accuracy, by_section, ranks = scores_by_hand(embeddings, small, sixty_words.words)
        found = curves.sel(source=source, seed=seed, dim=6)
        np.testing.assert_allclose(found["accuracy"], accuracy, rtol=1e-12)
        np.testing.assert_allclose(found["section_accuracy"], by_section, rtol=1e-12)
        np.testing.assert_allclose(found["spearman"][:, 0], ranks, rtol=1e-12)
        assert found["accuracy"].values.std() > 0


def test_training_ends_at_the_leading_eigenvectors(curves):
    """The last time is so long after all steps that nothing changes any more."""
    last = curves.isel(time=-1)
    for source in ("trained", "predicted"):
        for seed in (4, 5):
            found = last.sel(source=source, seed=seed)
            np.testing.assert_allclose(found["accuracy"], curves["final_accuracy"], rtol=1e-12)
            np.testing.assert_allclose(found["spearman"], curves["final_spearman"], rtol=1e-9)


def test_the_end_is_that_of_eigenvectors_times_root_eigenvalues(small, curves, sixty_words):
    spec = gf.spectrum(small[0].linearisation, 3)
    ends = [spec.eigenvectors * np.sqrt(spec.eigenvalues)]
    accuracy, _, ranks = scores_by_hand(ends, small, sixty_words.words)
    assert float(curves["final_accuracy"].sel(dim=3)) == pytest.approx(float(accuracy[0]))
    assert float(curves["final_spearman"].sel(dim=3)[0]) == pytest.approx(float(ranks[0]))


def test_everything_is_labelled(curves):
    assert curves["accuracy"].dims == ("source", "seed", "dim", "time")
    assert curves["section_accuracy"].dims == ("source", "seed", "dim", "time", "section")
    assert curves["spearman"].dims == ("source", "seed", "dim", "time", "benchmark")
    assert curves["benchmark"].values.tolist() == ["made up"]
    assert curves["total"].values.tolist() == [150, 150]
    assert curves["covered_pairs"].values.tolist() == [40]
    assert curves.attrs["rule"] == "row"


def test_the_table_says_how_far_predicted_is_from_trained(curves):
    """Against NumPy, times after the first step of each seed."""
    table = downstream_agreement(curves).set_index(["score", "dim"])
    apart = curves["accuracy"].sel(dim=3, source="predicted")
    apart = (apart - curves["accuracy"].sel(dim=3, source="trained")).values
    started = curves["t"].values >= curves["first_step"].sel(dim=3).values[:, None]
    assert 0 < started.sum() < started.size
    row = table.loc["accuracy", 3]
    assert row["largest"] == pytest.approx(np.abs(apart[started]).max())
    assert row["mean"] == pytest.approx(np.abs(apart[started]).mean())
    assert row["bias"] == pytest.approx(apart[started].mean())
    assert table.index.get_level_values("score").unique().tolist() == ["accuracy", "made up"]


@pytest.mark.slow
def test_predicted_scores_follow_trained_ones_on_wikipedia(wikipedia, google):
    """The exact flow of 1,000 words, d = 20, and real questions, of which it has 179.

    Measured: 0.032 (six questions) and 0.010; larger vocabularies and d agree better.
    """
    problem = gf.Quadratic(gf.mstar(wikipedia.top(1000)))
    wordsim = gf.load_similarities("wordsim353")
    data = downstream_curves(
        problem, [20], scale=1e-4, num_times=20, analogies=google, similarities=[wordsim]
    )
    table = downstream_agreement(data).set_index("score")
    assert table.loc["accuracy", "trained"] > 0.4
    assert table.loc["accuracy", "mean"] < 0.05
    assert table.loc["wordsim353", "mean"] < 0.02


def test_errors_are_one_line(small, curves):
    problem, analogies, judged = small
    asked = {"analogies": analogies, "similarities": [judged]}
    with pytest.raises(gf.ArgumentError, match=r"^dims: wanted different integers from 1 to 60"):
        downstream_curves(problem, [3, 61], **asked)
    with pytest.raises(gf.ArgumentError, match=r"^dims: wanted different integers .*, got 3"):
        downstream_curves(problem, 3, **asked)
    with pytest.raises(gf.ArgumentError, match=r"^seeds: wanted different integers, got \[1, 1\]"):
        downstream_curves(problem, [3], seeds=[1, 1], **asked)
    with pytest.raises(gf.ArgumentError, match=r"^problem: wanted a tied gradflow problem, got 3"):
        downstream_curves(3, [3], **asked)
    nameless = gf.Quadratic(gf.Target(np.eye(3)))
    with pytest.raises(gf.ArgumentError, match=r"^problem: wanted one whose target has words"):
        downstream_curves(nameless, [3], **asked)
    with pytest.raises(gf.ArgumentError, match=r"^analogy_method: wanted one of 'cosine_add'"):
        downstream_curves(problem, [3], analogy_method="add", **asked)
    with pytest.raises(gf.ArgumentError, match=r"^data: wanted the dataset of downstream_curves"):
        downstream_agreement(curves.drop_vars("t"))
