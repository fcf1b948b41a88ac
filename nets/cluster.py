"""Training on several processes or computers: each computes a share of each batch.

The error of a batch is a mean over its examples, so its gradient is a weighted mean of
the gradients of shares of the batch. A step sends the network and a share of the batch
to each worker of a Dask cluster, waits for all gradients, and changes the weights here,
in one place (synchronous data-parallel training: Dean et al., Large scale distributed
deep networks, 2012; Goyal et al., Accurate, large minibatch SGD, 2017).

What a worker computes depends on what it is sent and on nothing else. So when one dies,
Dask lets another one compute the same share, and no step is lost or counted twice.

The result is that of one process, up to rounding: sums have another order. Two layers
are different. Batch norm normalises each share by its own mean and variance, as in
PyTorch's DistributedDataParallel, and dropout draws other numbers.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg
from tinygraph.command_line import tell

from .clipping import clip_gradients
from .layers import Dropout
from .layers.tree import parameters, tensors, walk
from .losses import Loss
from .rules import SettingsError
from .training import count_correct, finite, total_error

MOST_WORKERS = 4096
SECONDS_TO_CONNECT = 20
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Share:
    """What one worker has found for its share of a batch.

    `weight` is what the share counts in the mean over the batch; `state` has the
    tensors that are no parameters, such as the running means of batch norm.
    """

    weight: float
    error: float
    correct: int
    gradients: Arrays
    state: Arrays


def compute_share(
    network: Any, images: NDArray[Any], targets: NDArray[Any], loss: Loss, seed: Any
) -> Share:
    """The gradients of a network for a share of a batch; `seed` is for dropout.

    Workers call this with copies of their own, and a worker may call it more than once.
    """
    for generator in generators_of_dropout(network):
        generator.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    with tg.threads(1), np.errstate(over="ignore", invalid="ignore"):
        error, output = total_error(network, images, targets, loss)
        error.backward()
    trained = parameters(network)
    others = {n: t.data for n, t in tensors(network).items() if not t.requires_grad}
    return Share(
        weight=loss.weight(targets),
        error=error.item(),
        correct=count_correct(output, targets),
        gradients={n: t.grad for n, t in trained.items() if t.grad is not None},
        state=others,
    )


class ClusterStep:
    """`train_step` whose gradients come from the workers of a Dask cluster.

    `client` is a `distributed.Client`. A batch is divided into `shares`, by default one
    for each worker that the cluster has now: the same number of shares gives the same
    bits, however many workers compute them. For `nets.fit`.

    >>> from nets import slide_cnn
    >>> network = slide_cnn(np.random.default_rng(0))
    >>> optimizer = tg.optimize.SGD(network.parameters(), lr=0.01)
    >>> images, targets = np.ones((3, 3, 32, 32), np.float32), np.eye(4)[[0, 1, 2]]
    >>> class Here:  # a cluster of one process
    ...     def submit(self, function, *arguments, **options):
    ...         return function(*arguments)
    ...     def gather(self, found):
    ...         return found
    >>> loss, correct = ClusterStep(Here(), shares=2)(
    ...     network, optimizer, images, targets)
    >>> 0 < loss < 1
    True
    """

    def __init__(self, client: Any, shares: int | None = None) -> None:
        self.client = client
        self.shares = len(client.ncores()) if shares is None else shares
        if self.shares < 1:
            raise SettingsError("the cluster has no workers: start some, then train")

    def __call__(
        self,
        network: Any,
        optimizer: tg.optimize.Optimizer,
        images: NDArray[Any],
        targets: NDArray[Any],
        loss: str | Loss = "mse",
        clip: float | None = None,
    ) -> tuple[float, int]:
        """Take one step of gradient descent, as `train_step` does."""
        loss = Loss(loss) if isinstance(loss, str) else loss
        optimizer.zero_grad()
        shares = self.compute(network, images, targets, loss)
        total = sum(share.weight for share in shares) or 1.0
        weights = [share.weight / total for share in shares]
        error = finite(weighted(weights, [s.error for s in shares]), optimizer)
        for name, tensor in tensors(network).items():
            if name in shares[0].gradients:
                found = [share.gradients[name] for share in shares]
                tensor.grad = weighted(weights, found).astype(tensor.dtype)
            elif name in shares[0].state:
                found = [share.state[name] for share in shares]
                tensor.data = weighted(weights, found).astype(tensor.dtype)
        if clip is not None:
            clip_gradients(optimizer.parameters, clip)
        optimizer.step()
        return error, sum(share.correct for share in shares)

    def compute(
        self, network: Any, images: NDArray[Any], targets: NDArray[Any], loss: Loss
    ) -> list[Share]:
        """The shares of a batch, in order, each computed by a worker."""
        count = min(self.shares, len(images))
        keys = [int(g.integers(2**63)) for g in generators_of_dropout(network)]
        parts = zip(
            np.array_split(images, count), np.array_split(targets, count), strict=True
        )
        submit = self.client.submit
        waiting = [
            submit(compute_share, network, *part, loss, [*keys, place], pure=False)
            for place, part in enumerate(parts)
        ]
        found: list[Share] = self.client.gather(waiting)
        return found


def results(
    client: Any, function: Callable[..., Any], inputs: Sequence[Any], common: Any
) -> Iterator[tuple[int, Any]]:
    """The place of each input and `function(input, common)`, as workers return them."""
    from distributed import as_completed

    there = client.submit(lambda: common, pure=False)  # made again if a worker dies
    waiting = [client.submit(function, given, there, pure=False) for given in inputs]
    places = {future.key: place for place, future in enumerate(waiting)}
    for future in as_completed(waiting):
        yield places[future.key], future.result()


def weighted(weights: Sequence[float], found: Sequence[Any]) -> Any:
    """Σ weight · value, in the order of the shares.

    >>> weighted([0.25, 0.75], [1.0, 3.0])
    2.5
    """
    return sum(weight * value for weight, value in zip(weights, found, strict=True))


def generators_of_dropout(network: Any) -> list[np.random.Generator]:
    """The generators of a network's layers of dropout, each once."""
    layers = [part for _, part in walk(network) if isinstance(part, Dropout)]
    return list(
        {id(layer.rng): layer.rng for layer in layers if layer.training}.values()
    )


@contextmanager
def connected(workers: int | None, address: str | None = None) -> Iterator[Any]:
    """The client of `workers` new processes, or of the cluster at an address.

    Raises `SettingsError` for an impossible number, for an address where no cluster
    answers, and where Dask is not installed.
    """
    if workers is not None and not 1 <= workers <= MOST_WORKERS:
        raise SettingsError(
            f"workers is {workers}: give a whole number from 1 to {MOST_WORKERS}."
        )
    try:
        import dask
        from distributed import Client
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{error.name} is missing, which several workers need: "
            f"python -m pip install 'tinygraph[cluster]'"
        ) from None
    quiet = {"distributed.admin.large-graph-warning-threshold": "1GB"}
    with dask.config.set(quiet), started(workers) as own:
        try:
            client = Client(own or address, timeout=SECONDS_TO_CONNECT)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"no cluster answers at {address!r} ({error}): start one with `dask "
                f"scheduler` and `dask worker`, or give --workers."
            ) from None
        with client:
            yield client


@contextmanager
def started(workers: int | None) -> Iterator[str | None]:
    """The address of a cluster of new processes on this computer; None for no workers.

    They have a session of their own, so that Ctrl-C, which this process handles, does
    not reach them. They end when the pipe from this process is closed: with the
    context, or with the process, whatever ends it.
    """
    if workers is None:
        yield None
        return
    code = f"from nets.cluster import serve; serve({workers})"
    path = os.pathsep.join(filter(None, sys.path))
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        with process.stdin:
            address = process.stdout.readline().strip()
            if not address:
                raise SettingsError("no workers start: what they say is above")
            yield address


def serve(workers: int) -> None:
    """Start workers, print their scheduler's address, and wait for the pipe's end."""
    import dask
    from distributed import LocalCluster

    # Dask lets workers return memory at once, and taking it again is a third of a step.
    dask.config.set({"distributed.nanny.pre-spawn-environ": ONE_THREAD})
    own_port = "127.0.0.1:0"  # of a dashboard: any that is free
    options = {
        "threads_per_worker": 1,
        "memory_limit": 0,
        "dashboard_address": own_port,
    }
    with LocalCluster(n_workers=workers, silence_logs=logging.ERROR, **options) as own:
        tell(own.scheduler_address)
        sys.stdin.read()
