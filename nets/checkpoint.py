"""A training run in one .npz file, without pickle, that detects every damaged byte.

The file is a ZIP archive of arrays, which `numpy.load` reads:

    parameter/conv1.w         the network, one array for each parameter
    statistics/bn1.running_mean   and for each running statistic
    average/conv1.w           means of the parameters, if the run has them
    optimizer/velocity.0      the state of the optimizer
    standardisation/mean      and standardisation/deviation, of each channel or column
    target/mean               and target/deviation, of numbers to predict
    example                   the picture whose graph `draw` shows
    document                  everything else as JSON, in ASCII

The comment at the end of the archive is the SHA-256 of everything before it.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from dataclasses import replace
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
from .building import AnyNetwork, build_network, build_optimizer
from .layers import Parameters, generators
from .layers.tree import tensors
from .run import Run, Standardisation, build_average
from .settings import TAKEN, Settings

LARGEST_CHECKPOINT = 500_000_000  # bytes
PREFIXES = ("parameter/", "statistics/", "optimizer/", "average/")
TARGET_NAMES = ("target/mean", "target/deviation")
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
        **with_prefix("standardisation/", levels_of(run.standardise)),
        **with_prefix("target/", levels_of(run.standardise.target)),
        "example": run.example,
        "document": np.frombuffer(document.to_json(run), np.uint8),
    }
    write_atomically(path, encode(arrays))


def levels_of(standardise: Standardisation | None) -> Arrays:
    """The arrays of a standardisation, by name."""
    if standardise is None:
        return {}
    return {"mean": standardise.mean, "deviation": standardise.deviation}


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


def statistics(network: AnyNetwork) -> Parameters:
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
    shape = example_shape(arrays["example"], saved.settings, len(saved.classes))
    weights = under_prefix("parameter/", arrays).values()
    rng, classes = Limited(sum(array.size for array in weights)), len(saved.classes)
    dropout = np.random.default_rng(0)
    check_outputs(arrays, saved.settings, classes)
    network = build_network(saved.settings, rng, dropout, classes, shape)
    optimizer = build_optimizer(network, saved.settings)
    restore(network, optimizer, arrays)
    restore_generators(network, saved.generators)
    average, means = build_average(network, saved.settings), PREFIXES[3]
    restore_average(average, under_prefix(means, arrays))
    return Run(
        settings=saved.settings,
        classes=saved.classes,
        standardise=build_standardisation(arrays, shape),
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
        known = FIXED_NAMES + TARGET_NAMES
        if name not in known and not name.startswith(PREFIXES):
            raise ValueError(f"it has an unknown array {reprlib.repr(name)}")


def example_shape(
    example: NDArray[Any], settings: Settings, outputs: int
) -> tuple[int, ...]:
    """The shape of an example after its batch of 1; ValueError for an impossible one.

    It is a picture (3, H, H) of bytes, a row (F,) of numbers or a window (T,) of
    characters, as the network takes it.
    """
    shape, kind = example.shape[1:], example.dtype
    taken = TAKEN.get(settings.network, ("pictures",))
    fits = example.shape[:1] == (1,) and example.size > 0
    if "text" in taken:
        fits &= len(shape) == 1 and kind == np.int64
        fits = fits and 0 <= example.min() <= example.max() < outputs
    elif "table" in taken and len(shape) == 1:
        fits &= kind == np.float64 and bool(np.isfinite(example).all())
    else:
        fits &= shape == (3, *shape[-1:] * 2) and kind == np.uint8
    if not fits:
        raise ValueError(f"its example is {kind} of shape {example.shape}")
    return shape


def check_outputs(arrays: Arrays, settings: Settings, outputs: int) -> None:
    """Raise ValueError unless a single output has, and only it, a number's levels."""
    found = [name for name in TARGET_NAMES if name in arrays]
    if len(found) != (2 if outputs == 1 and settings.network == "mlp" else 0):
        raise ValueError(f"it has {outputs} outputs and the arrays {found}")


def restore(
    network: AnyNetwork,
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
    network: AnyNetwork, saved: Mapping[str, np.random.Generator]
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


def build_standardisation(arrays: Arrays, shape: tuple[int, ...]) -> Standardisation:
    """Build a standardisation with numbers that `Standardisation.of_data` can compute.

    `shape` is that of an example.
    """
    names, text = FIXED_NAMES[:2], arrays["example"].dtype == np.int64
    most = 255.0 if len(shape) == 3 else None
    levels = checked_levels(names, arrays, 0 if text else shape[0], most)
    if TARGET_NAMES[0] not in arrays:
        return levels
    return replace(levels, target=checked_levels(TARGET_NAMES, arrays, 1, None))


def checked_levels(
    names: tuple[str, ...], arrays: Arrays, size: int, most: float | None
) -> Standardisation:
    """Means and deviations under two names; those of pictures are 0 to `most`."""
    mean, deviation = (arrays[name] for name in names)
    lowest = (-np.inf, 0.0) if most is None else (0.0, 1e-3)
    for name, array, least in zip(names, (mean, deviation), lowest, strict=True):
        check_same(name, array, np.ones(size))
        low, high = array.min(initial=np.inf), array.max(initial=-np.inf)
        zero = most is None and name.endswith("deviation") and low == 0
        if low < least or zero or (most is not None and high > most):
            raise CheckpointError(
                f"{name} is {array}, which is impossible: train again."
            )
    return Standardisation(mean, deviation)
