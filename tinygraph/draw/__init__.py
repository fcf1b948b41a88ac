"""Pictures of what was recorded: every value a box, every use of a value an arrow."""

from __future__ import annotations

from ..errors import DrawingError
from ..graph import Graph, Value
from .dot import ancestors, source
from .picture import Picture


def draw(value: Value | Graph) -> Picture:
    """A picture of how a tensor was computed, or of a whole graph.

    A tensor is drawn with everything that it was made of, and nothing else.  After a
    backward pass the boxes show the gradients too.

    Raises DrawingError for anything that is neither a tensor nor a graph.

    >>> import tinygraph as tg
    >>> x = tg.Tensor(3.0, requires_grad=True, name="x")
    >>> draw(x * x + 1)
    Picture(boxes=4)
    """
    if isinstance(value, Graph):
        graph = value.current()
        return Picture(source(graph), len(graph))
    if not isinstance(value, Value):
        raise DrawingError(
            f"draw: got {type(value).__name__}, which nothing was recorded for: "
            f"pass a tensor, or the graph of one"
        )
    graph = value.graph or only(value)
    return Picture(source(graph, value.node), len(ancestors(graph, value.node)))


def only(leaf: Value) -> Graph:
    """A graph of one leaf, for a tensor that no operation was recorded on."""
    graph = Graph()
    role = "parameter" if leaf.requires_grad else "input"
    graph._add_leaf(leaf.node, leaf._data, role, "", leaf)
    graph._node[leaf.node]["grad"] = leaf._grad
    return graph
