"""Pictures to train with: drawn on the spot, CIFAR-10, or a folder of one's own.

>>> train, test = load("pictures", train=8, test=4)
>>> train.images.shape, train.classes
((8, 3, 32, 32), ('dog', 'cat', 'boat', 'bird'))
"""

from __future__ import annotations

from nets.data.cifar import cifar10, holds_batches
from nets.data.dataset import (
    SLIDE_CLASSES,
    DataError,
    Dataset,
    DataWarning,
    batches,
    split,
)
from nets.data.folder import image_folder
from nets.data.image import read_image
from nets.data.listing import composed
from nets.data.pictures import pictures, pictures_split
from tinygraph.files import expanded

__all__ = [
    "SLIDE_CLASSES",
    "DataError",
    "DataWarning",
    "Dataset",
    "batches",
    "cifar10",
    "composed",
    "image_folder",
    "load",
    "pictures",
    "pictures_split",
    "read_image",
    "split",
]


def load(
    source: str,
    *,
    classes: str = "slide",
    size: int = 32,
    seed: int = 0,
    train: int = 4000,
    test: int = 1000,
    skip_bad: bool = False,
) -> tuple[Dataset, Dataset]:
    """The (train, test) pictures that `source` names.

    `"pictures"` draws `train` and `test` pictures of `size` pixels; an archive, or a
    folder with data_batch_*.bin, is CIFAR-10, of which `classes` chooses `"slide"` or
    `"all"`; another folder holds images, one subfolder for each class,
    which are scaled to `size`. `seed` draws the pictures or divides the folder;
    `skip_bad` goes on without the folder's bad files.
    Raises `DataError` for anything else, and as the three sources do.
    """
    if source == "pictures":
        return pictures_split(train, test, seed, size)
    path = expanded(source)
    if source and path.exists():
        if not path.is_dir() or holds_batches(path):
            return cifar10(path, classes)
        return image_folder(path, size, seed=seed, skip_bad=skip_bad)
    raise DataError(
        f"{source!r} is no source of pictures: give 'pictures', the path of "
        f"cifar-10-binary.tar.gz, or an existing folder with one subfolder for each "
        f"class."
    )
