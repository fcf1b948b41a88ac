"""The page of a network that can be touched, as one file; it computes by itself.

**What it is.** The network of the slides as it looks, from left to right: image,
filters, maps, vectors, softmax, target, error. The page has the weights of a run and
some pictures. The browser computes all else, also after the reader has changed a pixel,
a weight, the target or the learning rate, so nothing on it can be out of date.

**What it consists of.** `contents` collects what only Python knows, and `page` puts it
into `page.html`, with `page.css` and the scripts, each of which knows those before it:

    network.js         forward, error, all gradients and gradient descent; no page
    contributions.js   for one element of anything, the products that made it; no page
    elements.js        making and changing elements; numbers and formulas as text
    pictures.js        maps, filters and vectors on canvases
    state.js           what the reader has chosen, and all values that follow
    diagram.js         the network as it looks, built once
    painting.js        the network repainted, with outlines of what made a number
    timeline.js        the slides' five steps, forward and back, in small ones
    words.js           a step in words, with the formula of its VJP
    why.js             the panel: where the number under the pointer comes from
    training.js        many steps, the curve of the error, and the way back through them
    controls.js        pictures, drawing, target, weights, what if; keys

**Operations.** They are those that tinygraph records for one picture, with their names:
so the page shows the operations of the engine, with the formulas of their VJPs and the
lines in `tinygraph/ops` where these are. A network with another operation than those of
`network.js` is refused.
"""

from __future__ import annotations

import base64
import html
import inspect
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg

from ..data import Dataset
from ..layers.tree import evaluating
from ..run import Run
from ..settings import SettingsError

HERE = Path(__file__).parent
SCRIPTS = (
    *("network", "contributions", "elements", "pictures", "state", "diagram"),
    *("painting", "timeline", "words", "why", "training", "controls"),
)
KNOWN = (
    *("conv2d", "linear", "relu", "sigmoid", "tanh", "max_pool2d", "avg_pool2d"),
    *("softmax", "reshape"),
)
INSTEAD = ("relu", "sigmoid", "tanh")  # activation functions to try
PLAIN = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}  # of a convolution
LARGEST_PAGE = 1_500_000  # bytes
LR = 0.01  # learning rate of steps with one picture


def page(run: Run, pictures: Dataset, first: int = 0) -> str:
    """The page of a run's network with some pictures, beginning with number `first`.

    Raises `SettingsError` for a network with operations that the page does not know,
    and for one that is too large for a page.
    """
    known = json.dumps(contents(run, pictures, first), allow_nan=False)
    text = Template(file_text("page.html")).substitute(
        title=html.escape(f"The network that tells {listed(run.classes)} apart"),
        style=file_text("page.css"),
        script="\n".join(file_text(f"{name}.js") for name in SCRIPTS),
        data=known.replace("<", "\\u003c"),
    )
    if (size := len(text.encode())) > LARGEST_PAGE:
        raise SettingsError(
            f"the page would have {size / 1e6:.1f} MB, of {LARGEST_PAGE / 1e6:.1f} at "
            f"most: give a run with fewer weights or smaller pictures."
        )
    return text


@cache
def file_text(name: str) -> str:
    """A file next to this one."""
    return (HERE / name).read_text(encoding="utf-8")


def listed(names: tuple[str, ...]) -> str:
    """Names in a row.

    >>> listed(("dog", "cat", "boat")), listed(("dog",))
    ('dog, cat and boat', 'dog')
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def contents(run: Run, pictures: Dataset, first: int = 0) -> dict[str, Any]:
    """All that the scripts read: operations, pictures, classes, formulas."""
    graph = recorded(run)
    return {
        "classes": run.classes,
        "lr": LR,
        "shape": run.example.shape[1:],
        "operations": [*operations(run, graph)],
        "standardisation": {
            "mean": run.standardise.mean.tolist(),
            "deviation": run.standardise.deviation.tolist(),
        },
        "pictures": packed(pictures.images),
        "labels": pictures.labels.tolist(),
        "first": first,
        "vjps": vjps(graph),
    }


def recorded(run: Run) -> tg.Graph:
    """The graph of the slides' error for the run's example."""
    image = tg.Tensor(run.standardise(run.example), requires_grad=True, name="image")
    target = np.eye(len(run.classes), dtype=np.float32)[[run.example_label]]
    with evaluating(run.network), run.in_use():
        graph = tg.mse(run.network(image), target).graph
    assert graph is not None
    return graph


def operations(run: Run, graph: tg.Graph) -> Iterator[dict[str, Any]]:
    """The operations between the picture and the error, in order."""
    require_known(run, graph)
    for node in calls(graph)[:-1]:
        at = graph.at(node)
        source, *weights = [graph.at(used) for used in at.inputs]
        operation: dict[str, Any] = {
            "kind": at.op,
            "group": at.scope,
            "input": source.shape[1:],
            "output": at.shape[1:],
        }
        if "kernel" in at.params:
            operation["kernel"] = at.params["kernel"]
        if weights:
            w, b = (np.asarray(weight.value, np.float32) for weight in weights)
            operation |= {"wShape": w.shape, "w": packed(w), "b": packed(b)}
        yield operation


def calls(graph: tg.Graph) -> list[int]:
    """The nodes of a graph that an operation made, in the order of the forward pass."""
    return [node for node in graph if graph.at(node).inputs]


def require_known(run: Run, graph: tg.Graph | None = None) -> None:
    """Raise `SettingsError` unless the page can compute a run's network."""
    graph = recorded(run) if graph is None else graph
    for node in calls(graph)[:-1]:
        at = graph.at(node)
        odd = [
            name
            for name, usual in PLAIN.items()
            if at.params.get(name) not in (None, usual, (usual, usual))
        ]
        if at.op not in KNOWN or (at.op == "conv2d" and odd):
            what = f"{at.op} with another {odd[0]}" if at.op in KNOWN else at.op
            raise SettingsError(
                f"network is {run.settings.network}, which has {what}, and the page "
                f"cannot compute that: give a run of slide, lenet5 or mlp."
            )


def packed(array: NDArray[Any]) -> str:
    """The bytes of an array in base64, those of a number in ascending order."""
    small = array.astype(array.dtype.newbyteorder("<"))
    return base64.b64encode(np.ascontiguousarray(small).tobytes()).decode()


def vjps(graph: tg.Graph) -> dict[str, list[dict[str, Any]]]:
    """Formula, file and line of each operation's VJPs, and of those to try instead."""
    primitives = {graph.at(node).op: graph.at(node).primitive for node in calls(graph)}
    primitives |= {name: getattr(tg, name) for name in INSTEAD}
    return {name: [*described(each)] for name, each in primitives.items()}


def described(primitive: Any) -> Iterator[dict[str, Any]]:
    """The VJPs of an operation, one for each argument."""
    for position, formula in enumerate(primitive.formulas):
        code = inspect.unwrap(primitive.vjp_at(position)).__code__
        path = Path(code.co_filename)
        yield {
            "formula": mathml(formula),
            "file": f"tinygraph/{path.parent.name}/{path.name}",
            "line": code.co_firstlineno,
            "source": source_of(primitive.vjp_at(position)),
        }


def source_of(vjp: Any) -> str:
    """The line in which a VJP computes its result, or begins."""
    lines, _ = inspect.getsourcelines(vjp)
    returned = [line.strip() for line in lines if line.strip().startswith("return ")]
    return (returned or [lines[0].strip()])[0].removeprefix("return ").rstrip(",")


def mathml(latex: str) -> str:
    """A formula for the browser."""
    from latex2mathml.converter import convert

    return str(convert(latex))
