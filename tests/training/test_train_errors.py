"""Whatever is wrong is said in one line: argument, wanted, got."""

import zipfile

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from gradflow import GradflowError
from gradflow.corpus import read_corpus
from gradflow.initialisation import gaussian_init
from gradflow.methods import Snapshots
from gradflow.problems import Contrastive
from gradflow.training import Cbow, PaperPairs, SkipGram, Word2vecPairs, train
from tests.training.problems import short_documents

CORPUS = short_documents()
W0 = gaussian_init(jax.random.key(0), 7, 3, 0.5)


def run(**options):
    arguments = {
        "corpus": CORPUS, "pairs": PaperPairs(4), "w0": W0, "updates": [2],
        "optimizer": optax.sgd(0.1), "batch": 10, "key": 0,
    }  # fmt: skip
    return train(**{**arguments, **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"corpus": "text.txt"}, "corpus: wanted a TokenCorpus, as read_corpus gives, got str"),
        ({"corpus": read_corpus(["a", "b"]), "w0": W0[:2, :2]}, "corpus: wanted a text with two"),
        ({"pairs": "word2vec"}, "pairs: wanted Word2vecPairs or PaperPairs, got str"),
        ({"pairs": PaperPairs(4), "objective": Cbow()}, "pairs: wanted Word2vecPairs, which make"),
        ({"objective": "sgns"}, r"objective: wanted SkipGram\(\) or Cbow\(\), got str"),
        ({"optimizer": 0.1}, "optimizer: wanted an optax optimiser, got float"),
        ({"batch": 0}, "batch: wanted an integer of at least 1, got 0"),
        ({"batch": 1}, "batch: wanted at least 2 pairs to be shuffled, got 1"),
        ({"key": -1}, "key: wanted a JAX random key, or a whole number of at least 0, got -1"),
        ({"key": 0.5}, "key: wanted a JAX random key"),
        ({"key": jax.random.split(jax.random.key(0))}, "key: wanted one random key, got shape"),
        ({"w0": W0[:6]}, r"w0: wanted shape \(V, d\) with V = 7 and 1 ≤ d ≤ V, got shape \(6, 3\)"),
        ({"w0": W0.at[0, 0].set(jnp.nan)}, "w0: wanted finite entries, got nan or infinity"),
        ({"w0": "start"}, "w0: wanted an array of float32 or float64, got str"),
        ({"w0": W0.astype(jnp.float16)}, "w0: wanted an array of float32 or float64, got Arr"),
        ({"w0": (W0,)}, r"w0: wanted a pair \(W₀, C₀\), since they are not tied, got a tuple of 1"),
        ({"w0": (W0, W0[:, :2])}, "w0: wanted two arrays of one shape and dtype, got"),
        ({"updates": []}, r"updates: wanted shape \(T,\) with T ≥ 1, got shape \(0,\)"),
        ({"updates": [2, 2]}, r"updates: wanted rising whole numbers of at least 0, got \[2, 2\]"),
        ({"updates": [0.5]}, r"updates: wanted rising whole numbers of at least 0, got \[0.5\]"),
        ({"updates": [-1, 2]}, "updates: wanted rising whole numbers of at least 0"),
        ({"updates_per_unit_time": 0}, "updates_per_unit_time: wanted a finite number above 0"),
        ({"backend": "gpu"}, "backend: wanted one of 'host', 'xla', got 'gpu'"),
        ({"chunk": 0}, "chunk: wanted an integer of at least 1, got 0"),
        ({"checkpoint_every": 5}, "checkpoint_every: wanted a folder in `checkpoint` beside it"),
        ({"embeddings": 1}, "embeddings: wanted True or False, got 1"),
        ({"snapshots": {"x": len}}, "snapshots: wanted gradflow.Snapshots, got"),
        ({"snapshots": Snapshots({"x": len}, [3.0])}, "snapshots: wanted times up to the last one"),
        ({"snapshots": Snapshots({"x": len}, [0.1, 0.2])}, "snapshots: wanted times an update or"),
        ({"snapshots": Snapshots({"x": lambda state: None})}, r"snapshots\['x'\]: wanted a func"),
        ({"loss": 3}, "loss: wanted a problem, or a function loss"),
        ({"loss": lambda w, c: w}, r"loss: wanted a function that returns a number, got shape"),
        (
            {"loss": Contrastive(CORPUS.count(4), tied=False)},
            "loss: wanted a problem that is tied, as w0 is, got Contrastive",
        ),
        (
            {"pairs": PaperPairs(4, stats=read_corpus(["a b c"]).count(4))},
            "stats: wanted statistics of the text that is trained on",
        ),
    ],
)  # fmt: skip
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=f"^{message}") as error:
        run(**options)
    assert isinstance(error.value, GradflowError)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Word2vecPairs(0), "window: wanted an integer of at least 1, got 0"),
        (lambda: Word2vecPairs(subsample=0), "subsample: wanted a finite number above 0, got 0"),
        (
            lambda: Word2vecPairs(noise_power=-1),
            "noise_power: wanted a finite number of at least 0",
        ),
        (lambda: Word2vecPairs(negatives=0), "negatives: wanted a finite number above 0, got 0"),
        (lambda: Word2vecPairs(dynamic="linear"), "dynamic: wanted True or False, got 'linear'"),
        (lambda: PaperPairs(0), "window: wanted an integer of at least 1, got 0"),
        (
            lambda: PaperPairs(4, "word2vec"),
            "weighting: wanted one of 'none', 'unigram', 'uniform'",
        ),
        (lambda: PaperPairs(4, stats=3), "stats: wanted co-occurrence statistics, got int"),
        (
            lambda: PaperPairs(4, stats=CORPUS.count(3)),
            "stats: wanted statistics of window 4 with linear weights, got window 3, 'linear'",
        ),
        (lambda: SkipGram("softmax"), "contrast: wanted one of 'negative-sampling', 'nce'"),
        (lambda: SkipGram("nce", log_partition=np.inf), "log_partition: wanted a finite number"),
        (
            lambda: Cbow(log_partition=1.0),
            'log_partition: wanted zero unless contrast is "nce", got 1.0',
        ),
        (lambda: SkipGram(softplus="exp"), r"softplus: wanted Softplus\(\) or TaylorSoftplus"),
    ],
)
def test_wrong_settings(make, message):
    with pytest.raises(ValueError, match=f"^{message}") as error:
        make()
    assert isinstance(error.value, GradflowError)


def test_divergence_is_told_or_returned():
    # A large rate on the loss as written, with a series whose last term is negative.
    options = {"optimizer": optax.sgd(np.inf), "updates": [3]}
    with pytest.raises(
        RuntimeError, match=r"^training met a number that is not finite by update 3$"
    ):
        run(**options)
    assert not np.isfinite(run(**options, throw=False).loss[-1])


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"corpus": read_corpus([list("abcdefg") * 3]), "pairs": Word2vecPairs(4)}, "text"),
        ({"pairs": PaperPairs(3)}, "pairs"),
        ({"objective": SkipGram("nce")}, "objective"),
        ({"batch": 11}, "batch"),
        ({"key": 1}, "key"),
        ({"w0": W0 * 2}, "start"),
        ({"w0": W0.astype(np.float32)}, "start"),
        ({"backend": "xla"}, "backend"),
        ({"updates": [1, 2]}, "updates"),
        ({"snapshots": Snapshots({"x": lambda state: 1})}, "snapshots"),
        ({"optimizer": optax.adam(0.1)}, "optimizer"),
        ({"embeddings": True}, "embeddings"),
    ],
)
def test_another_runs_checkpoint_is_refused(tmp_path, change, name):
    run(checkpoint=tmp_path)
    with pytest.raises(ValueError, match=r"^checkpoint: wanted .*, or none, got one with") as error:
        run(checkpoint=tmp_path, **change)
    assert f"another {name!r} in" in str(error.value)


def test_a_checkpoint_of_a_longer_run_is_refused(tmp_path):
    run(checkpoint=tmp_path, updates=[5])
    with pytest.raises(ValueError, match=r"^checkpoint: wanted a checkpoint of at most 2 updates"):
        run(checkpoint=tmp_path)


def test_damage_is_told(tmp_path):
    run(checkpoint=tmp_path)
    path = tmp_path / "training.ckpt"
    content = path.read_bytes()
    for damaged in (content[:-40], b"", b"text", content[:300] + b"x" + content[301:]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"^checkpoint: wanted an undamaged checkpoint, got"):
            run(checkpoint=tmp_path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("meta.json", '{"format": "something else"}')
    with pytest.raises(ValueError, match=r"a zip of another kind$"):
        run(checkpoint=tmp_path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("meta.json", '{"format": "gradflow training checkpoint", "version": 9}')
    with pytest.raises(ValueError, match=r"^checkpoint: wanted .* version 2, got version 9$"):
        run(checkpoint=tmp_path)


def test_a_checkpoint_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"^checkpoint: wanted "):
        run(checkpoint=tmp_path / "file")
    with pytest.raises(ValueError, match=r"^checkpoint: wanted a folder that can be written"):
        run(checkpoint=tmp_path / "file" / "folder")


def test_what_goes_wrong_while_drawing_is_not_lost(monkeypatch):
    def fail(*arguments):
        raise MemoryError("no room")

    monkeypatch.setattr("gradflow.training._sources.sorted_pairs", fail)
    with pytest.raises(MemoryError, match="no room"):
        run(loss=lambda w, c: 0.0)
