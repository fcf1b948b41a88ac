"""A training run in one .npz file, without pickle, that detects every damaged byte.

The file is a ZIP archive of arrays, which `numpy.load` reads:

    parameter/conv1.w         the network, one array for each parameter
    optimizer/velocity.0      the state of the optimizer
    standardisation/mean      and standardisation/deviation, of each channel
    example                   the picture whose graph `draw` shows
    document                  everything else as JSON, in ASCII

The comment at the end of the archive is the SHA-256 of everything before it.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

import tinygraph as tg
from tinygraph.files import expanded, require_regular, write_atomically

from . import document
from .archive import Arrays, decode, encode
from .archive import CheckpointError as CheckpointError
from .layers import Network
from .run import Run, Standardisation, sgd
from .slide import SMALLEST_IMAGE, parameter_shapes, slide_cnn

LARGEST_CHECKPOINT = 100_000_000  # bytes
FIXED_NAMES = (
    "standardisation/mean",
    "standardisation/deviation",
    "example",
    "document",
)


def save(run: Run, path: str | Path) -> None:
    """Write everything that is needed to continue as if the run had never stopped.

    The same run gives the same bytes. The file is replaced as a whole or not at all.
    Raises `tg.FileError` if it cannot be written.
    """
    arrays = {
        **with_prefix("parameter/", parameter_arrays(run.network)),
        **with_prefix("optimizer/", run.optimizer.state_dict()),
        "standardisation/mean": run.standardise.mean,
        "standardisation/deviation": run.standardise.deviation,
        "example": run.example,
        "document": np.frombuffer(document.to_json(run), np.uint8),
    }
    write_atomically(path, encode(arrays))


def load(path: str | Path) -> Run:
    """Load a run that `save` wrote; raise `CheckpointError` for any other file."""
    path = expanded(path)
    arrays = decode(read_checkpoint(path), path)
    try:
        return build_run(arrays)
    except CheckpointError as error:
        raise CheckpointError(f"{path} does not fit: {error}") from error
    except (tg.TinygraphError, LookupError, TypeError, ValueError) as error:
        text = str(error).rstrip(".")
        raise CheckpointError(
            f"{path} is not a checkpoint of this version of nets ({text}): train again."
        ) from error


def read_checkpoint(path: Path) -> bytes:
    """Read the file; raise `CheckpointError` if it is not one of a sensible size."""
    try:
        require_regular(path)
        if path.stat().st_size > LARGEST_CHECKPOINT:
            raise CheckpointError(
                f"{path} has more than {LARGEST_CHECKPOINT // 10**6} MB, too much for "
                f"a checkpoint: give the path of a checkpoint.npz."
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


def with_prefix(prefix: str, values: Mapping[str, Any]) -> Arrays:
    """The values as arrays, with the prefix before their names."""
    return {prefix + name: np.asarray(value) for name, value in values.items()}


def under_prefix(prefix: str, arrays: Arrays) -> Arrays:
    """The arrays whose names have the prefix, without it."""
    names = [name for name in arrays if name.startswith(prefix)]
    return {name.removeprefix(prefix): arrays[name] for name in names}


def parameter_arrays(network: Network) -> Arrays:
    """The data of all parameters, by name."""
    return {name: tensor.data for name, tensor in network.parameters().items()}


def build_run(arrays: Arrays) -> Run:
    """Build a run from the arrays of a checkpoint."""
    check_names(arrays)
    saved = document.from_json(arrays["document"].tobytes())
    size = example_size(arrays["example"])
    parameters = under_prefix("parameter/", arrays)
    for name, shape in parameter_shapes(len(saved.classes), size).items():
        # Before making a network: a small file cannot ask for a large network.
        check_shape(name, parameters.get(name), shape)
    network = slide_cnn(np.random.default_rng(0), len(saved.classes), size)
    optimizer = sgd(network, saved.settings)
    restore(network, optimizer, arrays)
    return Run(
        settings=saved.settings,
        classes=saved.classes,
        standardise=build_standardisation(arrays),
        network=network,
        optimizer=optimizer,
        rng=saved.rng,
        example=arrays["example"],
        example_label=saved.example_label,
        fingerprint=saved.fingerprint,
        progress=saved.progress,
    )


def check_names(arrays: Arrays) -> None:
    """Raise ValueError for a missing or an unknown array."""
    for name in FIXED_NAMES:
        if name not in arrays:
            raise ValueError(f"it has no {name}")
    for name in arrays:
        grouped = name.startswith(("parameter/", "optimizer/"))
        if name not in FIXED_NAMES and not grouped:
            raise ValueError(f"it has an unknown array {reprlib.repr(name)}")


def example_size(example: NDArray[Any]) -> int:
    """The side of a picture (1, 3, H, H) of bytes; ValueError for anything else."""
    size = example.shape[-1] if example.ndim == 4 else 0
    square = example.shape == (1, 3, size, size) and size >= SMALLEST_IMAGE
    if not square or example.dtype != np.uint8:
        raise ValueError(f"its example is {example.dtype} of shape {example.shape}")
    return size


def restore(
    network: Network, optimizer: tg.optimize.SGD, arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Load the `parameter/` and `optimizer/` arrays into a network and its optimizer.

    Raises `CheckpointError`, before anything is assigned, for a missing or unknown name
    and for a wrong shape or dtype.
    """
    arrays, parameters = dict(arrays), network.parameters()
    saved, state = (
        under_prefix("parameter/", arrays),
        under_prefix("optimizer/", arrays),
    )
    for name in sorted(saved.keys() ^ parameters.keys()):
        where = "only the network has" if name in parameters else "only the file has"
        raise CheckpointError(f"{where} {name}: load it into a matching network.")
    for name, tensor in parameters.items():
        check_same(name, saved[name], tensor.data)
    for place, tensor in enumerate(parameters.values()):
        velocity = f"velocity.{place}"
        check_same(velocity, state.get(velocity, tensor.data), tensor.data)
    lr = optimizer_number("lr", state, np.float64)
    steps = optimizer_number("steps", state, np.int64)
    optimizer.load_state_dict({**state, "lr": lr, "steps": steps})
    for name, tensor in parameters.items():
        tensor.data = saved[name]


def check_same(name: str, saved: NDArray[Any], wanted: NDArray[Any]) -> None:
    """Raise `CheckpointError` unless shape and dtype match and all is finite."""
    check_shape(name, saved, wanted.shape, wanted.dtype)
    if not np.isfinite(saved).all():
        raise CheckpointError(f"{name} is not finite everywhere: train again.")


def check_shape(
    name: str,
    saved: NDArray[Any] | None,
    shape: tuple[int, ...],
    dtype: DTypeLike = np.float32,
) -> None:
    """Raise `CheckpointError` for a missing array, a wrong shape or a wrong dtype."""
    if saved is None:
        raise CheckpointError(
            f"only the network has {name}: load it into a matching network."
        )
    if (saved.shape, saved.dtype) != (shape, np.dtype(dtype)):
        raise CheckpointError(
            f"{name} is {saved.dtype} of shape {saved.shape}, but the network needs "
            f"{np.dtype(dtype)} of shape {shape}: load it into a matching network."
        )


def optimizer_number(name: str, state: Arrays, kind: type[np.number]) -> Any:
    """A number from the state of the optimizer, at least 0."""
    if name not in state:
        raise CheckpointError(f"the optimizer has no {name}: train again.")
    check_same(name, state[name], np.zeros((), kind))
    if state[name] < 0:
        raise CheckpointError(f"{name} is {state[name]}, below 0: train again.")
    return state[name].item()


def build_standardisation(arrays: Arrays) -> Standardisation:
    """Build a standardisation with numbers that `Standardisation.of` can compute."""
    mean, deviation = (arrays[name] for name in FIXED_NAMES[:2])
    for name, array, least in zip(
        FIXED_NAMES, (mean, deviation), (0, 1e-3), strict=False
    ):
        check_same(name, array, np.ones(3))
        if array.min() < least or array.max() > 255:
            raise CheckpointError(
                f"{name} is {array}, impossible for pictures: train again."
            )
    return Standardisation(mean, deviation)
