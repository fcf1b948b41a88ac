"""Pictures for training: drawn on the spot, from CIFAR-10 or from your own folder.

>>> train, test = load("pictures", train=8, test=4)
>>> train.images.shape, train.classes
((8, 3, 32, 32), ('dog', 'cat', 'boat', 'bird'))
"""

from __future__ import annotations

from tinygraph.files import expanded

from .augmentation import augment
from .cifar import cifar10, holds_batches
from .dataset import (
    SLIDE_CLASSES,
    DataError,
    Dataset,
    DataWarning,
    batches,
    split,
)
from .folder import image_folder
from .idx import FILE, NAMED, holds_idx, idx_folder, named_dataset
from .image import read_image
from .listing import composed
from .pictures import pictures, pictures_split

__all__ = [
    "SLIDE_CLASSES",
    "DataError",
    "DataWarning",
    "Dataset",
    "augment",
    "batches",
    "cifar10",
    "composed",
    "idx_folder",
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
    """Load the (train, test) pictures of a source.

    For `source="pictures"`, nets draws `train` and `test` pictures of `size` pixels. An
    archive, or a folder with data_batch_*.bin, is CIFAR-10; `classes` is `"slide"` or
    `"all"`. A folder with the four IDX files of MNIST, "mnist" and "fashion-mnist" have
    pictures of 28 pixels. Any other folder has one subfolder of images for each class,
    which are scaled to `size`. `seed` determines the drawn pictures, or how the folder
    is split; `skip_bad` skips bad files of the folder.

    Raises `DataError` for any other source, and for the errors of `pictures_split`,
    `cifar10`, `idx_folder` and `image_folder`.
    """
    if source == "pictures":
        return pictures_split(train, test, seed, size)
    path = expanded(source)
    if source and path.exists():
        if FILE.fullmatch(path.name) and path.is_file():
            raise DataError(
                f"{path} is only one file of the data set: give its folder."
            )
        if path.is_dir() and holds_idx(path):
            return idx_folder(path)
        if not path.is_dir() or holds_batches(path):
            return cifar10(path, classes)
        return image_folder(path, size, seed=seed, skip_bad=skip_bad)
    if source in NAMED:
        return named_dataset(source)
    raise DataError(
        f"{source!r} is not a source of pictures: give 'pictures', 'mnist', "
        f"'fashion-mnist', the path of cifar-10-binary.tar.gz, or an existing folder "
        f"with one subfolder for each class."
    )
