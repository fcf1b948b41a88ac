"""Folders of images: classes, parts, and every bad file named at once."""

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from class_folders import make_classes
from PIL import Image

from nets.data import DataError, DataWarning, image_folder, read_image

PHOTOS = Path(__file__).parents[4] / "shared" / "data" / "photos"


def test_classes_are_sorted_and_each_is_divided(tmp_path: Path) -> None:
    make_classes(tmp_path, ["apple", "pear", "zebra"])
    train, test = image_folder(tmp_path, size=8, test_fraction=0.4)
    assert train.classes == test.classes == ("apple", "pear", "zebra")
    assert np.bincount(train.labels).tolist() == [3, 3, 3]
    assert np.bincount(test.labels).tolist() == [2, 2, 2]
    for part in (train, test):
        assert np.array_equal(part.images[:, 0, 0, 0], part.labels)
    both = np.concatenate([train.images, test.images])[:, :2, 0, 0]
    assert len({tuple(pair) for pair in both.tolist()}) == 15


def test_the_slide_classes_come_in_slide_order(tmp_path: Path) -> None:
    make_classes(tmp_path, ["dog", "cat", "boat", "bird"])
    train, _ = image_folder(tmp_path, size=8)
    assert train.classes == ("dog", "cat", "boat", "bird")
    assert np.array_equal(train.images[:, 0, 0, 0], train.labels)


def test_the_seed_decides_the_division(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"], count=20)
    first, again, other = (image_folder(tmp_path, 8, seed=seed) for seed in (1, 1, 2))
    assert first[1].images.tobytes() == again[1].images.tobytes()
    assert first[1].images.tobytes() != other[1].images.tobytes()


def test_train_and_test_folders(tmp_path: Path) -> None:
    make_classes(tmp_path / "train", ["a", "b"], count=4)
    make_classes(tmp_path / "test", ["a", "b"], count=1)
    train, test = image_folder(tmp_path, size=8)
    assert train.labels.tolist() == [0] * 4 + [1] * 4
    assert test.labels.tolist() == [0, 1]


def test_train_and_test_must_agree(tmp_path: Path) -> None:
    make_classes(tmp_path / "train", ["a", "b"])
    make_classes(tmp_path / "test", ["a", "c"])
    with pytest.raises(DataError, match="same subfolders"):
        image_folder(tmp_path)


def test_hidden_files_are_ignored(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    (tmp_path / ".cache").mkdir()
    (tmp_path / "a" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "readme.txt").write_text("beside the class folders, files may lie")
    train, test = image_folder(tmp_path, size=8)
    assert len(train) + len(test) == 10


def test_an_empty_class(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    (tmp_path / "c").mkdir()
    with pytest.raises(DataError, match=r"c has no pictures"):
        image_folder(tmp_path)


@pytest.mark.parametrize("names", [[], ["a"]])
def test_fewer_than_two_classes(tmp_path: Path, names: list[str]) -> None:
    make_classes(tmp_path, names)
    with pytest.raises(DataError, match=f"has {len(names)} class folders"):
        image_folder(tmp_path)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        image_folder(tmp_path / "none")


@pytest.mark.parametrize("name", ["notes.txt", "bad.jpg"])
def test_a_file_that_is_not_an_image(tmp_path: Path, name: str) -> None:
    make_classes(tmp_path, ["a", "b"])
    (tmp_path / "b" / name).write_text("hello")
    with pytest.raises(DataError, match=rf"1 of 11 files .*{name} is not an image"):
        image_folder(tmp_path)


def test_a_folder_within_a_class(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    (tmp_path / "b" / "more.png").mkdir()
    with pytest.raises(DataError, match=r"more\.png is a folder"):
        image_folder(tmp_path)


def spoil(folder: Path) -> list[str]:
    """Put bad files into the classes a and b; return the fault of each."""
    Image.effect_noise((64, 64), 99).save(folder / "a" / "cut.jpg")
    whole = (folder / "a" / "cut.jpg").read_bytes()
    (folder / "a" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "a" / "drawing.svg").write_text("<svg/>")
    (folder / "b" / "empty.png").touch()
    (folder / "b" / "notes.txt").write_text("hello")
    return [
        *("cut.jpg is damaged", "drawing.svg is an image that is not supported"),
        *("empty.png is empty", "notes.txt is not an image"),
    ]


def test_all_bad_files_are_named_at_once(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    faults = spoil(tmp_path)
    with pytest.raises(
        DataError, match=r"4 of 14 files in .* cannot be used"
    ) as caught:
        image_folder(tmp_path)
    assert all(fault in str(caught.value) for fault in faults)
    assert "--skip-bad" in str(caught.value)


def test_bad_files_of_both_parts_are_named_at_once(tmp_path: Path) -> None:
    for part in ("train", "test"):
        make_classes(tmp_path / part, ["a", "b"])
        (tmp_path / part / "b" / f"{part}.txt").write_text("hello")
    with pytest.raises(DataError, match=r"2 of 22 .*train\.txt is.*test\.txt is"):
        image_folder(tmp_path)


def test_only_some_of_many_bad_files_are_named(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    for number in range(100):
        (tmp_path / "a" / f"{number:02}.txt").write_text("hello")
    with pytest.raises(DataError, match=r"100 of 110 .*and 90 more") as caught:
        image_folder(tmp_path)
    assert len(str(caught.value)) < 3000


def test_bad_files_can_be_skipped(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    sound = image_folder(tmp_path, size=8)
    faults = spoil(tmp_path)
    with pytest.warns(DataWarning, match="4 of 14 files in .* are skipped") as said:
        skipped = image_folder(tmp_path, size=8, skip_bad=True)
    assert all(fault in str(said[0].message) for fault in faults)
    for before, after in zip(sound, skipped, strict=True):
        assert np.array_equal(before.images, after.images)
        assert np.array_equal(before.labels, after.labels)


def test_a_class_of_bad_files_alone_is_not_skipped(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "notes.txt").write_text("hello")
    with (
        pytest.warns(DataWarning, match="1 of 11"),
        pytest.raises(DataError, match="c has no pictures"),
    ):
        image_folder(tmp_path, skip_bad=True)


LEAVINGS = (
    *("Thumbs.db", "thumbs.DB", "desktop.ini", "Desktop.ini", "ehthumbs.db", "~$a.doc"),
    *(".DS_Store", "._0.png", ".picasa.ini", "Icon\r", ".nomedia", "Picasa.ini"),
)
FOLDERS_LEFT = (
    *(
        "__MACOSX",
        "@eaDir",
        "#recycle",
        ".ipynb_checkpoints",
        "$RECYCLE.BIN",
        "@Recycle",
    ),
    *("System Volume Information", ".Trash-1000", "lost+found", "@tmp", "__pycache__"),
)


def test_what_systems_leave_behind_is_ignored(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    sound = image_folder(tmp_path, size=8)
    for folder in (tmp_path, tmp_path / "a", tmp_path / "b"):
        for name in LEAVINGS:
            (folder / name).write_bytes(b"x")
        for name in FOLDERS_LEFT:
            make_classes(folder / name, ["c", "d"], count=1)
    for before, after in zip(sound, image_folder(tmp_path, size=8), strict=True):
        assert after.classes == ("a", "b")
        assert np.array_equal(before.images, after.images)


def spelled(form: str) -> list[str]:
    return [
        unicodedata.normalize(form, name) for name in ("caf\u00e9", "\u30d7\u30c9", "z")
    ]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_are_composed(tmp_path: Path, form: str) -> None:
    make_classes(tmp_path, spelled(form))
    train, _ = image_folder(tmp_path, size=8)
    assert train.classes == tuple(sorted(spelled("NFC")))


def test_parts_may_spell_their_classes_in_two_ways(tmp_path: Path) -> None:
    make_classes(tmp_path / "train", spelled("NFC"))
    make_classes(tmp_path / "test", spelled("NFD"))
    train, test = image_folder(tmp_path, size=8)
    assert train.classes == test.classes
    assert np.array_equal(np.unique(train.labels), np.unique(test.labels))
    assert np.array_equal(np.unique(train.images[:, 0]), np.unique(test.images[:, 0]))


def test_the_spelling_of_files_does_not_change_their_order(tmp_path: Path) -> None:
    folders = []
    for form in ("NFC", "NFD"):
        folder = make_classes(tmp_path / form, ["a", "b"])
        for number, name in enumerate(["\u00e9", "f", "\u00e0", "e"]):
            new = unicodedata.normalize(form, name) + ".png"
            (folder / "a" / f"{number}.png").rename(folder / "a" / new)
        folders.append(image_folder(folder, size=8)[0])
    assert np.array_equal(folders[0].images, folders[1].images)


def test_two_folders_of_one_name(tmp_path: Path) -> None:
    make_classes(tmp_path, ["caf\u00e9", "cafe\u0301", "b"])
    if len(list(tmp_path.iterdir())) == 2:
        return  # macOS does not store both
    with pytest.raises(DataError, match="two folders 'caf\u00e9' whose accents"):
        image_folder(tmp_path)


@pytest.mark.skipif(not PHOTOS.exists(), reason="the photographs are not here")
def test_real_photographs() -> None:
    train, test = image_folder(PHOTOS)
    assert train.classes == ("dog", "cat", "boat", "bird")
    assert np.bincount(train.labels).tolist() == [80] * 4
    assert np.bincount(test.labels).tolist() == [20] * 4
    first = min((PHOTOS / "dog").iterdir())
    with Image.open(first) as image:
        expected = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
    assert np.array_equal(read_image(first), expected)
