"""Draw what each pass makes of a small graph: `python docs/pictures/passes.py`."""

from pathlib import Path

import numpy as np

import tinygraph as tg
from tinygraph.replaying import passes
from tinygraph.replaying.chains import with_chains_fused

HERE = Path(__file__).parent


def recorded() -> tuple[tg.Graph, int]:
    """The graph of the page, and the node of its result."""
    w = tg.Tensor([1.0, 2.0], requires_grad=True, name="w")

    @tg.replay
    def step(x: tg.Tensor) -> tg.Tensor:
        scale = np.sqrt(tg.Tensor(2.0))
        np.tanh(w * x)
        return w * x * scale + w * x

    step(tg.Tensor([0.5, -1.0], name="x"))
    graph = step.graph
    assert graph is not None
    return graph, list(graph)[-1]


def elementwise() -> tuple[tg.Graph, int]:
    """The graph of a chain of elementwise operations, and the node of its result."""
    v = tg.Tensor(np.ones((256, 256)), requires_grad=True, name="v")

    @tg.replay
    def step(x: tg.Tensor) -> tg.Tensor:
        y = v * x + 1.0
        return np.tanh(y) * y

    step(tg.Tensor(np.ones((256, 256)), name="x"))
    graph = step.graph
    assert graph is not None
    return graph, list(graph)[-1]


def main() -> None:
    """Write a picture of each graph, before and after each pass."""
    graph, result = recorded()
    tg.draw(graph).save(HERE / "pass-0-recorded.svg")
    for place, simplify in enumerate(passes.PASSES, start=1):
        graph = simplify(graph, {result})
        name = simplify.__name__.replace("_", "-")
        tg.draw(graph).save(HERE / f"pass-{place}-{name}.svg")
    graph, result = elementwise()
    tg.draw(graph).save(HERE / "fusion-before.svg")
    tg.draw(with_chains_fused(graph, {result})).save(HERE / "fusion-after.svg")


if __name__ == "__main__":
    main()
