"""A recorded graph in DOT, the language of Graphviz.

Values flow from top to bottom.  What an operation goes on with stands above it, on a
straight line, the trunk; leaves that only this operation uses stand beside it:

              x
              ↓
        W  → linear ←  b

Boxes are numbered from 0 in recording order, so the same computation gives the same
text, byte for byte.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ..graph import Graph
from .box import GREY, INK, box, one_line, printable, title_of

HEADER = f"""digraph {{
graph [rankdir=TB newrank=true bgcolor=transparent nodesep=0.3 ranksep=0.34]
graph [fontname=Arial fontsize=10 fontcolor="{GREY}" labeljust=l]
node [shape=plain fontname=Arial fontsize=11 fontcolor="{INK}"]
edge [color="#8a8f98" arrowsize=0.6 penwidth=1.2]"""
CLUSTER = 'style="rounded,filled" color="#d0d7de" fillcolor="#f6f8fa" margin=10'


@dataclass
class Cluster:
    """The boxes of a scope, and the scopes inside it."""

    boxes: list[str] = field(default_factory=list)
    inside: dict[str, Cluster] = field(default_factory=dict)

    def at(self, path: str) -> Cluster:
        """The cluster of a scope such as "block/conv1", made where it is missing."""
        cluster = self
        for part in path.split("/") if path else []:
            cluster = cluster.inside.setdefault(part, Cluster())
        return cluster

    def lines(self, path: str = "") -> Iterator[str]:
        """The statements that draw it."""
        yield from self.boxes
        for part, cluster in self.inside.items():
            label = quoted(html.escape(one_line(part)))
            inner = f"{path}/{part}" if path else part
            yield f"subgraph {quoted(f'cluster_{inner}')} {{"
            yield f"graph [label={label} {CLUSTER}]"
            yield from cluster.lines(inner)
            yield "}"


def source(graph: Graph, output_node: int | None = None) -> str:
    """The DOT text of a graph, or of what one of its values was made of.

    >>> import tinygraph as tg
    >>> x = tg.Tensor(3.0, requires_grad=True, name="x")
    >>> print(source((x * x).graph).splitlines()[-2])
    "x" -> "multiply" [id="e1_1" weight=8]
    """
    nodes = list(graph._node)
    if output_node is not None:
        nodes = graph.ancestors_of(output_node)
    users = users_of(graph, nodes)
    scopes = {node: home(graph, node, users[node]) for node in nodes}
    names = unique_names(graph, scopes)
    everything = Cluster()
    for number, node in enumerate(nodes):
        role = role_of(graph, node, users[node])
        everything.at(scopes[node]).boxes.append(
            f'{names[node]} [id="n{number}" class="{role}" '
            f"label={box(graph, node, role)}]"
        )
    rows, others = arrows(graph, users, names)
    # Rows that come first keep their order, whatever else is drawn.
    lines = [HEADER, *rows, *everything.lines(), *others, "}"]
    return "\n".join(lines) + "\n"


def users_of(graph: Graph, nodes: list[int]) -> dict[int, list[int]]:
    """For each value the operations that use it, once for each use."""
    users: dict[int, list[int]] = {node: [] for node in nodes}
    for node in nodes:
        for used in graph._node[node].inputs:
            users[used].append(node)
    return users


def role_of(graph: Graph, node: int, users: list[int]) -> str:
    """What kind of value it is: a result that nothing uses is an output."""
    if is_leaf(graph, node):
        return graph._node[node].op
    return "value" if users else "output"


def is_leaf(graph: Graph, node: int) -> bool:
    """Whether no operation made a value."""
    return graph._node[node].primitive is None


def home(graph: Graph, node: int, users: list[int]) -> str:
    """The scope that a value is drawn in.

    Inputs come from outside.  Another leaf belongs to all who use it, so it stands in
    the innermost scope that holds them all.
    """
    if graph._node[node].op == "input":
        return ""
    if not is_leaf(graph, node) or not users:
        return graph._node[node].scope
    paths = [graph._node[user].scope.split("/") for user in users]
    common = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return "/".join(common)


def unique_names(graph: Graph, scopes: dict[int, str]) -> dict[int, str]:
    """A quoted name for each box, which readers see under the pointer: conv1/relu."""
    names: dict[int, str] = {}
    taken: dict[str, int] = {}
    for node, scope in scopes.items():
        title = title_of(graph, node)
        name = first = f"{scope}/{title}" if scope else title
        while name in taken:
            taken[first] += 1
            name = f"{first} {taken[first]}"
        taken[name] = 1
        names[node] = quoted(name)
    return names


def quoted(text: str) -> str:
    """A text as DOT writes it."""
    return '"' + printable(text).replace('"', '\\"') + '"'


class Place(NamedTuple):
    """What stands around an operation: one argument above, leaves at its sides."""

    above: int
    left: int | None
    right: int | None


def place_of(
    graph: Graph, node: int, users: dict[int, list[int]], depth: dict[int, int]
) -> Place:
    """Where the arguments of an operation stand, of which it alone uses the leaves.

    A single leaf stands on the right, unless it is a parameter or comes before what
    stands above, as in `2 * x`.  Leaves that find no place at a side stand above too.
    """
    arguments = graph._node[node].inputs
    above = trunk(graph, arguments, depth)
    leaves = [
        used
        for used in arguments
        if used != above and is_leaf(graph, used) and len(users[used]) == 1
    ]
    if len(leaves) > 1:
        return Place(above, leaves[0], leaves[1])
    if not leaves:
        return Place(above, None, None)
    leaf = leaves[0]
    early = arguments.index(leaf) < arguments.index(above)
    if early or graph._node[leaf].op == "parameter":
        return Place(above, leaf, None)
    return Place(above, None, leaf)


def trunk(graph: Graph, arguments: list[int], depth: dict[int, int]) -> int:
    """The argument that an operation goes on with: the result with the longest past.

    Of leaves it is the first input, or else the first argument.
    """
    results = [used for used in arguments if not is_leaf(graph, used)]
    if results:
        return max(results, key=depth.__getitem__)
    given = [used for used in arguments if graph._node[used].op == "input"]
    return (given or arguments)[0]


def depths(graph: Graph, nodes: Iterable[int]) -> dict[int, int]:
    """How many operations lie one after another on the longest way to each value."""
    depth: dict[int, int] = {}
    for node in nodes:
        past = [depth[used] + 1 for used in graph._node[node].inputs]
        depth[node] = max(past, default=0)
    return depth


def arrows(
    graph: Graph, users: dict[int, list[int]], names: dict[int, str]
) -> tuple[list[str], list[str]]:
    """One arrow for each use of a value: rows of those from the sides, and the others.

    An arrow in a row points to the right, so what comes from there is drawn backwards.
    """
    depth = depths(graph, names)
    rows, others = [], []
    for number, node in enumerate(names):
        if is_leaf(graph, node):
            continue
        place, row = place_of(graph, node, users, depth), []
        for position, used in enumerate(graph._node[node].inputs):
            tail, head, style = names[used], names[node], f'id="e{number}_{position}"'
            if used == place.right:
                row.append(f"{head} -> {tail} [{style} dir=back]")
            elif used == place.left:
                row.append(f"{tail} -> {head} [{style}]")
            else:
                if used == place.above:
                    style += " weight=8"
                elif 0 < depth[used] < depth[node] - 1:
                    style += " tailport=se headport=ne"  # round what lies between
                others.append(f"{tail} -> {head} [{style}]")
        if row:
            rows.append(f"{{rank=same; {'; '.join(row)}}}")
    return rows, others
