"""The content of a picture: boxes for values or for whole layers, and their uses.

Boxes are numbered from 0 in recording order, so the same computation always gives the
same picture, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ..callers import SourceLine
from ..errors import ArgumentError
from ..graph import Graph
from .box import Content, graphviz_text, layer_box, title_of, value_box
from .cost import Cost, layer_cost_box, total_cost, value_cost_box

NO_COSTS: Mapping[int, Cost] = {}
NO_VARIABLES: Mapping[Any, str] = {}
LEAVES = {"parameter", "input", "constant"}


class Use(NamedTuple):
    """One use of a value by an operation: an arrow."""

    id: str  # "e3_1": the second argument of the value in box n3
    source: int  # the node of the box that it comes from


@dataclass(frozen=True)
class Box:
    """A value, or a layer whose values are not shown separately."""

    id: str
    title: str
    role: str
    scope: str
    uses: list[Use]
    label: str = ""
    cost: Cost | None = None  # shown instead of numbers, if it is known
    line: str = ""  # of the user's code that recorded the value, if it is known

    @property
    def leaf(self) -> bool:
        """Whether it is not the result of an operation."""
        return not self.uses


@dataclass(frozen=True)
class Sheet:
    """The boxes of a picture by node, and where values without a box are shown."""

    boxes: dict[int, Box]
    box_of: dict[int, str]  # for each node, the id of the box that shows it
    arrow_of: dict[str, str] = field(default_factory=dict)  # for uses drawn as another
    names: dict[int, str] = field(default_factory=dict)  # a unique one for each node

    @property
    def layers(self) -> dict[str, str]:
        """The id of the frame around each scope, the outer ones before the inner."""
        paths: dict[str, str] = {}
        for box in self.boxes.values():
            parts = box.scope.split("/") if box.scope else []
            for end in range(1, len(parts) + 1):
                paths.setdefault("/".join(parts[:end]), f"layer{len(paths)}")
        return paths


def sheet(
    graph: Graph,
    output_node: Any | None = None,
    gradients: Mapping[int, Any] | None = None,
    costs: Mapping[int, Cost] = NO_COSTS,
    variables: Mapping[Any, str] = NO_VARIABLES,
) -> Sheet:
    """The boxes for a graph, or for what one of its values was computed from.

    Gradients are those in the graph unless others are given. Values whose cost is
    known show that instead of numbers and gradients. `variables` has names for values
    that have none.
    """
    nodes = graph._order_if_any()
    if output_node is not None:
        nodes = graph.ancestors_of(output_node)
    if gradients is None:
        gradients = {node: graph.at(node).grad for node in nodes}
    users = users_of(graph, nodes)
    scopes = {node: scope_of(graph, node, users[node]) for node in nodes}
    names = unique_names(graph, scopes, variables)
    total = total_cost(costs[node] for node in nodes if node in costs).time
    boxes: dict[int, Box] = {}
    for number, node in enumerate(nodes):
        role = role_of(graph, node, users[node])
        uses = [
            Use(f"e{number}_{position}", source)
            for position, source in enumerate(graph.at(node).inputs)
        ]
        cost = costs.get(node)
        if cost is None:
            gradient, variable = gradients.get(node), variables.get(node)
            label = value_box(graph, node, role, gradient, variable)
        else:
            label = value_cost_box(graph, node, role, cost, total)
        line = line_in_words(graph.at(node).source_line)
        boxes[node] = Box(
            f"n{number}", names[node], role, scopes[node], uses, label, cost, line
        )
    return Sheet(boxes, {node: box.id for node, box in boxes.items()}, {}, names)


def line_in_words(line: SourceLine | None) -> str:
    """A line of a user's code and where it is; empty if it is not known."""
    if line is None:
        return ""
    return f"{line.where}: {line.text}" if line.text else line.where


def closed(whole: Sheet, depth: int) -> Sheet:
    """The sheet with one box for each scope that is nested `depth` deep.

    Raises ArgumentError unless the depth is a whole number, 0 or more.
    """
    if not isinstance(depth, int) or depth < 0:
        raise ArgumentError(f"`depth` is {depth!r}: give a whole number, 0 or more")
    return with_layers_closed(whole, layers_at(whole, depth))


def with_layers_closed(whole: Sheet, layers: Mapping[str, list[int]]) -> Sheet:
    """The sheet with one box for the nodes of each layer."""
    drawn_as = {node: inside[0] for inside in layers.values() for node in inside}
    boxes = {n: box for n, box in whole.boxes.items() if drawn_as.get(n, n) == n}
    total = cost_of(whole.boxes.values())
    for path, inside in layers.items():
        boxes[inside[0]] = layer(path, [whole.boxes[node] for node in inside], total)
    arrow_of: dict[str, str] = {}
    for node, box in boxes.items():
        boxes[node] = replace(box, uses=merge_uses(box.uses, node, drawn_as, arrow_of))
    box_of = {node: boxes[drawn_as.get(node, node)].id for node in whole.boxes}
    return Sheet(boxes, box_of, arrow_of, whole.names)


def layers_at(whole: Sheet, depth: int) -> dict[str, list[int]]:
    """The nodes in each scope that is nested `depth` deep."""
    layers: dict[str, list[int]] = {}
    for node, box in whole.boxes.items():
        parts = box.scope.split("/") if box.scope else []
        if len(parts) > depth:
            layers.setdefault("/".join(parts[: depth + 1]), []).append(node)
    return layers


def layer(path: str, inside: list[Box], total: Cost | None) -> Box:
    """One box for all boxes of a layer, on a sheet that costs `total`."""
    outer, _, title = path.rpartition("/")
    uses = [use for box in inside for use in box.uses]
    role = "output" if any(box.role == "output" for box in inside) else "layer"
    content = Content(
        operations=sum(not box.leaf for box in inside),
        parameters=sum(box.role == "parameter" for box in inside),
    )
    cost = cost_of(inside)
    if cost is None or total is None:
        label = layer_box(title, content, role)
    else:
        label = layer_cost_box(title, content, role, cost, total.time)
    return Box(inside[0].id, path, role, outer, uses, label, cost)


def cost_of(boxes: Iterable[Box]) -> Cost | None:
    """The total cost of several boxes; None if it is unknown."""
    costs = [box.cost for box in boxes if box.cost is not None]
    return total_cost(costs) if costs else None


def merge_uses(
    uses: list[Use], node: int, drawn_as: Mapping[int, int], arrow_of: dict[str, str]
) -> list[Use]:
    """The uses from other boxes, with one arrow from or to a layer for each box.

    Uses without an arrow of their own are entered in `arrow_of`.
    """
    kept: dict[Any, Use] = {}
    for use in uses:
        source = drawn_as.get(use.source, use.source)
        between_layers = node in drawn_as or source != use.source
        key = source if between_layers else use.id
        drawn = kept.setdefault(key, Use(use.id, source))
        if source == node:
            arrow_of[use.id] = ""
        elif drawn.id != use.id:
            arrow_of[use.id] = drawn.id
    return [use for use in kept.values() if use.source != node]


def users_of(graph: Graph, nodes: list[int]) -> dict[int, list[int]]:
    """For each value the operations that use it, once for each use."""
    users: dict[int, list[int]] = {node: [] for node in nodes}
    for node in nodes:
        for used in graph.at(node).inputs:
            users[used].append(node)
    return users


def role_of(graph: Graph, node: Any, users: list[int]) -> str:
    """The role of a value: a result that nothing uses is an output."""
    at = graph.at(node)
    if at.primitive is None and not at.inputs:
        return at.op if at.op in LEAVES else "constant"
    return "value" if users else "output"


def scope_of(graph: Graph, node: Any, users: list[int]) -> str:
    """The scope that a value is drawn in.

    Inputs are drawn outside all scopes, and other leaves in the innermost scope that
    contains all operations that use them.
    """
    at = graph.at(node)
    if at.op == "input":
        return ""
    if at.primitive is not None or at.inputs or not users:
        return at.scope
    paths = [graph.at(user).scope.split("/") for user in users]
    common = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return "/".join(common)


def scopes_of(graph: Graph, nodes: list[int]) -> dict[int, str]:
    """The scope that each of the nodes is drawn in."""
    users = users_of(graph, nodes)
    return {node: scope_of(graph, node, users[node]) for node in nodes}


def names_of(
    graph: Graph, nodes: list[int], variables: Mapping[Any, str] = NO_VARIABLES
) -> dict[int, str]:
    """The name of each node in pictures and traces."""
    return unique_names(graph, scopes_of(graph, nodes), variables)


def unique_names(
    graph: Graph, scopes: dict[int, str], variables: Mapping[Any, str]
) -> dict[int, str]:
    """A unique name for each value: conv1/relu, conv1.w, add, add 2."""
    names: dict[int, str] = {}
    taken: dict[str, int] = {}
    for node, scope in scopes.items():
        title = title_of(graph, node, variables.get(node))
        said = not scope or title.startswith(f"{scope.rpartition('/')[2]}.")
        said = said or node in variables  # no two variables have the same name
        name = first = title if said else graphviz_text(f"{scope}/{title}")
        while name in taken:
            taken[first] += 1
            name = f"{first} {taken[first]}"
        taken[name] = 1
        names[node] = name
    return names
