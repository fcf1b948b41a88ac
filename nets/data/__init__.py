"""Data for training: pictures, tables and texts.

>>> train, test = load("pictures", train=8, test=4)
>>> train.images.shape, train.classes
((8, 3, 32, 32), ('dog', 'cat', 'boat', 'bird'))
"""

from __future__ import annotations

from .augmentation import augment
from .cifar import cifar10
from .csv_table import csv_table
from .dataset import (
    SLIDE_CLASSES,
    DataError,
    Dataset,
    DataWarning,
    batches,
    split,
)
from .digits import digits
from .folder import image_folder
from .idx import idx_folder
from .image import read_image
from .listing import composed
from .npz import npz_file
from .pictures import pictures, pictures_split
from .source import DataSet, Parts, load
from .table import Table
from .text import Text, encoded, text_file

__all__ = [
    "SLIDE_CLASSES",
    "DataError",
    "DataSet",
    "DataWarning",
    "Dataset",
    "Parts",
    "Table",
    "Text",
    "augment",
    "batches",
    "cifar10",
    "composed",
    "csv_table",
    "digits",
    "encoded",
    "idx_folder",
    "image_folder",
    "load",
    "npz_file",
    "pictures",
    "pictures_split",
    "read_image",
    "split",
    "text_file",
]
