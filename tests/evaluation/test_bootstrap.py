"""Bootstrap intervals: against SciPy and a loop over draws, with known spreads, and paired."""

import numpy as np
import pytest
import scipy.stats

import gradflow as gf
from gradflow.evaluation import _bootstrap, paired_bootstrap

WORDS = tuple(f"w{number}" for number in range(24))


@pytest.fixture(scope="module")
def questions():
    """Two sections of six pairs each, all of whose questions are asked."""
    pairs = np.arange(24).reshape(2, 6, 2)
    asked = [
        (tuple(WORDS[row] for row in (*first, *second)), section)
        for section, rows in enumerate(pairs)
        for first in rows
        for second in rows
        if (first != second).any()
    ]
    texts, sections = zip(*asked, strict=True)
    return gf.evaluation.AnalogySet(texts, sections, ("one", "two")).indexed(WORDS)


@pytest.fixture(scope="module")
def judged():
    pairs = [(a, b) for a in WORDS for b in WORDS if a < b][:60]
    return gf.evaluation.SimilaritySet(tuple(pairs), tuple(np.random.default_rng(0).random(60)))


@pytest.fixture(scope="module")
def models():
    """Vectors in which pairs of a section differ by nearly the same vector; a noisier copy."""
    rng = np.random.default_rng(1)
    first = rng.normal(size=(24, 6))
    first[1::2] = first[::2] + np.repeat(rng.normal(size=(2, 6)), 6, axis=0)
    noise = rng.normal(size=first.shape)
    return {"good": first + 0.3 * noise, "noisy": first + 0.4 * noise}


def test_pairs_are_drawn_within_sections_as_a_loop_draws_them(models, questions):
    """Each draw by hand: six pairs of each section, then every question as often as both."""
    result = paired_bootstrap(models, questions, draws=20, seed=3)
    solved = {
        name: gf.evaluation.analogy_accuracy(w, questions).solved for name, w in models.items()
    }
    given, answer = np.asarray(questions.hidden), np.asarray(questions.answer)
    rng = np.random.default_rng(3)
    for draw in result.draws:
        drawn = [2 * member for member in rng.integers(0, 6, 6)]
        drawn += [12 + 2 * member for member in rng.integers(0, 6, 6)]
        for model, accuracy in zip(models, draw, strict=True):
            right = total = 0
            for (a, _, c), is_solved in zip(given, solved[model], strict=True):
                times = drawn.count(a) * drawn.count(c)
                right, total = right + times * bool(is_solved), total + times
            np.testing.assert_allclose(accuracy, right / total, rtol=1e-12)
    assert (answer == given[:, 2] + 1).all(), "d follows c, so c tells the second pair"
    accuracies = [
        float(gf.evaluation.analogy_accuracy(w, questions).accuracy) for w in models.values()
    ]
    np.testing.assert_allclose(result.scores, accuracies, rtol=1e-12)


def test_correlations_have_the_interval_of_scipy(models, judged):
    """SciPy's paired percentile bootstrap; its ends scatter by a few percent from draw to draw."""
    result = paired_bootstrap(models, judged.indexed(WORDS), draws=4000)
    units = models["good"] / np.linalg.norm(models["good"], axis=1, keepdims=True)
    row = {word: number for number, word in enumerate(WORDS)}
    cosines = np.array([units[row[a]] @ units[row[b]] for a, b in judged.pairs])
    statistic = lambda x, y: scipy.stats.spearmanr(x, y).statistic  # noqa: E731
    theirs = scipy.stats.bootstrap(
        (cosines, np.array(judged.judged)), statistic, paired=True, vectorized=False,
        n_resamples=1000, method="percentile", rng=np.random.default_rng(5),
    ).confidence_interval  # fmt: skip
    np.testing.assert_allclose(result.interval("good"), tuple(theirs), atol=0.03)
    assert result.scores[0] == pytest.approx(statistic(cosines, judged.judged), rel=1e-12)


def test_intervals_of_independent_questions_are_binomial():
    """1,600 questions, 30 % solved: 1.96 √(0.3 · 0.7/1600) on either side, to a tenth."""
    draws = _bootstrap.question_draws(np.arange(1600)[None] < 480, 2000, seed=0)
    low, high = _bootstrap.PairedBootstrap(("all",), np.array([0.3]), draws, 0.95).interval("all")
    assert (high - low) / 2 == pytest.approx(1.96 * np.sqrt(0.3 * 0.7 / 1600), rel=0.1)


def test_questions_that_share_a_pair_vary_as_pairs_do():
    """Solved where the first pair is one of half of all 40: spread √(0.5 · 0.5/40), not /1560."""
    first, second = np.nonzero(~np.eye(40, dtype=bool))
    pairs = np.stack([first, second], axis=1)
    draws = _bootstrap.pair_draws((first % 2 == 0)[None], pairs, np.zeros(1560, int), 2000, seed=0)
    assert draws.mean() == pytest.approx(0.5, abs=0.01)
    assert draws.std() == pytest.approx(np.sqrt(0.25 / 40), rel=0.1)


def test_correlations_of_normal_pairs_are_covered_as_often_as_stated():
    """ρ = 0.6, 100 samples of 80 pairs: 95 % intervals hold 6/π asin(0.3) in 88 to 100."""
    rng, truth = np.random.default_rng(7), 6 / np.pi * np.arcsin(0.3)
    held = 0
    for seed in range(100):
        x, noise = rng.normal(size=(2, 80))
        y = 0.6 * x + 0.8 * noise
        draws = _bootstrap.correlation_draws(x[None], y, 200, seed)[:, 0]
        low, high = np.quantile(draws, (0.025, 0.975))
        held += low <= truth <= high
    assert 88 <= held <= 100


@pytest.mark.parametrize("kind", ["questions", "judged"])
def test_differences_of_alike_models_vary_less_than_those_of_unpaired_draws(
    models, questions, judged, kind
):
    """The draws are shared; of unpaired draws the variances would add up."""
    data = questions if kind == "questions" else judged.indexed(WORDS)
    result = paired_bootstrap(models, data, draws=500)
    apart = result.draws[:, 0] - result.draws[:, 1]
    unpaired = np.hypot(*result.draws.std(axis=0))
    assert apart.std() < 0.7 * unpaired
    difference, low, high = result.difference("good", "noisy")
    assert difference == pytest.approx(result.scores[0] - result.scores[1])
    np.testing.assert_allclose((low, high), np.quantile(apart, (0.025, 0.975)), rtol=1e-12)
    table = result.table(reference="noisy").set_index("model")
    assert table.loc["noisy", ["difference", "difference_low", "difference_high"]].eq(0).all()
    assert table.loc["good", "low"] < table.loc["good", "score"] < table.loc["good", "high"]


def test_single_questions_instead_of_pairs_give_narrower_intervals(models, questions):
    narrow = paired_bootstrap(models, questions, resample="questions", draws=500)
    wide = paired_bootstrap(models, questions, draws=500)
    assert narrow.draws.std(axis=0)[0] < 0.8 * wide.draws.std(axis=0)[0]


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"vectors": {}}, "vectors"),
        ({"vectors": np.ones((24, 2))}, "vectors"),
        ({"vectors": {"x": np.full((24, 2), np.nan)}}, "vectors"),
        ({"questions": WORDS}, "questions"),
        ({"resample": "words"}, "resample"),
        ({"draws": 0}, "draws"),
        ({"level": 1.0}, "level"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_arguments_are_named(questions, models, bad, named):
    with pytest.raises(gf.ArgumentError, match=f"^{named}: "):
        paired_bootstrap(**{"vectors": models, "questions": questions, **bad})


def test_questions_without_known_pairs_and_unknown_models_are_told(models):
    asked = gf.evaluation.AnalogySet(
        (("w0", "w1", "w2", "w3"), ("w0", "w1", "x", "y")), (0, 0), ("one",)
    )
    with pytest.raises(gf.ArgumentError, match=r"^questions: .* unknown='skip'"):
        paired_bootstrap(models, asked.indexed(WORDS, unknown="zero"))
    result = paired_bootstrap(models, asked.indexed(WORDS), draws=3)
    with pytest.raises(gf.ArgumentError, match=r"^model: wanted one of good, noisy, got 'x'"):
        result.interval("x")
