"""What stands on a picture: boxes for values, or for whole layers, and their uses.

Boxes are numbered from 0 in recording order, so the same computation gives the same
picture, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..errors import ArgumentError
from ..graph import Graph
from .box import Content, layer_box, printable, title_of, value_box
from .cost import Cost, layer_cost_box, together, value_cost_box

NO_COSTS: Mapping[int, Cost] = {}
LEAVES = {"parameter", "input", "constant"}


class Use(NamedTuple):
    """One use of a value by an operation: an arrow."""

    id: str  # "e3_1": the second argument of the value in box n3
    source: int  # the box that it comes from


@dataclass
class Box:
    """A value, or a layer whose values are not shown one by one."""

    id: str
    title: str
    role: str
    scope: str
    uses: list[Use]
    label: str = ""
    cost: Cost | None = None  # shown instead of numbers, where it is known

    @property
    def leaf(self) -> bool:
        """Whether no operation made it."""
        return not self.uses


@dataclass
class Sheet:
    """The boxes of a picture by node, and where to find the values that have none."""

    boxes: dict[int, Box]
    box_of: dict[int, str]  # for each node, the id of the box that shows it
    arrow_of: dict[str, str] = field(default_factory=dict)  # uses drawn as another one
    names: dict[int, str] = field(default_factory=dict)  # a name of its own for each

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
) -> Sheet:
    """The boxes for a graph, or for what one of its values was made of.

    Gradients are the graph's own unless others are given.  Values whose cost is known
    show that instead of numbers and gradients.
    """
    nodes = graph.drawing_order()
    if output_node is not None:
        nodes = graph.ancestors_of(output_node)
    if gradients is None:
        gradients = {node: graph.at(node).grad for node in nodes}
    users = users_of(graph, nodes)
    scopes = {node: home(graph, node, users[node]) for node in nodes}
    names = unique_names(graph, scopes)
    total = together(costs[node] for node in nodes if node in costs).time
    boxes: dict[int, Box] = {}
    for number, node in enumerate(nodes):
        role = role_of(graph, node, users[node])
        uses = [
            Use(f"e{number}_{position}", source)
            for position, source in enumerate(graph.at(node).inputs)
        ]
        cost = costs.get(node)
        if cost is None:
            label = value_box(graph, node, role, gradients.get(node))
        else:
            label = value_cost_box(graph, node, role, cost, total)
        boxes[node] = Box(
            f"n{number}", names[node], role, scopes[node], uses, label, cost
        )
    return Sheet(boxes, {node: box.id for node, box in boxes.items()}, {}, names)


def closed(whole: Sheet, depth: int) -> Sheet:
    """The same sheet with one box for each scope that stands inside `depth` others.

    Raises ArgumentError for a depth that is no number of scopes.
    """
    if not isinstance(depth, int) or depth < 0:
        raise ArgumentError(f"`depth` is {depth!r}: give a whole number, 0 or more")
    layer_of = {
        node: "/".join(parts[: depth + 1])
        for node, box in whole.boxes.items()
        if len(parts := box.scope.split("/") if box.scope else []) > depth
    }
    members: dict[str, list[int]] = {}
    for node, layer in layer_of.items():
        members.setdefault(layer, []).append(node)
    first = {node: members[layer][0] for node, layer in layer_of.items()}
    result = Sheet({}, {}, {}, whole.names)
    total = cost_of(whole.boxes.values())
    for node, box in whole.boxes.items():
        if first.get(node, node) == node:
            result.boxes[node] = box
        if node in first and first[node] == node:
            inside = [whole.boxes[member] for member in members[layer_of[node]]]
            result.boxes[node] = merged(layer_of[node], inside, box.id, total)
        result.box_of[node] = result.boxes[first.get(node, node)].id
    for node, box in result.boxes.items():
        box.uses = joined(box.uses, node, first, result)
    return result


def merged(path: str, inside: list[Box], id: str, total: Cost | None) -> Box:
    """One box for all those of a layer, on a sheet that costs `total`."""
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
    return Box(id, path, role, outer, uses, label, cost)


def cost_of(boxes: Iterable[Box]) -> Cost | None:
    """What several boxes cost together; None where nothing is known."""
    costs = [box.cost for box in boxes if box.cost is not None]
    return together(costs) if costs else None


def joined(
    uses: list[Use], node: Any, first: Mapping[int, int], sheet: Sheet
) -> list[Use]:
    """The uses from other boxes, of which a layer has one for each box."""
    kept: dict[Any, Use] = {}
    for use in uses:
        source = first.get(use.source, use.source)
        together = node in first or source != use.source
        use_here = kept.setdefault(source if together else use.id, Use(use.id, source))
        if source == node:
            sheet.arrow_of[use.id] = ""
        elif use_here.id != use.id:
            sheet.arrow_of[use.id] = use_here.id
    return [use for use in kept.values() if use.source != node]


def users_of(graph: Graph, nodes: list[int]) -> dict[int, list[int]]:
    """For each value the operations that use it, once for each use."""
    users: dict[int, list[int]] = {node: [] for node in nodes}
    for node in nodes:
        for used in graph.at(node).inputs:
            users[used].append(node)
    return users


def role_of(graph: Graph, node: Any, users: list[int]) -> str:
    """What kind of value it is: a result that nothing uses is an output."""
    at = graph.at(node)
    if at.primitive is None and not at.inputs:
        return at.op if at.op in LEAVES else "constant"
    return "value" if users else "output"


def home(graph: Graph, node: Any, users: list[int]) -> str:
    """The scope that a value is drawn in.

    Inputs come from outside.  Another leaf belongs to all who use it, so it stands in
    the innermost scope that holds them all.
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
    return {node: home(graph, node, users[node]) for node in nodes}


def names_of(graph: Graph, nodes: list[int]) -> dict[int, str]:
    """A name for each of the nodes, as pictures and traces call them."""
    return unique_names(graph, scopes_of(graph, nodes))


def unique_names(graph: Graph, scopes: dict[int, str]) -> dict[int, str]:
    """A name for each value that no other has: conv1/relu, conv1.w, add, add 2."""
    names: dict[int, str] = {}
    taken: dict[str, int] = {}
    for node, scope in scopes.items():
        title = title_of(graph, node)
        said = not scope or title.startswith(f"{scope.rpartition('/')[2]}.")
        name = first = title if said else printable(f"{scope}/{title}")
        while name in taken:
            taken[first] += 1
            name = f"{first} {taken[first]}"
        taken[name] = 1
        names[node] = name
    return names
