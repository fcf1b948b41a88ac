"""Finding the parts in a folder of pictures, and the classes of each part."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple, NoReturn

from .dataset import SLIDE_CLASSES, DataError
from .listing import composed, loose_pictures, subfolders

MOST_WRAPPERS = 8  # nested folders; a link to a parent folder would never end
PART_NAMES = {
    "train": re.compile(r"(train|training)(set|data|images)?"),
    "val": re.compile(r"(val|valid|validation|dev)(set|data|images)?"),
    "test": re.compile(r"(test|testing)(set|data|images)?"),
}
Classes = dict[str, Path]


class Layout(NamedTuple):
    """The folders with class folders: for training and testing, or one for both.

    `notes` say what is not used.
    """

    folders: tuple[Path, ...]
    notes: tuple[str, ...]


def find_parts(path: Path) -> Layout:
    """Find the class folders for training and testing.

    A folder that contains only one folder of folders is a wrapper. Parts are recognised
    by their names, such as `train`, `Training_set`, `val` and `test`, and contain class
    folders. Raises `DataError` if the parts have no classes, or different ones.
    """
    folder = unwrap(path)
    parts = {part: folders_of_part(folder, part) for part in PART_NAMES}
    others = parts["test"] + parts["val"]
    train = next(filter(holds_folders, parts["train"]), None)
    if train is None and len(parts["train"] + others) == len(subfolders(folder)) > 1:
        refuse_flat(unwrap((parts["train"] + others)[0]))
    if train is None or not others:  # then even train is a class
        return Layout((folder,), loose_notes(folder))
    test = next(filter(holds_folders, others), None)
    notes = unused_notes(folder, [train, test])
    if test is None:
        notes += [f"{folder} has no test part: a part of {train} is set aside."]
    elif test in parts["val"]:
        notes += [f"{folder} has no test folder with classes: {test} is used instead."]
    folders = tuple(unwrap(part) for part in (train, test) if part is not None)
    check_same_classes(folders)
    return Layout(
        folders, (*notes, *(note for part in folders for note in loose_notes(part)))
    )


def unwrap(folder: Path) -> Path:
    """The folder, or the innermost folder that it only wraps."""
    for _ in range(MOST_WRAPPERS):
        inner = subfolders(folder)
        if len(inner) != 1 or not subfolders(inner[0]):
            break
        folder = inner[0]
    return folder


def unwrap_class(folder: Path) -> Path:
    """The folder of a class, or the single folder inside it with all pictures."""
    for _ in range(MOST_WRAPPERS):
        inner = subfolders(folder)
        if len(inner) != 1 or loose_pictures(folder):
            break
        folder = inner[0]
    return folder


def part_of(name: str) -> str | None:
    """The part that the name of a folder means: train, val, test or None.

    >>> [part_of(name) for name in ("TRAIN", "seg_test", "Validation", "trainer")]
    ['train', 'test', 'val', None]
    """
    words = re.findall(r"[a-z]+", name.casefold())
    parts = {
        part for part, word in PART_NAMES.items() if any(map(word.fullmatch, words))
    }
    return parts.pop() if len(parts) == 1 else None


def folders_of_part(folder: Path, part: str) -> list[Path]:
    """The folders of a part, the shortest name first."""
    found = [inner for inner in subfolders(folder) if part_of(inner.name) == part]
    return sorted(found, key=lambda inner: len(inner.name))


def holds_folders(folder: Path) -> bool:
    """Whether there are folders in the folder."""
    return len(subfolders(folder)) > 0


def unused_notes(folder: Path, used: list[Path | None]) -> list[str]:
    """A note on each subfolder that is not used."""
    unused = [inner for inner in subfolders(folder) if inner not in used]
    return [
        f"{inner} is not used{'' if holds_folders(inner) else ': no class folders'}."
        for inner in unused
    ]


def class_folders(folder: Path) -> Classes:
    """The folder of each class, by its name in NFC.

    The classes are sorted, except that those of the slides keep the slides' order.
    """
    classes: Classes = {}
    for inner in subfolders(folder):
        name = composed(inner.name)
        if name in classes:
            raise DataError(
                f"{folder} has two folders {name!r} whose accents are stored "
                f"differently: move the pictures of both into one."
            )
        classes[name] = inner
    if len(classes) < 2:
        refuse_classes(folder, list(classes))
    if set(classes) == set(SLIDE_CLASSES):
        return {name: classes[name] for name in SLIDE_CLASSES}
    return classes


def refuse_classes(folder: Path, names: list[str]) -> NoReturn:
    """Raise `DataError` for a folder with fewer than two classes."""
    if loose_pictures(folder):
        refuse_flat(folder)
    raise DataError(
        f"{folder} has {len(names)} class folders, {names}, but at least 2 are needed: "
        f"make one subfolder for each class and put its pictures there."
    )


def refuse_flat(folder: Path) -> NoReturn:
    """Raise `DataError` for pictures without class folders."""
    raise DataError(
        f"{folder} has {len(loose_pictures(folder))} pictures but no class folders, so "
        f"nothing says what they show: make one subfolder for each class, such as "
        f"{folder / 'cat'} and {folder / 'dog'}, and move the pictures into them."
    )


def loose_notes(folder: Path) -> tuple[str, ...]:
    """A note on pictures beside the class folders, if there are any."""
    loose = loose_pictures(folder)
    if not loose or len(subfolders(folder)) < 2:
        return ()
    more = f" and {len(loose) - 1} more are" if len(loose) > 1 else " is"
    where = f"a picture beside the class folders of {folder}"
    return (f"{loose[0].name}, {where},{more} not used.",)


def check_same_classes(folders: tuple[Path, ...]) -> None:
    """Raise `DataError` if the parts have different classes."""
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
