"""How a folder of pictures is laid out: its parts, and the classes of each part."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple, NoReturn

from nets.data.dataset import SLIDE_CLASSES, DataError
from nets.data.listing import composed, loose_pictures, subfolders

_DEEPEST = 8  # folders around folders; a link to a folder above would never end
_WORDS = {
    "train": re.compile(r"(train|training)(set|data|images)?"),
    "val": re.compile(r"(val|valid|validation|dev)(set|data|images)?"),
    "test": re.compile(r"(test|testing)(set|data|images)?"),
}
Classes = dict[str, Path]


class Layout(NamedTuple):
    """The folders of class folders, to train and to test with or one for both.

    `notes` say what in the folder is not used.
    """

    folders: tuple[Path, ...]
    notes: tuple[str, ...]


def find_parts(path: Path) -> Layout:
    """Where the class folders are, to train and to test with.

    A folder that holds but one folder of folders is only a wrapper. Parts are known by
    their names, such as `train`, `Training_set`, `val` and `test`, and hold class
    folders. Raises `DataError` where the parts have no classes, or different ones.
    """
    folder = unwrap(path)
    parts = {part: _named(folder, part) for part in _WORDS}
    others = parts["test"] + parts["val"]
    train = next(filter(_holds_folders, parts["train"]), None)
    if train is None and len(parts["train"] + others) == len(subfolders(folder)) > 1:
        _refuse_flat(unwrap((parts["train"] + others)[0]))
    if train is None or not others:  # then train, too, is a class
        return Layout((folder,), _loose(folder))
    test = next(filter(_holds_folders, others), None)
    notes = _unused(folder, [train, test])
    if test is None:
        notes += [f"{folder} has no part to test with: some of {train} is set aside."]
    elif test in parts["val"]:
        notes += [f"{folder} has no test folder with classes: {test} is used to test."]
    folders = tuple(unwrap(part) for part in (train, test) if part is not None)
    _check_same_classes(folders)
    return Layout(
        folders, (*notes, *(note for part in folders for note in _loose(part)))
    )


def unwrap(folder: Path) -> Path:
    """The folder, or what it is wrapped around."""
    for _ in range(_DEEPEST):
        inner = subfolders(folder)
        if len(inner) != 1 or not subfolders(inner[0]):
            break
        folder = inner[0]
    return folder


def unwrap_class(folder: Path) -> Path:
    """The folder of a class, or the only folder in it where all its pictures are."""
    for _ in range(_DEEPEST):
        inner = subfolders(folder)
        if len(inner) != 1 or loose_pictures(folder):
            break
        folder = inner[0]
    return folder


def part_of(name: str) -> str | None:
    """train, val or test: the part that a folder's name says.

    >>> [part_of(name) for name in ("TRAIN", "seg_test", "Validation", "trainer")]
    ['train', 'test', 'val', None]
    """
    words = re.findall(r"[a-z]+", name.casefold())
    parts = {part for part, word in _WORDS.items() if any(map(word.fullmatch, words))}
    return parts.pop() if len(parts) == 1 else None


def _named(folder: Path, part: str) -> list[Path]:
    """The folders of a part, the plainest name first."""
    found = [inner for inner in subfolders(folder) if part_of(inner.name) == part]
    return sorted(found, key=lambda inner: len(inner.name))


def _holds_folders(folder: Path) -> bool:
    return len(subfolders(folder)) > 0


def _unused(folder: Path, used: list[Path | None]) -> list[str]:
    unused = [inner for inner in subfolders(folder) if inner not in used]
    return [
        f"{inner} is not used{'' if _holds_folders(inner) else ': no class folders'}."
        for inner in unused
    ]


def class_folders(folder: Path) -> Classes:
    """The folder of each class, by its name in NFC; the slides' come in their order."""
    classes: Classes = {}
    for inner in subfolders(folder):
        name = composed(inner.name)
        if name in classes:
            raise DataError(
                f"{folder} has two folders {name!r} whose accents are stored in "
                f"different ways: move the pictures of both into one."
            )
        classes[name] = inner
    if len(classes) < 2:
        _refuse(folder, list(classes))
    if set(classes) == set(SLIDE_CLASSES):
        return {name: classes[name] for name in SLIDE_CLASSES}
    return classes


def _refuse(folder: Path, names: list[str]) -> NoReturn:
    if loose_pictures(folder):
        _refuse_flat(folder)
    raise DataError(
        f"{folder} has {len(names)} class folders, {names}, but at least 2 are needed: "
        f"make one subfolder for each class, with its pictures in it."
    )


def _refuse_flat(folder: Path) -> NoReturn:
    raise DataError(
        f"{folder} has {len(loose_pictures(folder))} pictures but no class folders, so "
        f"that nothing says what they show: make one subfolder for each class, such as "
        f"{folder / 'cat'} and {folder / 'dog'}, and move the pictures into them."
    )


def _loose(folder: Path) -> tuple[str, ...]:
    loose = loose_pictures(folder)
    if not loose or len(subfolders(folder)) < 2:
        return ()
    more = f" and {len(loose) - 1} more are" if len(loose) > 1 else " is"
    where = f"a picture beside the class folders of {folder}"
    return (f"{loose[0].name}, {where},{more} not used.",)


def _check_same_classes(folders: tuple[Path, ...]) -> None:
    names = [set(class_folders(folder)) for folder in folders]
    everything = set().union(*names)
    lacking = [
        f"{folder} has no {', '.join(sorted(everything - own))}"
        for folder, own in zip(folders, names, strict=True)
        if own != everything
    ]
    if lacking:
        raise DataError(
            f"the parts have different classes, {'; '.join(lacking)}: give both the "
            f"same subfolders."
        )
