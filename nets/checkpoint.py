"""A training run in one .npz file, without pickle, that notices every damaged byte.

The file is a ZIP archive of arrays, which `numpy.load` reads:

    parameter/conv1.w         the network, one array for each parameter
    optimizer/velocity.0      the state of the optimiser
    standardisation/mean      and standardisation/deviation, of each channel
    example                   the picture whose graph is drawn
    document                  all the rest as JSON text, in UTF-8 bytes

The comment at its end is the SHA-256 of everything before.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg
from nets.layers import Network
from nets.run import EpochRecord, Progress, Run, Standardisation, sgd
from nets.settings import Settings
from nets.slide import slide_cnn
from tinygraph.files import expanded, require_regular, write_atomically

FORMAT = 1
DIGEST = 64  # hexadecimal digits of SHA-256
LARGEST = 100_000_000  # bytes

Arrays = dict[str, NDArray[Any]]


class CheckpointError(tg.TinygraphError, ValueError):
    """A checkpoint that is missing, damaged or of another network, and what to do."""


def save(run: Run, path: str | Path) -> None:
    """Write all that it takes to go on as if never stopped; the old file or the new.

    The same run gives the same bytes. Raises `tg.FileError` where the disk does not
    take it.
    """
    arrays = {
        **_prefixed("parameter/", _data(run.network)),
        **_prefixed("optimizer/", run.optimizer.state_dict()),
        "standardisation/mean": run.standardise.mean,
        "standardisation/deviation": run.standardise.deviation,
        "example": run.example,
        "document": np.frombuffer(json.dumps(_document(run)).encode(), np.uint8),
    }
    write_atomically(path, encode(arrays))


def load(path: str | Path) -> Run:
    """The run that `save` wrote. Raises `CheckpointError` for anything else."""
    path = expanded(path)
    arrays = decode(_read(path), path)
    try:
        return _run(arrays)
    except CheckpointError as error:
        raise CheckpointError(f"{path} does not fit: {error}") from error
    except (tg.TinygraphError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} is no checkpoint of this version of nets ({error}): train again."
        ) from error


def encode(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays as an .npz archive whose comment is the checksum of the rest."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
        archive.comment = bytes(DIGEST)
    content = buffer.getvalue()[:-DIGEST]
    return content + hashlib.sha256(content).hexdigest().encode()


def decode(content: bytes, path: Path) -> Arrays:
    """The arrays of `encode`; `CheckpointError` for any other bytes than it gave."""
    body, digest = content[:-DIGEST], content[-DIGEST:]
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise CheckpointError(
            f"{path} is damaged or is not a checkpoint: copy it again or train again."
        )
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise CheckpointError(
            f"{path} is not an archive of arrays ({error}): train again."
        ) from error


def _read(path: Path) -> bytes:
    try:
        require_regular(path)
        if path.stat().st_size > LARGEST:
            raise CheckpointError(
                f"{path} has more than {LARGEST // 10**6} MB, which no checkpoint has: "
                f"give the path of a checkpoint.npz."
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{path} does not exist: train first, or give the folder of a run."
        ) from error
    except tg.FileError as error:
        raise CheckpointError(f"{error}: give the path of a checkpoint.npz.") from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error


def _prefixed(prefix: str, values: Mapping[str, Any]) -> Arrays:
    return {prefix + name: np.asarray(value) for name, value in values.items()}


def _under(prefix: str, arrays: Arrays) -> Arrays:
    names = [name for name in arrays if name.startswith(prefix)]
    return {name.removeprefix(prefix): arrays[name] for name in names}


def _data(network: Network) -> Arrays:
    return {name: tensor.data for name, tensor in network.parameters().items()}


def _document(run: Run) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "settings": asdict(run.settings),
        "classes": run.classes,
        "example_label": run.example_label,
        "fingerprint": run.fingerprint,
        "rng": run.rng.bit_generator.state,
        "progress": asdict(run.progress),
    }


def _run(arrays: Arrays) -> Run:
    document = json.loads(arrays["document"].tobytes())
    if document["format"] != FORMAT:
        raise ValueError(f"its format is {document['format']}, not {FORMAT}")
    settings = Settings(**document["settings"])
    classes = tuple(document["classes"])
    example = arrays["example"]
    if example.ndim != 4 or example.dtype != np.uint8:
        raise ValueError(f"its example is {example.dtype} of shape {example.shape}")
    random = np.random.default_rng(0)  # every weight is replaced
    network = slide_cnn(random, len(classes), example.shape[2], example.shape[1])
    optimizer = sgd(network, settings)
    restore(network, optimizer, arrays)
    return Run(
        settings=settings,
        classes=classes,
        standardise=_standardisation(arrays, example.shape[1]),
        network=network,
        optimizer=optimizer,
        rng=_generator(document["rng"]),
        example=example,
        example_label=int(document["example_label"]),
        fingerprint=str(document["fingerprint"]),
        progress=_progress(document["progress"]),
    )


def restore(
    network: Network, optimizer: tg.optimize.SGD, arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Put the `parameter/` and `optimizer/` arrays into a network and its optimiser.

    Raises `CheckpointError`, before anything is assigned, for a name that is missing or
    unknown, and for another shape or dtype.
    """
    arrays, parameters = dict(arrays), network.parameters()
    saved, state = _under("parameter/", arrays), _under("optimizer/", arrays)
    for name in sorted(saved.keys() ^ parameters.keys()):
        where = "only the network has" if name in parameters else "only the file has"
        raise CheckpointError(f"{where} {name}: load it into a network of its kind.")
    for name, tensor in parameters.items():
        _check_same(name, saved[name], tensor.data)
    for place, tensor in enumerate(parameters.values()):
        velocity = f"velocity.{place}"
        _check_same(velocity, state.get(velocity, tensor.data), tensor.data)
    numbers = {name: state[name].item() for name in ("lr", "steps")}
    optimizer.load_state_dict({**state, **numbers})
    for name, tensor in parameters.items():
        tensor.data = saved[name]


def _check_same(name: str, saved: NDArray[Any], wanted: NDArray[Any]) -> None:
    if (saved.shape, saved.dtype) != (wanted.shape, wanted.dtype):
        raise CheckpointError(
            f"{name} is {saved.dtype} of shape {saved.shape}, but the network needs "
            f"{wanted.dtype} of shape {wanted.shape}: load it into a network of its "
            f"kind."
        )
    if not np.isfinite(saved).all():
        raise CheckpointError(f"{name} has numbers that are not finite: train again.")


def _standardisation(arrays: Arrays, channels: int) -> Standardisation:
    mean, deviation = (
        arrays[f"standardisation/{name}"] for name in ("mean", "deviation")
    )
    expected = np.ones(channels)
    _check_same("standardisation/mean", mean, expected)
    _check_same("standardisation/deviation", deviation, expected)
    return Standardisation(mean, deviation)


def _generator(state: dict[str, Any]) -> np.random.Generator:
    generator = np.random.default_rng(0)
    generator.bit_generator.state = state
    return generator


def _progress(document: dict[str, Any]) -> Progress:
    history = [EpochRecord(**record) for record in document["history"]]
    return Progress(**{**document, "history": history})
