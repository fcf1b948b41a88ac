"""A training run in one .npz file, without pickle, that notices every damaged byte.

The file is a ZIP archive of arrays, which `numpy.load` reads:

    parameter/conv1.w         the network, one array for each parameter
    optimizer/velocity.0      the state of the optimiser
    standardisation/mean      and standardisation/deviation, of each channel
    example                   the picture whose graph is drawn
    document                  all the rest as JSON text, in the bytes of ASCII

The comment at its end is the SHA-256 of everything before.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

import tinygraph as tg
from nets import document
from nets.archive import Arrays, decode, encode
from nets.archive import CheckpointError as CheckpointError
from nets.layers import Network
from nets.run import Run, Standardisation, sgd
from nets.slide import SMALLEST, shapes, slide_cnn
from tinygraph.files import expanded, require_regular, write_atomically

LARGEST = 100_000_000  # bytes
OTHERS = ("standardisation/mean", "standardisation/deviation", "example", "document")


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
        "document": np.frombuffer(document.write(run), np.uint8),
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
    except (tg.TinygraphError, LookupError, TypeError, ValueError) as error:
        text = str(error).rstrip(".")
        raise CheckpointError(
            f"{path} is no checkpoint of this version of nets ({text}): train again."
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


def _run(arrays: Arrays) -> Run:
    _check_names(arrays)
    said = document.read(arrays["document"].tobytes())
    size = _size(arrays["example"])
    parameters = _under("parameter/", arrays)
    for name, shape in shapes(len(said.classes), size).items():
        # Before a network is made: there are no more weights than the file has bytes.
        _check_shape(name, parameters.get(name), shape)
    network = slide_cnn(np.random.default_rng(0), len(said.classes), size)
    optimizer = sgd(network, said.settings)
    restore(network, optimizer, arrays)
    return Run(
        settings=said.settings,
        classes=said.classes,
        standardise=_standardisation(arrays),
        network=network,
        optimizer=optimizer,
        rng=said.rng,
        example=arrays["example"],
        example_label=said.example_label,
        fingerprint=said.fingerprint,
        progress=said.progress,
    )


def _check_names(arrays: Arrays) -> None:
    for name in OTHERS:
        if name not in arrays:
            raise ValueError(f"it has no {name}")
    for name in arrays:
        if name not in OTHERS and not name.startswith(("parameter/", "optimizer/")):
            raise ValueError(f"it has an array {reprlib.repr(name)}")


def _size(example: NDArray[Any]) -> int:
    """The side of a picture (1, 3, H, H) of bytes."""
    size = example.shape[-1] if example.ndim == 4 else 0
    square = example.shape == (1, 3, size, size) and size >= SMALLEST
    if not square or example.dtype != np.uint8:
        raise ValueError(f"its example is {example.dtype} of shape {example.shape}")
    return size


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
    lr = _number("lr", state, np.float64)
    steps = _number("steps", state, np.int64)
    optimizer.load_state_dict({**state, "lr": lr, "steps": steps})
    for name, tensor in parameters.items():
        tensor.data = saved[name]


def _check_same(name: str, saved: NDArray[Any], wanted: NDArray[Any]) -> None:
    _check_shape(name, saved, wanted.shape, wanted.dtype)
    if not np.isfinite(saved).all():
        raise CheckpointError(f"{name} has numbers that are not finite: train again.")


def _check_shape(
    name: str,
    saved: NDArray[Any] | None,
    shape: tuple[int, ...],
    dtype: DTypeLike = np.float32,
) -> None:
    if saved is None:
        raise CheckpointError(
            f"only the network has {name}: load it into a network of its kind."
        )
    if (saved.shape, saved.dtype) != (shape, np.dtype(dtype)):
        raise CheckpointError(
            f"{name} is {saved.dtype} of shape {saved.shape}, but the network needs "
            f"{np.dtype(dtype)} of shape {shape}: load it into a network of its kind."
        )


def _number(name: str, state: Arrays, kind: type[np.number]) -> Any:
    """One number of the optimiser's, which is not negative."""
    if name not in state:
        raise CheckpointError(f"the optimiser has no {name}: train again.")
    _check_same(name, state[name], np.zeros((), kind))
    if state[name] < 0:
        raise CheckpointError(f"{name} is {state[name]}, below 0: train again.")
    return state[name].item()


def _standardisation(arrays: Arrays) -> Standardisation:
    """The numbers of a training set, as `Standardisation.of` can have found them."""
    mean, deviation = (arrays[name] for name in OTHERS[:2])
    for name, array, least in zip(OTHERS, (mean, deviation), (0, 1e-3), strict=False):
        _check_same(name, array, np.ones(3))
        if array.min() < least or array.max() > 255:
            raise CheckpointError(
                f"{name} is {array}, which no picture has: train again."
            )
    return Standardisation(mean, deviation)
