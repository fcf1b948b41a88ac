"""Layouts of folders: parts, wrappers, and reports of what is not used."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from class_folders import make_classes

from nets.data import DataError, Dataset, DataWarning, image_folder


def read(folder: Path) -> tuple[Dataset, Dataset, list[str]]:
    """Train, test, and the notes on the folder."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", DataWarning)
        train, test = image_folder(folder, size=8)
    return train, test, [str(warning.message) for warning in said]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("train", "test"),
        ("Train", "TEST"),
        ("Training", "Testing"),
        ("training_set", "test_set"),
        ("seg_train", "seg_test"),
        ("TrainData", "testData"),
        ("01-train", "02-test"),
    ],
)
def test_names_of_parts(tmp_path: Path, first: str, second: str) -> None:
    make_classes(tmp_path / first, ["a", "b"], count=4)
    make_classes(tmp_path / second, ["a", "b"], count=1)
    train, test, said = read(tmp_path)
    assert train.labels.tolist() == [0] * 4 + [1] * 4
    assert test.labels.tolist() == [0, 1]
    assert said == []


@pytest.mark.parametrize("name", ["val", "Valid", "VALIDATION", "dev", "val_images"])
def test_a_validation_part_is_used_for_testing(tmp_path: Path, name: str) -> None:
    make_classes(tmp_path / "train", ["a", "b"], count=4)
    make_classes(tmp_path / name, ["a", "b"], count=1)
    train, test, said = read(tmp_path)
    assert (len(train), len(test)) == (8, 2)
    assert [text.rpartition(": ")[2] for text in said] == [
        f"{tmp_path / name} is used instead."
    ]


def test_a_part_that_is_not_used_is_reported(tmp_path: Path) -> None:
    make_classes(tmp_path / "train", ["a", "b"], count=4)
    make_classes(tmp_path / "val", ["a", "b"], count=3)
    make_classes(tmp_path / "test", ["a", "b"], count=1)
    (tmp_path / "labels").mkdir()
    train, test, said = read(tmp_path)
    assert (len(train), len(test)) == (8, 2)
    assert said == [
        f"{tmp_path / 'labels'} is not used: no class folders.",
        f"{tmp_path / 'val'} is not used.",
    ]


def test_a_test_part_without_classes(tmp_path: Path) -> None:
    make_classes(tmp_path / "train", ["a", "b"], count=5)
    make_classes(tmp_path, ["test"], count=3)
    train, test, said = read(tmp_path)
    assert (len(train), len(test)) == (8, 2)
    assert said == [
        f"{tmp_path / 'test'} is not used: no class folders.",
        f"{tmp_path} has no test part: a part of {tmp_path / 'train'} is set aside.",
    ]


@pytest.mark.parametrize(
    "wrapper", ["dataset", "data/pictures", "archive/x/y", "train"]
)
def test_a_wrapper_is_skipped(tmp_path: Path, wrapper: str) -> None:
    make_classes(tmp_path / wrapper, ["a", "b"])
    (tmp_path / "readme.txt").write_text("about the pictures")
    (tmp_path / "__MACOSX").mkdir()
    train, test, said = read(tmp_path)
    assert (train.classes, len(train), len(test)) == (("a", "b"), 8, 2)
    assert said == []


def test_wrapped_parts_and_parts_within_parts(tmp_path: Path) -> None:
    make_classes(tmp_path / "dataset/seg_train/seg_train", ["a", "b"], count=4)
    make_classes(tmp_path / "dataset/seg_test/seg_test", ["a", "b"], count=1)
    train, test, said = read(tmp_path)
    assert (train.classes, len(train), len(test)) == (("a", "b"), 8, 2)
    assert said == []


def test_a_wrapper_within_a_class(tmp_path: Path) -> None:
    make_classes(tmp_path / "a", ["images"])
    make_classes(tmp_path / "b", ["images"])
    (tmp_path / "a" / "boxes.txt").write_text("0 0 8 8")
    train, test, _ = read(tmp_path)
    assert (train.classes, len(train), len(test)) == (("a", "b"), 8, 2)


def test_train_may_be_what_a_picture_shows(tmp_path: Path) -> None:
    make_classes(tmp_path, ["car", "train", "bus"])
    train, _, said = read(tmp_path)
    assert train.classes == ("bus", "car", "train")
    assert said == []


def test_a_flat_folder_is_refused(tmp_path: Path) -> None:
    make_classes(tmp_path, ["photos"], count=7)
    with pytest.raises(DataError, match=r"photos has 7 pictures but no class folders"):
        image_folder(tmp_path / "photos")


def test_flat_parts_are_refused(tmp_path: Path) -> None:
    make_classes(tmp_path, ["train", "test"], count=3)
    with pytest.raises(DataError, match=r"train has 3 pictures but no class folders"):
        image_folder(tmp_path)


def test_pictures_beside_the_class_folders_are_reported(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    (tmp_path / "a" / "0.png").rename(tmp_path / "loose.png")
    train, test, said = read(tmp_path)
    assert len(train) + len(test) == 9
    where = f"a picture beside the class folders of {tmp_path}"
    assert said == [f"loose.png, {where}, is not used."]
    (tmp_path / "b" / "0.png").rename(tmp_path / "more.png")
    assert read(tmp_path)[2] == [f"loose.png, {where}, and 1 more are not used."]


def test_different_classes_are_named(tmp_path: Path) -> None:
    make_classes(tmp_path / "train", ["a", "b", "c"])
    make_classes(tmp_path / "test", ["a", "C"])
    with pytest.raises(DataError, match=r"train has no C; .*test has no b, c"):
        image_folder(tmp_path)


def test_a_link_to_a_folder_above_ends(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    try:
        (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        return  # Windows asks for rights
    with pytest.raises(DataError, match="1 class folders"):
        image_folder(tmp_path)


def test_the_order_of_classes_is_the_same_in_both_parts(tmp_path: Path) -> None:
    make_classes(tmp_path / "train", ["z", "a", "m"])
    make_classes(tmp_path / "test", ["z", "a", "m"])
    train, test, _ = read(tmp_path)
    for part in (train, test):
        red = [part.images[part.labels == label][0, 0, 0, 0] for label in range(3)]
        assert np.array_equal(red, [1, 2, 0])
