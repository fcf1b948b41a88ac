"""Pictures of recorded graphs: each value is a box, each use of it an arrow."""

from __future__ import annotations

from ..errors import DrawingError
from ..graph import Graph
from ..tensor import Tensor
from .dot import dot_source
from .picture import Picture
from .sheet import Sheet, closed, sheet
from .variables import Variables, variable_names

__all__ = ["draw"]


def draw(
    value: Tensor | Graph,
    *,
    depth: int | None = None,
    variables: Variables = True,
) -> Picture:
    """A picture of how a tensor was computed, or of a whole graph.

    A tensor is drawn with everything that it was computed from, and nothing else.
    After a backward pass the boxes show the gradients too. With `depth`, each scope
    at that level of nesting is drawn as one box: `depth=0` has one for each outermost
    scope, which is usually a layer. `tinygraph.profile` draws what each box costs.

    A value without a name has that of the variable that holds it where `draw` is
    called; `variables=False` shows its operation instead, and a dictionary such as
    `locals()` has the variables to look at.

    Raises DrawingError for anything that is neither a tensor nor a graph.

    >>> import tinygraph as tg
    >>> x = tg.Tensor(3.0, requires_grad=True, name="x")
    >>> draw(x * x + 1)
    Picture(boxes=4)
    """
    if isinstance(value, Graph):
        graph, node = value._current(), None
    elif isinstance(value, Tensor):
        graph, node = value.graph or graph_of_leaf(value), value.node
    else:
        raise DrawingError(
            f"draw: got {type(value).__name__}: pass a tensor, or the graph of one"
        )
    names = variable_names(graph, variables)
    return picture_of(sheet(graph, node, variables=names), depth)


def picture_of(drawn: Sheet, depth: int | None) -> Picture:
    """The picture of a sheet, in which scopes nested `depth` deep are closed."""
    if depth is not None:
        drawn = closed(drawn, depth)
    return Picture(dot_source(drawn), len(drawn.boxes))


def graph_of_leaf(leaf: Tensor) -> Graph:
    """A graph of one leaf, for a tensor that is not in any graph."""
    graph = Graph()
    graph._tape.add_leaf(leaf, scope="")
    graph._tape.grad[leaf.node] = leaf._grad
    return graph
