"""A training run in one .npz file, without pickle, that detects every damaged byte.

The file is a ZIP archive of arrays, which `numpy.load` reads:

    parameter/conv1.w         the network, one array for each parameter
    statistics/bn1.running_mean   and for each running statistic
    average/conv1.w           means of the parameters, if the run has them
    optimizer/velocity.0      the state of the optimizer
    standardisation/mean      and standardisation/deviation, of each channel
    example                   the picture whose graph `draw` shows
    document                  everything else as JSON, in ASCII

The comment at the end of the archive is the SHA-256 of everything before it.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg
from tinygraph.files import expanded, require_regular, write_atomically

from . import document
from .archive import Arrays, decode, encode
from .archive import CheckpointError as CheckpointError
from .averaging import WeightAverage
from .building import build_network, build_optimizer
from .layers import Network, Parameters, generators
from .layers.tree import tensors
from .run import Run, Standardisation, build_average

LARGEST_CHECKPOINT = 500_000_000  # bytes
PREFIXES = ("parameter/", "statistics/", "optimizer/", "average/")
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
        **with_prefix("parameter/", data_of(run.network.parameters())),
        **with_prefix("statistics/", data_of(statistics(run.network))),
        **with_prefix("optimizer/", run.optimizer.state_dict()),
        **with_prefix("average/", {} if run.average is None else run.average.means),
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


def data_of(tensors: Parameters) -> Arrays:
    """The data of tensors, by name."""
    return {name: tensor.data for name, tensor in tensors.items()}


def statistics(network: Network) -> Parameters:
    """The tensors of a network that are no parameters, such as running means."""
    known = network.parameters()
    return {name: t for name, t in tensors(network).items() if name not in known}


class Limited(np.random.Generator):
    """Gives zeros for random weights, and only as many as a file has numbers.

    So a small file cannot ask for a large network.
    """

    def __init__(self, most: int) -> None:
        super().__init__(np.random.PCG64(0))
        self.left = most

    def standard_normal(self, size: Any = None, *_: Any, **__: Any) -> Any:
        """Zeros of a size; `CheckpointError` when there have been too many."""
        self.left -= math.prod(size)
        if self.left < 0:
            raise CheckpointError(
                "the network of its settings is larger than the one it has: train "
                "again."
            )
        return np.zeros(size)


def build_run(arrays: Arrays) -> Run:
    """Build a run from the arrays of a checkpoint."""
    check_names(arrays)
    saved = document.from_json(arrays["document"].tobytes())
    size = example_size(arrays["example"])
    weights = under_prefix("parameter/", arrays).values()
    rng, classes = Limited(sum(array.size for array in weights)), len(saved.classes)
    dropout = np.random.default_rng(0)
    network = build_network(saved.settings, rng, dropout, classes, size)
    optimizer = build_optimizer(network, saved.settings)
    restore(network, optimizer, arrays)
    restore_generators(network, saved.generators)
    average, means = build_average(network, saved.settings), PREFIXES[3]
    restore_average(average, under_prefix(means, arrays))
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
        average=average,
    )


def check_names(arrays: Arrays) -> None:
    """Raise ValueError for a missing or an unknown array."""
    for name in FIXED_NAMES:
        if name not in arrays:
            raise ValueError(f"it has no {name}")
    for name in arrays:
        if name not in FIXED_NAMES and not name.startswith(PREFIXES):
            raise ValueError(f"it has an unknown array {reprlib.repr(name)}")


def example_size(example: NDArray[Any]) -> int:
    """The side of a picture (1, 3, H, H) of bytes; ValueError for anything else."""
    size = example.shape[-1] if example.ndim == 4 else 0
    square = example.shape == (1, 3, size, size) and size > 0
    if not square or example.dtype != np.uint8:
        raise ValueError(f"its example is {example.dtype} of shape {example.shape}")
    return size


def restore(
    network: Network,
    optimizer: tg.optimize.Optimizer,
    arrays: Mapping[str, NDArray[Any]],
) -> None:
    """Load the arrays under `PREFIXES` into a network and its optimizer.

    Raises `CheckpointError`, before anything is assigned, for a missing or unknown name
    and for a wrong shape or dtype.
    """
    parameters, others = network.parameters(), statistics(network)
    named, counted, state = (under_prefix(p, dict(arrays)) for p in PREFIXES[:3])
    check_arrays(named, parameters)
    check_arrays(counted, others)
    for slot in optimizer.slots:
        for place, tensor in enumerate(parameters.values()):
            name = f"{slot}.{place}"
            check_same(name, state.get(name, tensor.data), tensor.data)
    lr = optimizer_number("lr", state, np.float64)
    steps = optimizer_number("steps", state, np.int64)
    optimizer.load_state_dict({**state, "lr": lr, "steps": steps})
    for name, tensor in {**parameters, **others}.items():
        tensor.data = {**named, **counted}[name]


def restore_average(average: WeightAverage | None, means: Arrays) -> None:
    """Put saved means into the average of a run."""
    check_arrays(means, {} if average is None else average.parameters)
    if average is not None:
        average.means = {name: means[name] for name in average.parameters}


def restore_generators(
    network: Network, saved: Mapping[str, np.random.Generator]
) -> None:
    """Put the generators of a network into the states of those that were saved."""
    found = generators(network)
    if found.keys() != saved.keys():
        raise CheckpointError(
            f"its random generators are {', '.join(saved) or 'none'}, but the network "
            f"has {', '.join(found) or 'none'}: train again."
        )
    for name, generator in found.items():
        generator.bit_generator.state = saved[name].bit_generator.state


def check_arrays(saved: Arrays, wanted: Parameters) -> None:
    """Raise `CheckpointError` unless there is a fitting array for each tensor."""
    for name in sorted(saved.keys() ^ wanted.keys()):
        where = "only the network has" if name in wanted else "only the file has"
        raise CheckpointError(f"{where} {name}: load it into a matching network.")
    for name, tensor in wanted.items():
        check_same(name, saved[name], tensor.data)


def check_same(name: str, saved: NDArray[Any], wanted: NDArray[Any]) -> None:
    """Raise `CheckpointError` unless shape and dtype match and all is finite."""
    if (saved.shape, saved.dtype) != (wanted.shape, wanted.dtype):
        raise CheckpointError(
            f"{name} is {saved.dtype} of shape {saved.shape}, but the network needs "
            f"{wanted.dtype} of shape {wanted.shape}: load it into a matching network."
        )
    if not np.isfinite(saved).all():
        raise CheckpointError(f"{name} is not finite everywhere: train again.")


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
