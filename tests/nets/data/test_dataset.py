"""A dataset checks itself, splits fairly and visits every picture once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nets.data import DataError, Dataset, batches, split
from tinygraph.errors import TinygraphError

CLASSES = ("dog", "cat", "boat")


def numbered(labels: list[int]) -> Dataset:
    """A dataset in which every picture shows its own number."""
    images = np.zeros((len(labels), 3, 2, 2), dtype=np.uint8)
    images += np.arange(len(labels), dtype=np.uint8)[:, None, None, None]
    return Dataset(images, np.array(labels, dtype=np.int64), CLASSES)


def numbers(dataset: Dataset) -> list[int]:
    return dataset.images[:, 0, 0, 0].tolist()


def test_length_and_one_hot() -> None:
    dataset = numbered([2, 0])
    assert len(dataset) == 2
    assert dataset.one_hot().dtype == np.float32
    assert dataset.one_hot(np.float64).dtype == np.float64
    assert dataset.one_hot().tolist() == [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (np.zeros((1, 2, 2, 3), np.uint8), np.zeros(1, np.int64), "N, 3, H, W"),
        (np.zeros((1, 3, 2, 2), np.float32), np.zeros(1, np.int64), "uint8"),
        (np.zeros((2, 3, 2, 2), np.uint8), np.zeros(1, np.int64), "one per image"),
        (np.zeros((1, 3, 2, 2), np.uint8), np.zeros(1, np.int32), "int64"),
        (np.zeros((1, 3, 2, 2), np.uint8), np.full(1, 3), "0 to 2"),
        (np.zeros((1, 3, 2, 2), np.uint8), np.full(1, -1), "labels run from -1"),
        (np.zeros((0, 3, 2, 2), np.uint8), np.zeros(0, np.int64), "at least one image"),
        (np.zeros((1, 3, 0, 2), np.uint8), np.zeros(1, np.int64), "at least one pixel"),
    ],
)
def test_arrays_that_do_not_fit(
    images: NDArray[np.uint8], labels: NDArray[np.int64], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        Dataset(images, labels, CLASSES)


def test_a_data_error_is_a_tinygraph_error_and_a_value_error() -> None:
    assert issubclass(DataError, TinygraphError)
    assert issubclass(DataError, ValueError)


def test_split_keeps_every_picture_and_the_proportions() -> None:
    dataset = numbered([0] * 50 + [1] * 20 + [2] * 10)
    train, test = split(dataset, 0.2, seed=1)
    assert sorted(numbers(train) + numbers(test)) == list(range(80))
    assert np.bincount(test.labels).tolist() == [10, 4, 2]
    assert all(
        dataset.labels[number] == label
        for number, label in zip(numbers(train), train.labels, strict=True)
    )


def test_split_shuffles_by_its_seed() -> None:
    dataset = numbered([0] * 50 + [1] * 50)
    first, again = split(dataset, 0.3, seed=1), split(dataset, 0.3, seed=1)
    other = split(dataset, 0.3, seed=2)
    assert [numbers(part) for part in first] == [numbers(part) for part in again]
    assert numbers(first[0]) != numbers(other[0])
    assert numbers(first[0]) != sorted(numbers(first[0]))


@pytest.mark.parametrize("fraction", [0.001, 0.999])
def test_split_gives_each_class_to_both_parts(fraction: float) -> None:
    train, test = split(numbered([0, 0, 2, 2]), fraction, seed=0)
    assert sorted(train.labels) == sorted(test.labels) == [0, 2]


def test_split_cannot_divide_one_picture() -> None:
    with pytest.raises(DataError, match="'cat' has only one image"):
        split(numbered([0, 0, 1]), 0.5, seed=0)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -1.0, float("nan")])
def test_split_refuses_a_fraction_out_of_range(fraction: float) -> None:
    with pytest.raises(DataError, match="between 0 and 1"):
        split(numbered([0, 0]), fraction, seed=0)


def test_split_refuses_a_negative_seed() -> None:
    with pytest.raises(DataError, match="seed is -1"):
        split(numbered([0, 0]), 0.5, seed=-1)


@given(st.integers(0, 60), st.integers(1, 70), st.integers(0, 9))
def test_batches_visit_each_index_once(count: int, size: int, seed: int) -> None:
    dealt = list(batches(count, size, np.random.default_rng(seed)))
    assert sorted(index for batch in dealt for index in batch) == list(range(count))
    assert all(len(batch) == size for batch in dealt[:-1])
    assert all(0 < len(batch) <= size for batch in dealt)


def test_batches_follow_the_generator() -> None:
    rng = np.random.default_rng(0)
    first, second = next(batches(99, 99, rng)), next(batches(99, 99, rng))
    again = next(batches(99, 99, np.random.default_rng(0)))
    assert first.tolist() == again.tolist() != second.tolist()


def test_batches_refuse_a_size_of_zero_at_the_call() -> None:
    with pytest.raises(DataError, match="batch size is 0"):
        batches(10, 0, np.random.default_rng(0))
