"""Drawn pictures: repeatable, balanced, and hard for a linear classifier."""

import hashlib
import sys

import numpy as np
import pytest

from nets.data import DataError, Dataset, pictures, pictures_split

# Of 400 pictures with seed 0. If it changes, older runs cannot be resumed.
DIGEST = "27dd93d8986ccb9d6d4c5736c33e4c70735c9247a32fb77d3bb14cfa303766ff"


def test_same_seed_same_bytes() -> None:
    first, again = pictures(30, seed=4), pictures(30, seed=4)
    assert first.images.tobytes() == again.images.tobytes()
    assert first.labels.tobytes() == again.labels.tobytes()


def test_other_seed_other_pictures() -> None:
    first, other = pictures(40, seed=4), pictures(40, seed=5)
    assert not np.any(np.all(first.images == other.images, axis=(1, 2, 3)))
    assert first.labels.tolist() != other.labels.tolist()


def test_no_picture_comes_twice() -> None:
    train, test = pictures_split(train=120, test=80, seed=1)
    assert (len(train), len(test)) == (120, 80)
    both = [image.tobytes() for part in (train, test) for image in part.images]
    assert len(set(both)) == 200


def test_the_training_pictures_do_not_depend_on_the_number_of_test_pictures() -> None:
    few, many = pictures_split(8, 4, seed=2), pictures_split(8, 9, seed=2)
    assert few[0].images.tobytes() == many[0].images.tobytes()


@pytest.mark.parametrize("count", [1, 3, 4, 30, 41])
def test_classes_are_balanced(count: int) -> None:
    sizes = np.bincount(pictures(count, size=16).labels, minlength=4)
    assert sizes.sum() == count
    assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize("size", [16, 17, 32, 75])
def test_any_size_from_16_up(size: int) -> None:
    drawn = pictures(40, seed=3, size=size)
    assert drawn.images.shape == (40, 3, size, size)
    assert drawn.images.dtype == np.uint8
    assert drawn.images.std(axis=(1, 2, 3)).min() > 5
    assert drawn.classes == ("dog", "cat", "boat", "bird")


@pytest.mark.parametrize(
    ("count", "seed", "size", "words"),
    [
        (0, 0, 32, "0 pictures"),
        (-3, 0, 32, "-3 pictures"),
        (4, 0, 15, "at least 16"),
        (4, -1, 32, "seed is -1"),
    ],
)
def test_requests_that_cannot_be_met(
    count: int, seed: int, size: int, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        pictures(count, seed, size)


def test_pillow_does_not_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = pictures(4).images.tobytes()
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert pictures(4).images.tobytes() == expected


def test_the_same_bytes_on_any_machine_and_with_any_version() -> None:
    """A run can only continue with the pictures that it started with."""
    drawn = pictures(400, seed=0)
    digest = hashlib.sha256(drawn.images.tobytes() + drawn.labels.tobytes())
    assert digest.hexdigest() == DIGEST


def with_constant(dataset: Dataset) -> np.ndarray:
    pixels = dataset.images.reshape(len(dataset), -1) / 255 - 0.5
    return np.hstack([pixels, np.ones((len(dataset), 1))])


def ridge_accuracy(train: Dataset, test: Dataset, penalty: float) -> float:
    """Regression on the one-hot targets, solved through the smaller Gram matrix."""
    rows = with_constant(train)
    gram = rows @ rows.T + penalty * np.eye(len(rows))
    weights = rows.T @ np.linalg.solve(gram, train.one_hot(np.float64) - 0.25)
    guesses = (with_constant(test) @ weights).argmax(axis=1)
    return float((guesses == test.labels).mean())


def test_a_linear_classifier_learns_something_but_fails() -> None:
    train, test = pictures_split(train=1000, test=500, seed=0)
    accuracies = [ridge_accuracy(train, test, 10.0**power) for power in range(1, 5)]
    assert 0.3 < max(accuracies) < 0.75


def test_colour_and_brightness_tell_nothing() -> None:
    drawn = pictures(2000, seed=6)
    means = drawn.images.mean(axis=(2, 3))
    of_class = np.stack(
        [means[drawn.labels == label].mean(axis=0) for label in range(4)]
    )
    assert np.ptp(of_class, axis=0).max() < 0.4 * means.std(axis=0).min()
