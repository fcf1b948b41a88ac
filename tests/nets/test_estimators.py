"""Estimators: scikit-learn's own checks, its tools, and its networks beside ours."""

import re
import subprocess
import sys
from unittest import SkipTest

import numpy as np
import pytest

import nets
import tinygraph as tg
from nets.layers import Flatten, Linear, Softmax

pytest.importorskip("sklearn")

from sklearn import neural_network
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from nets.estimators import CNNClassifier, MLPClassifier, MLPRegressor

# Theirs warns that more epochs would make it better; it is good enough to compare with.
good_enough = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
SHORT = dict(epochs=25, random_state=0)
CHECKED = [  # enough for the accuracy that the checks demand
    MLPClassifier(hidden=(8,), epochs=12, lr=0.05),
    MLPRegressor(hidden=(8,), epochs=12, lr=0.05),
    CNNClassifier(filters=(4,), hidden=(), epochs=12, lr=0.05),
]


def checks():
    """Each check of scikit-learn's with each estimator, and its name."""
    for estimator in CHECKED:
        for same, check in estimator_checks_generator(estimator):
            words = re.findall(r"check_\w+|[\w=]+(?=[,)])", str(check))
            name = f"{type(estimator).__name__}-{'-'.join(words)}"
            yield pytest.param(same, check, id=name)


@pytest.mark.parametrize(("estimator", "check"), [*checks()])
def test_scikit_learns_checks(estimator, check):
    """Without an exemption. Two need pandas and an environment variable."""
    try:
        check(estimator)
    except SkipTest as reason:
        assert re.search("pandas|SCIPY_ARRAY_API", str(reason))


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return train_test_split(x, y, train_size=600, test_size=400, random_state=0)


@good_enough
def test_digits_as_well_as_with_scikit_learns_network(digits):
    x, other_x, y, other_y = digits
    theirs = make_pipeline(
        MinMaxScaler(),
        neural_network.MLPClassifier((64,), tol=2e-4, random_state=0),
    )
    expected = theirs.fit(x, y).score(other_x, other_y)
    ours = MLPClassifier(hidden=(64,), **SHORT).fit(x, y)
    assert ours.score(other_x, other_y) > expected - 0.02 > 0.9
    assert ours.loss_curve_[-1] < ours.loss_curve_[0] / 20


def test_pictures_as_a_table_or_as_pictures(digits):
    """The same network, bit for bit; its layers see 8 by 8 pixels."""
    x, other_x, y, other_y = digits
    table = CNNClassifier(epochs=6, lr=0.01, random_state=0).fit(x, y)
    assert table.score(other_x, other_y) > 0.9
    assert table.network_.groups["conv1"][0].w.shape == (8, 1, 3, 3)
    expected = table.predict_proba(other_x)
    for shape in [(-1, 8, 8), (-1, 1, 8, 8)]:
        pictures = clone(table).fit(x.reshape(shape), y)
        found = pictures.predict_proba(other_x.reshape(shape))
        np.testing.assert_array_equal(found, expected)


@good_enough
def test_regression_as_well_as_with_scikit_learns_network():
    """Of targets from 25 to 346, that nobody has scaled."""
    x, y = load_diabetes(return_X_y=True)
    x, other_x, y, other_y = train_test_split(x, y, random_state=0)
    theirs = make_pipeline(
        MinMaxScaler(),
        neural_network.MLPRegressor(
            hidden_layer_sizes=(32,), max_iter=500, random_state=0
        ),
    )
    expected = theirs.fit(x, y).score(other_x, other_y)
    ours = MLPRegressor(hidden=(32,), epochs=20, random_state=0).fit(x, y)
    assert ours.score(other_x, other_y) > max(expected - 0.05, 0.25)


def test_several_targets_at_once():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 3))
    y = np.stack([x[:, 0] * 100, 5 - x[:, 1]], axis=1)
    both = MLPRegressor(hidden=(32,), lr=0.01, **SHORT).fit(x, y)
    assert both.predict(x).shape == (200, 2) and both.score(x, y) > 0.97


def test_search_pipeline_and_several_processes(digits):
    x, _, y, _ = digits
    pipeline = make_pipeline(MinMaxScaler(), MLPClassifier(**SHORT))
    grid = {"mlpclassifier__hidden": [(4,), (32,)]}
    search = GridSearchCV(pipeline, grid, n_jobs=2, cv=2).fit(x[:200], y[:200])
    assert search.best_params_ == {"mlpclassifier__hidden": (32,)}
    scores = cross_val_score(MLPClassifier(**SHORT), x[:200], y[:200], cv=2)
    again = cross_val_score(MLPClassifier(**SHORT), x[:200], y[:200], cv=2)
    assert scores.min() > 0.7 and (scores == again).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_training_computes_in_the_type_of_the_inputs(dtype):
    x = np.random.default_rng(0).standard_normal((20, 5)).astype(dtype)
    trained = MLPClassifier(epochs=1).fit(x, x[:, 0] > 0)
    assert trained.predict_proba(x).dtype == dtype
    assert {p.dtype for p in trained.network_.parameters().values()} == {
        np.dtype(dtype)
    }


def test_a_network_of_ones_own(digits):
    """For example, one layer: the estimator is then a logistic regression."""
    x, _, y, _ = digits
    seen = []

    def build(rng, classes, shape):
        seen.append((classes, shape))
        layers = Flatten(), Linear.random(rng, 64, classes, np.float64), Softmax()
        return nets.Network({"output": layers})

    trained = CNNClassifier(network=build, **SHORT, lr=0.01).fit(x, y)
    assert seen == [(10, (1, 8, 8))] and trained.score(x, y) > 0.9


@pytest.mark.parametrize(
    ("estimator", "words"),
    [
        (MLPClassifier(epochs=0), "epochs is 0: give a whole number from 1"),
        (MLPClassifier(hidden=(0,)), "hidden is (0,)"),
        (MLPRegressor(lr=-1), "lr is -1"),
        (MLPClassifier(loss="hinge"), "loss is 'hinge': give mse or cross_entropy"),
        (CNNClassifier(filters=(4, 8), kernel=(3, 3, 3)), "kernel"),
        (
            CNNClassifier(shape=(3, 2, 2)),
            "shape is (3, 2, 2), and the rows of X have 9",
        ),
    ],
)
def test_impossible_parameters(estimator, words):
    with pytest.raises(ValueError, match=r".") as caught:
        estimator.fit(np.eye(9), [0, 1, 2] * 3)
    assert isinstance(caught.value, tg.TinygraphError) and words in str(caught.value)


def test_numbers_of_numpy_are_parameters():
    """As a search over `np.arange` gives them."""
    given = MLPClassifier(np.array([4]), np.int64(2), np.int64(8), np.float64(0.1))
    assert given.fit(np.eye(4), [0, 1] * 2).predict(np.eye(4)).shape == (4,)


def test_names_of_the_package():
    assert nets.MLPClassifier is MLPClassifier and "CNNClassifier" in dir(nets)
    with pytest.raises(AttributeError, match="nets"):
        nets.SVMClassifier
    code = "import sys; sys.modules['sklearn.base'] = None; import nets; {}"
    imported = subprocess.run([sys.executable, "-c", code.format("")], check=True)
    assert imported.returncode == 0
    missing = subprocess.run(
        [sys.executable, "-c", code.format("nets.MLPRegressor")],
        capture_output=True,
        text=True,
    )
    assert (
        "python -m pip install 'tinygraph[sklearn]'" in missing.stderr.splitlines()[-1]
    )
