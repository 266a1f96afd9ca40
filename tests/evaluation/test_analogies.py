"""Analogies are solved as a loop over words solves them, and as gensim does."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow as gf
from gradflow.evaluation import _files


def count_by_hand(vectors, words, questions, method):
    """Correct answers, one question and one word at a time. No two words differ in case alone."""
    row = {word: number for number, word in enumerate(words)}

    def cosine(x, y):
        x, y = vectors[row[x]], vectors[row[y]]
        return x @ y / np.sqrt((x @ x) * (y @ y))

    correct = 0
    for a, b, c, d in questions:
        if not all(word in row for word in (a, b, c, d)):
            continue
        best, answer = -np.inf, None
        for word in words:
            if word in (a, b, c):
                continue
            if method == "cosine_add":
                score = cosine(word, b) - cosine(word, a) + cosine(word, c)
            else:
                near = [(1 + cosine(word, other)) / 2 for other in (a, b, c)]
                score = near[1] * near[2] / (near[0] + 1e-6)
            if score > best:
                best, answer = score, word
        correct += answer == d
    return correct


def tiny_set(words, count, seed):
    rng = np.random.default_rng(seed)
    drawn = [tuple(rng.choice(words, 4, replace=False).tolist()) for _ in range(count)]
    section = tuple(rng.integers(0, 3, count).tolist())
    return gf.evaluation.AnalogySet(tuple(drawn), section, ("one", "two", "three"))


@pytest.mark.parametrize("method", ["cosine_add", "cosine_mul"])
def test_a_loop_over_words_finds_the_same(method):
    """Nine words, two of the questions' words unknown: chance alone solves some."""
    words = list("abcdefghi")
    questions = tiny_set([*words, "x", "y"], 200, seed=0)
    vectors = np.random.default_rng(1).normal(size=(9, 3))
    scores = gf.evaluation.analogy_accuracy(vectors, questions.indexed(words), method)
    expected = count_by_hand(vectors, words, questions.questions, method)
    assert 5 < expected < 100
    assert int(scores.correct.sum()) == expected
    known = [q for q in questions.questions if not {"x", "y"} & set(q)]
    alone = [count_by_hand(vectors, words, [question], method) for question in known]
    np.testing.assert_array_equal(scores.solved, alone)
    for number in range(3):
        inside = [
            q for q, s in zip(questions.questions, questions.section, strict=True) if s == number
        ]
        assert int(scores.correct[number]) == count_by_hand(vectors, words, inside, method)
        assert int(scores.covered[number]) == sum(set(q) <= set(words) for q in inside)
        assert int(scores.total[number]) == len(inside)


def test_many_words_are_looked_at_in_blocks():
    """5,000 words are one full block and a part of one; the answer may lie in either."""
    words = [f"w{number}" for number in range(5000)]
    vectors = np.random.default_rng(2).normal(size=(5000, 8))
    a, b, c = vectors[:3] / np.linalg.norm(vectors[:3], axis=1, keepdims=True)
    early, late = vectors.copy(), vectors.copy()
    early[7] = late[4998] = b - a + c
    questions = gf.evaluation.AnalogySet(
        (("w0", "w1", "w2", "w7"), ("w0", "w1", "w2", "w4998")), (0, 1), ("early", "late")
    ).indexed(words)
    assert gf.evaluation.analogy_accuracy(early, questions).correct.tolist() == [1, 0]
    assert gf.evaluation.analogy_accuracy(late, questions).correct.tolist() == [0, 1]


def test_gensim_counts_the_same_on_wikipedia(wikipedia, google, vectors, keyed, tmp_path):
    score, sections = keyed(wikipedia.words, vectors).evaluate_word_analogies(
        str(_files.source_path("source", "google", {"google": "questions-words.txt"}))
    )
    found = gf.evaluation.analogy_accuracy(vectors, google.indexed(wikipedia.words))
    assert found.correct.tolist() == [len(section["correct"]) for section in sections[:-1]]
    assert int(found.covered.sum()) == sum(len(sections[-1][x]) for x in ("correct", "incorrect"))
    assert float(found.accuracy) == pytest.approx(score, rel=1e-6)  # float32
    assert found.sections == tuple(section["section"] for section in sections[:-1])


# Two spellings of some words, in falling frequency, and questions in a spelling of their own.
SPELLINGS = ["Ada", "bob", "ada", "Cid", "dan", "BOB", "eve", "Dan", "fay", "cid", "gus", "EVE"]


@pytest.mark.parametrize("case_insensitive", [True, False])
@pytest.mark.parametrize("restrict_vocab", [300_000, 9])
@pytest.mark.parametrize("unknown", ["skip", "zero"])
def test_gensim_s_options_mean_the_same(keyed, tmp_path, case_insensitive, restrict_vocab, unknown):
    questions = tiny_set(["Ada", "BOB", "cid", "dan", "Eve", "eve", "fay", "hal"], 150, seed=3)
    vectors = np.random.default_rng(4).normal(size=(len(SPELLINGS), 4)).astype(np.float32)
    file = tmp_path / "questions.txt"
    lines = [
        line
        for number, name in enumerate(questions.sections)
        for line in [
            f": {name}",
            *(
                " ".join(question)
                for question, section in zip(questions.questions, questions.section, strict=True)
                if section == number
            ),
        ]
    ]
    file.write_text("\n".join(lines))
    score, sections = keyed(SPELLINGS, vectors).evaluate_word_analogies(
        str(file), restrict_vocab, case_insensitive, dummy4unknown=unknown == "zero"
    )
    indexed = gf.load_analogies(file).indexed(
        SPELLINGS,
        restrict_vocab=restrict_vocab,
        case_insensitive=case_insensitive,
        unknown=unknown,
    )
    found = gf.evaluation.analogy_accuracy(vectors, indexed)
    assert found.correct.tolist() == [len(section["correct"]) for section in sections[:-1]]
    assert sum(len(section["correct"]) for section in sections[:-1]) > 0
    assert float(found.accuracy) == pytest.approx(score, rel=1e-6)  # float32


def test_gensim_s_product_finds_the_same_words(wikipedia, google, vectors, keyed):
    """One question in eight, since gensim takes them one by one."""
    known = set(wikipedia.words)
    lower = [tuple(word.lower() for word in question) for question in google.questions]
    asked = tuple(question for question in lower if set(question) <= known)[::8]
    by_gensim = keyed(wikipedia.words, vectors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # gensim warns of itself
        answers = [
            by_gensim.most_similar_cosmul(positive=[b, c], negative=[a], topn=1)[0][0]
            for a, b, c, _ in asked
        ]
    right = sum(answer == d for answer, (_, _, _, d) in zip(answers, asked, strict=True))
    some = gf.evaluation.AnalogySet(asked, (0,) * len(asked), ("all",)).indexed(wikipedia.words)
    assert right > 10
    assert int(gf.evaluation.analogy_accuracy(vectors, some, "cosine_mul").correct.sum()) == right


@pytest.mark.parametrize("method", ["cosine_add", "cosine_mul"])
def test_rotation_and_length_change_nothing(wikipedia, google, vectors, method):
    rng = np.random.default_rng(5)
    rotation = np.linalg.qr(rng.normal(size=(30, 30)))[0]
    lengths = np.exp(rng.normal(size=(len(vectors), 1)) * 5)
    questions = google.indexed(wikipedia.words)
    exact = vectors.astype(np.float64)
    plain = gf.evaluation.analogy_accuracy(exact, questions, method)
    turned = gf.evaluation.analogy_accuracy(exact @ rotation * lengths, questions, method)
    assert plain.correct.tolist() == turned.correct.tolist()


def test_tiny_vectors_do_not_underflow(wikipedia, google, vectors):
    """Entries early in training are small; 1e-200 is smaller than any, and its square is zero."""
    questions = google.indexed(wikipedia.words)
    exact = vectors.astype(np.float64)
    whole = gf.evaluation.analogy_accuracy(exact, questions).correct
    assert (
        gf.evaluation.analogy_accuracy(exact * 1e-200, questions).correct.tolist() == whole.tolist()
    )


def test_of_equal_scores_the_first_word_wins():
    words = ["a", "b", "c", "first", "second"]
    vectors = np.array([[1.0, 0], [0, 1], [1, 1], [0, 2], [0, 3]])

    def question(d):
        return gf.evaluation.AnalogySet((("a", "b", "c", d),), (0,), ("one",)).indexed(words)

    assert float(gf.evaluation.analogy_accuracy(vectors, question("first")).accuracy) == 1
    assert float(gf.evaluation.analogy_accuracy(vectors, question("second")).accuracy) == 0


def test_the_denominator_of_the_product_is_at_least_a_millionth():
    """A word opposite to a, with b and c within half a percent of a: 1e-5/1e-6 against 0.5.

    A constant of 1e-3, as in the first paper on the product, would make it 0.01 against 0.5.
    """
    words = ["a", "b", "c", "opposite", "across"]
    cosine = 1 - 2 * 10**-2.5
    sine = np.sqrt(1 - cosine**2)
    vectors = np.array([[1.0, 0], [cosine, sine], [cosine, -sine], [-1, 0], [0, 1]])
    question = gf.evaluation.AnalogySet((("a", "b", "c", "opposite"),), (0,), ("one",)).indexed(
        words
    )
    assert float(gf.evaluation.analogy_accuracy(vectors, question, "cosine_mul").accuracy) == 1


def test_words_of_the_question_are_no_answers():
    """Not even where nothing else is left."""
    question = gf.evaluation.AnalogySet((("a", "b", "c", "a"),), (0,), ("one",)).indexed(
        ["a", "b", "c"]
    )
    assert float(gf.evaluation.analogy_accuracy(np.eye(3), question).accuracy) == 0


def test_zero_vectors_are_at_right_angles_and_nan_is_told():
    words = ["a", "b", "c", "d", "e"]
    question = gf.evaluation.AnalogySet((("a", "b", "c", "d"),), (0,), ("one",)).indexed(words)
    vectors = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [0, 0]])
    assert float(gf.evaluation.analogy_accuracy(vectors, question).accuracy) == 1
    vectors[4] = np.nan
    assert np.isnan(gf.evaluation.analogy_accuracy(vectors, question).accuracy)


def test_jit_and_vmap_give_the_same():
    words = list("abcdefghi")
    questions = tiny_set(words, 60, seed=6).indexed(words)
    many = jnp.asarray(np.random.default_rng(7).normal(size=(3, 9, 3)))

    def correct_and_accuracy(vectors):
        scores = gf.evaluation.analogy_accuracy(vectors, questions)
        return scores.correct, scores["total"].accuracy

    alone = [correct_and_accuracy(vectors) for vectors in many]
    correct, accuracy = jax.jit(jax.vmap(correct_and_accuracy))(many)
    np.testing.assert_array_equal(correct, np.stack([each for each, _ in alone]))  # integers
    np.testing.assert_allclose(accuracy, [each for _, each in alone], rtol=1e-12)
    np.testing.assert_allclose(accuracy, correct.sum(axis=1) / 60, rtol=1e-12)
    assert correct.std(axis=0).any()


def test_the_table_has_a_row_a_section(wikipedia, google, vectors):
    scores = gf.evaluation.analogy_accuracy(vectors, google.indexed(wikipedia.words))
    table = scores.table().set_index("section")
    assert table["total"].sum() == 19544
    assert np.isnan(table.loc["currency", "accuracy"])
    family = table.loc["family"]
    assert family["accuracy"] == pytest.approx(family["correct"] / family["covered"], rel=1e-6)
    assert float(scores.coverage) == pytest.approx(table["covered"].sum() / 19544, rel=1e-6)


def test_errors_are_one_line(google, wikipedia, monkeypatch, tmp_path):
    questions = google.indexed(wikipedia.words)
    with pytest.raises(gf.ArgumentError, match=r"^vectors: wanted shape \(V, d\) with V = 2000"):
        gf.evaluation.analogy_accuracy(np.ones((5, 2)), questions)
    with pytest.raises(
        gf.ArgumentError, match=r"^questions: wanted indexed questions: .* AnalogySet"
    ):
        gf.evaluation.analogy_accuracy(np.ones((2000, 2)), google)
    with pytest.raises(
        gf.ArgumentError, match=r"^method: wanted one of 'cosine_add', 'cosine_mul'"
    ):
        gf.evaluation.analogy_accuracy(np.ones((2000, 2)), questions, "add")
    with pytest.raises(
        gf.ArgumentError, match=r"^words: wanted all four words .* none among 2 wor"
    ):
        google.indexed(["sun", "moon"])
    with pytest.raises(
        gf.ArgumentError, match=r"^words: wanted the V words, as strings, got 'sun'"
    ):
        google.indexed("sun")
    with pytest.raises(gf.ArgumentError, match=r"^restrict_vocab: wanted an integer of at least 1"):
        google.indexed(wikipedia.words, restrict_vocab=0)
    with pytest.raises(gf.ArgumentError, match=r"^unknown: wanted one of 'skip', 'zero', got 'wro"):
        google.indexed(wikipedia.words, unknown="wrong")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b c d\n", "four words a line, after a line ': section', got no section before 4 words"),
        (": s\na b c\n", "four words a line, after a line ': section', got 3 words in line 2 of"),
        (": s\n", "a file of questions, got none in"),
        (b": s\na b c \xff\n", "UTF-8 text, got other bytes in"),
    ],
)
def test_files_of_another_format_are_told(tmp_path, text, message):
    file = tmp_path / "questions.txt"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(gf.DataError, match=message) as caught:
        gf.load_analogies(file)
    assert "\n" not in str(caught.value)


def test_missing_files_and_a_missing_gensim_are_told(monkeypatch, tmp_path):
    with pytest.raises(gf.DataError, match=r"^source: wanted a path, or one of 'google', got noth"):
        gf.load_analogies("googel")
    with pytest.raises(gf.DataError, match=r"^source: wanted a path, or one of 'google', got 3"):
        gf.load_analogies(3)
    monkeypatch.setattr(_files.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(gf.DataError, match=r"carries this file: pip install .*'google' without"):
        gf.load_analogies("google")
