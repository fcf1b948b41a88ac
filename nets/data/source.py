"""From the name or the path of a source to its data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinygraph import FileError
from tinygraph.files import expanded, require_regular

from .archive import is_text
from .cifar import ARCHIVE_SUFFIXES, cifar10, holds_batches, named_cifar10
from .csv_table import csv_table
from .dataset import DataError, Dataset
from .digits import digits
from .folder import image_folder
from .formats import FIRST_BYTES, kind_of
from .idx import FILE, NAMED, holds_idx, idx_folder, named_dataset
from .npz import holds_arrays, npz_file
from .pictures import pictures_split
from .table import Table
from .text import BOMS, CONTEXT, Text, text_file

TABLES = (".csv", ".tsv", ".tab")
TEXTS = (".txt", ".md", ".rst", ".tex")

DataSet = Dataset | Table | Text
Parts = tuple[Dataset, Dataset] | tuple[Table, Table] | tuple[Text, Text]


@dataclass(frozen=True)
class Options:
    """The options of `load`."""

    classes: str
    size: int
    seed: int
    train: int
    test: int
    skip_bad: bool
    target: str | None
    delimiter: str | None
    task: str | None
    context: int


def load(
    source: str,
    *,
    classes: str = "slide",
    size: int = 32,
    seed: int = 0,
    train: int = 4000,
    test: int = 1000,
    skip_bad: bool = False,
    target: str | None = None,
    delimiter: str | None = None,
    task: str | None = None,
    context: int = CONTEXT,
) -> Parts:
    """Load the (train, test) parts of a source: pictures, a table or a text.

    These are pictures:

    * "pictures": nets draws `train` and `test` pictures of `size` pixels
    * "digits", those of scikit-learn, enlarged to `size`
    * "mnist" and "fashion-mnist", of 28 pixels, and folders with their four IDX files
    * "cifar-10", its archive, or a folder with data_batch_*.bin; `classes` is "slide"
      or "all"
    * any other folder: one subfolder of images for each class, scaled to `size`;
      `skip_bad` skips bad files

    A `.npz` file has pictures or a table, see `npz_file`. A `.csv` or `.tsv` file is a
    table, see `csv_table`; `target`, `delimiter` and `task` are its options. Any other
    file of characters is a text, in windows of `context` characters, see `text_file`.

    `seed` determines the drawn pictures, or how a source without parts is split. Raises
    `DataError` for any other source, and for the errors of these functions.
    """
    options = Options(
        classes=classes,
        size=size,
        seed=seed,
        train=train,
        test=test,
        skip_bad=skip_bad,
        target=target,
        delimiter=delimiter,
        task=task,
        context=context,
    )
    path = expanded(source)
    if source and path.exists():
        return (of_folder if path.is_dir() else of_file)(path, options)
    return of_name(source, options)


def of_name(name: str, options: Options) -> Parts:
    """The data set of a name."""
    if name == "pictures":
        return pictures_split(options.train, options.test, options.seed, options.size)
    if name == "digits":
        return digits(options.size, seed=options.seed)
    if name == "cifar-10":
        return named_cifar10(options.classes)
    if name in NAMED:
        return named_dataset(name)
    raise DataError(
        f"{name!r} is not a source of data: give 'pictures', 'digits', 'mnist', "
        f"'fashion-mnist', 'cifar-10', an existing folder with one subfolder of "
        f"pictures for each class, or the path of a .npz, .csv or .txt file."
    )


def of_folder(path: Path, options: Options) -> Parts:
    """The pictures in a folder."""
    if holds_idx(path):
        return idx_folder(path)
    if holds_batches(path):
        return cifar10(path, options.classes)
    return image_folder(
        path, options.size, seed=options.seed, skip_bad=options.skip_bad
    )


def of_file(path: Path, options: Options) -> Parts:
    """The pictures, the table or the text in a file; its content says what it is."""
    if FILE.fullmatch(path.name) and path.is_file():
        raise DataError(f"{path} is only one file of the data set: give its folder.")
    suffix, start = path.suffix.lower(), first_bytes(path)
    if holds_arrays(path):
        return npz_file(path, seed=options.seed)
    readable = is_text(start) or start.startswith(BOMS) or suffix in TABLES + TEXTS
    other = kind_of(start, suffix) is not None or suffix in ARCHIVE_SUFFIXES
    if other or not readable:
        return cifar10(path, options.classes)
    if suffix in TABLES or options.target is not None or options.delimiter is not None:
        return csv_table(
            path,
            options.target,
            delimiter=options.delimiter,
            task=options.task,
            seed=options.seed,
        )
    return text_file(path, options.context)


def first_bytes(path: Path) -> bytes:
    """The first bytes of a file; `DataError` for a pipe or a device."""
    try:
        require_regular(path)
        with path.open("rb") as file:
            return file.read(FIRST_BYTES)
    except FileError as error:
        raise DataError(f"{error}: give the path of a file.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
