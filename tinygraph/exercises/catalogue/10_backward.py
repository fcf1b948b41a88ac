"""Backward over a graph

An expression was recorded as a graph: each node is a number, and `loss` is one of the
nodes. Return {node: dL/dnode}, a dictionary with the gradient of the loss with respect
to every node. A node that the loss does not depend on has gradient 0, or is left out.

`graph` is a `networkx.MultiDiGraph`, with an edge from each parent to each node that
is computed from it. Its nodes are 0, 1, 2, ..., in no particular order, and have these
attributes:

    graph.nodes[node]["parents"]  the nodes that it is computed from, in order: twice x
                                  for x * x, none for a leaf
    graph.nodes[node]["vjp"]      vjp(g), with g = dL/dnode, returns a tuple: for each
                                  parent, in order, the contribution of this node to
                                  its gradient; vjp is linear in g
    graph.nodes[node]["value"]    the number itself, which you do not need
    graph.nodes[node]["name"]     its name in pictures

You choose the order in which you visit the nodes; any correct order is accepted. You
may import networkx and use its functions.
"""

import operator
from collections import Counter

import networkx as nx
import numpy as np

POINTS = 6
AFTER = ["08_matmul_vjp", "09_softmax_vjp"]
CORNERS = 6
IMPORTS = ["numpy", "networkx"]
HINTS = [
    "The gradient of the loss with respect to itself is 1. A node that is used twice "
    "gets a contribution from each use.",
    "A node may pass its gradient on only when it is complete: after all nodes that "
    "are computed from it. Which order of the nodes guarantees this?",
    "networkx sorts topologically, from the leaves to the results: go through that "
    "list backwards. Begin with gradient 1 for the loss and 0 for all other nodes, and "
    "add up.",
]


def backward(graph, loss):
    """graph: a networkx.MultiDiGraph; loss: a node. Return {node: gradient}."""
    grads = dict.fromkeys(graph, 0.0)
    grads[loss] = 1.0
    for node in reversed(list(nx.topological_sort(graph))):
        at = graph.nodes[node]
        for parent, part in zip(at["parents"], at["vjp"](grads[node]), strict=True):
            grads[parent] = grads[parent] + part
    return grads


def given(text, loss):
    """The graph of a text such as "x leaf 0.5;y sin x;z mul x y", and the loss.

    Nodes have numbers in the order of the text.
    """
    rules = {  # how a node is calculated, and its VJP
        "add": (lambda a, b: a + b, lambda g, a, b: (g, g)),
        "sub": (lambda a, b: a - b, lambda g, a, b: (g, -g)),
        "mul": (lambda a, b: a * b, lambda g, a, b: (g * b, g * a)),
        "sin": (lambda a: np.sin(a), lambda g, a: (g * np.cos(a),)),
    }

    def node_of(op, inputs, leaf):
        value, vjp = rules.get(op, (lambda: leaf, lambda g: ()))

        def called(g):
            return tuple(map(np.asarray, vjp(np.asarray(g, dtype=float), *inputs)))

        return {"value": float(value(*inputs)), "vjp": called}

    lines = [line.split() for line in text.split(";")]
    names = [name for name, *_ in lines]
    graph = nx.MultiDiGraph()
    for node, (name, op, *used) in enumerate(lines):
        value = float(used.pop()) if op == "leaf" else None
        parents = [names.index(parent) for parent in used]
        graph.add_node(node, name=name, op=op, parents=parents, value=value)
    for node, parents in list(graph.nodes(data="parents")):
        graph.add_edges_from((parent, node) for parent in sorted(parents))
    for node in nx.topological_sort(graph):
        at = graph.nodes[node]
        inputs = [graph.nodes[parent]["value"] for parent in at["parents"]]
        at.update(node_of(at["op"], inputs, at["value"]))
    return graph, loss


def explain(name, yours, right, text, loss):
    """The first wrong gradient on the way back from the loss: what should arrive."""
    graph, loss = given(text, loss)
    order = reversed(list(nx.lexicographical_topological_sort(graph)))
    node = next(n for n in order if not np.isclose(yours[n], right[n]))
    at = graph.nodes[node]
    said = f"{at['name']}, whose value is {at['value']:.4g}, has the gradient "
    said += f"{yours[node]:.4g} in your result. It should be {right[node]:.4g}"
    if node == loss:
        return f"{said}, because it is the loss."
    arriving = [
        (float(part), graph.nodes[user]["name"])
        for user in sorted(set(graph.successors(node)))
        for parent, part in _pairs(graph, user, right[user])
        if parent == node and right[user] != 0
    ]
    if not arriving:
        return f"{said}: the loss does not depend on it."
    sources = [f"{part:.4g} from {user}" for part, user in arriving]
    said += f": it gets {' + '.join(sources)}."
    same = [user for part, user in arriving if np.isclose(part, yours[node])]
    if not same or len(arriving) == 1:
        return said
    which = f"what it gets from {same[0]}" if len(same) == 1 else "one of these"
    return f"{said} Yours is only {which}."


def _pairs(graph, node, g, parents=None):
    """The parents of a node, or what is used instead, each with what it gets."""
    at = graph.nodes[node]
    used = at["parents"] if parents is None else parents(node)
    return list(zip(used, at["vjp"](g), strict=False))


CORNER_CASES = [  # the loss is L, and depends on the node of the last line
    # a diamond: u and z are used twice
    "x leaf 0.5;y leaf 1.2;z add x y;u sin z;v mul u z;w mul v u;L mul w z",
    # another one, whose numbers say nothing about the order
    "u sin z;L mul z w;z sub y x;x leaf -0.7;w mul u v;v mul z u;y leaf 0.4",
    # the same parent twice
    "b leaf 0.5;s mul a a;L add t t;a leaf 3.0;t mul s b",
    # addition hands the same number on to both of its parents
    "d mul a c;a leaf 1.5;c add a b;L sub f a;b leaf -2.0;f add d e;e mul b d",
    # nothing uses c; d and later are not on the way to the loss
    "c leaf 4.0;later mul L d;e mul a b;b leaf 1.7;d sin a;a leaf 0.3;L sin e",
    # ways of different lengths to the same nodes
    "f mul b e;b sin a;d sin c;L sub f a;a leaf 0.8;c mul b a;e add a d",
]


OTHER_CASES = [  # x and y are leaves, whose values are drawn
    "b sin a;e sub d d;y;c add y b;x;a mul y x;f mul d c;d sin a;L add e f",
    "c add b x;y;x;a mul y y;b add a a;d add c a;e sub b d;L mul b e",
    "x;y;c mul b a;e add d a;d add b b;a sub x y;b sub a x;L add c e",
    "b mul a x;d mul a c;c sin x;x;a sub y x;y;e add b d;f mul e b;L add c f",
    "y;c sin y;a sin x;x;e mul b d;b sub a y;f add b b;d mul c b;L sub e f",
    "f add e d;a sub y x;y;x;d sub a b;e sub a b;c sub x x;b sin y;L sub c f",
]


def cases(rng, k):
    lines = [*CORNER_CASES, *OTHER_CASES][k].split(";")
    for node, line in enumerate(lines):
        if line in ("x", "y"):
            value = rng.choice([-1.0, 1.0]) * rng.uniform(0.4, 1.4)
            lines[node] = f"{line} leaf {float(value)!r}"
    return ";".join(lines), [line.split()[0] for line in lines].index("L")


def wrong_overwrite(graph, loss):
    """You overwrite instead of adding up: a node that is used twice must get the sum of
    both contributions, but yours keeps only one of them."""
    return _swept(graph, loss, add=lambda old, new: new)


def wrong_overwrite_used_only(graph, loss):
    """You overwrite instead of adding up: a node that is used twice must get the sum of
    both contributions, but yours keeps only the last one."""
    return _swept(graph, loss, start=None, add=lambda old, new: new)


def wrong_breadth_first(graph, loss):
    """A node is processed before all nodes that use it: breadth-first is not a
    topological order. It goes wrong where paths of different lengths meet."""
    return _sent(graph, loss, 0)


def wrong_depth_first(graph, loss):
    """A node is processed before all nodes that use it: you pass a gradient on as soon
    as you first reach a node. Depth-first gives an order if you list the nodes as you
    *leave* them, and reverse that list."""
    grads, seen = {loss: 1.0}, set()

    def visit(node):
        seen.add(node)
        for parent, part in _pairs(graph, node, grads[node]):
            grads[parent] = grads.get(parent, 0.0) + part
        for parent in graph.nodes[node]["parents"]:
            if parent not in seen:
                visit(parent)

    visit(loss)
    return grads


def wrong_numbers(graph, loss):
    """You go through the nodes by their numbers, from the highest down. The numbers say
    nothing about the order: sort the graph topologically."""
    return _swept(graph, loss, sorted(graph, reverse=True))


def wrong_forward_order(graph, loss):
    """Only the parents of the loss get gradients. Do you go from the leaves to the
    loss, or stop after one step? The loss comes first, and the leaves come last."""
    return _swept(graph, loss, nx.topological_sort(graph))


def wrong_sent_again(graph, loss):
    """Gradients are sent several times: whenever a node gets a contribution, its whole
    gradient goes on to the parents, including what was sent before. Call each vjp once,
    when the gradient of its node is complete."""
    grads = {loss: 1.0}

    def send(node):
        for parent, part in _pairs(graph, node, grads[node]):
            grads[parent] = grads.get(parent, 0.0) + part
            send(parent)

    send(loss)
    return grads


def wrong_counted_once(graph, loss):
    """A parent that the same node uses twice, as in x * x, counts only once: both uses
    contribute to its gradient."""
    return _swept(graph, loss, of=lambda pairs, g: dict(pairs).items())


def wrong_predecessors(graph, loss):
    """You use a node's neighbours in the graph as its parents. They are in another
    order than the results of vjp, and x * x has only one neighbour: use "parents"."""
    return _swept(graph, loss, parents=lambda node: [*graph.predecessors(node)])


def wrong_shared(graph, loss):
    """You add with += to an array that several nodes share: addition passes the same
    array to both parents, and += changes it for both. Write a = a + b."""

    def add(old, new):
        return new if old is None else operator.iadd(old, new)

    return _swept(graph, loss, start=None, add=add)


def wrong_successors(graph, loss):
    """You use the successors of a node as its parents. They are computed from it: its
    gradient goes to what it is computed from, its "parents"."""
    return _swept(graph, loss, parents=lambda node: [*graph.successors(node)])


def wrong_seed_zero(graph, loss):
    """All gradients are 0: nothing starts at the loss, whose gradient with respect to
    itself is 1."""
    return dict.fromkeys(graph, 0.0)


def wrong_seed_value(graph, loss):
    """You start with the value of the loss. The gradient of the loss with respect to
    itself is 1."""
    value = graph.nodes[loss]["value"]
    return {node: value * grad for node, grad in backward(graph, loss).items()}


def wrong_leaves_only(graph, loss):
    """Only the leaves have gradients: return those of all other nodes too, including
    the loss."""
    grads = backward(graph, loss)
    return {node: grads[node] for node in graph if not graph.nodes[node]["parents"]}


def wrong_without_loss(graph, loss):
    """Only the gradient of the loss itself is missing: it is 1."""
    return {**backward(graph, loss), loss: 0.0}


def wrong_stack(graph, loss):
    """A node is processed before all nodes that use it: a stack goes depth-first, down
    to the leaves, while other paths still wait. Sort the graph topologically."""
    return _sent(graph, loss, -1)


def wrong_queue_again(graph, loss):
    """A node that is used twice is processed twice, and sends its whole gradient each
    time. Call each vjp once, when the gradient of its node is complete."""
    return _sent(graph, loss, 0, again=True)


def wrong_stack_again(graph, loss):
    """A node that is used twice is taken from the stack twice, and sends its whole
    gradient each time. Call each vjp once, when the gradient of its node is
    complete."""
    return _sent(graph, loss, -1, again=True)


def wrong_first_user(graph, loss):
    """Only the first contribution counts: a node that is used twice gets the sum of
    both. Do you skip parents that already have a gradient?"""
    return _swept(graph, loss, add=lambda old, new: old or new)


def wrong_value_passed(graph, loss):
    """You call vjp with the value of the node. Pass the node's gradient."""
    return _swept(graph, loss, passed=lambda node, g: graph.nodes[node]["value"])


def wrong_first_result(graph, loss):
    """All parents get the first result of vjp: each parent has its own, in order."""
    return _swept(graph, loss, of=lambda pairs, g: [(p, pairs[0][1]) for p, _ in pairs])


def wrong_not_chained(graph, loss):
    """You call vjp with 1, which gives local derivatives. Pass the node's gradient."""
    return _swept(graph, loss, passed=lambda node, g: 1.0)


def wrong_chained_twice(graph, loss):
    """You multiply what vjp(g) returns by g again: g is already a factor of it."""
    return _swept(graph, loss, of=lambda pairs, g: [(p, x * g) for p, x in pairs])


def wrong_averaged(graph, loss):
    """You average the contributions to a node: add them up."""
    nodes = {loss, *nx.ancestors(graph, loss)}
    uses = Counter(x for node in nodes for x in graph.nodes[node]["parents"])
    return _swept(graph, loss, of=lambda pairs, g: [(p, x / uses[p]) for p, x in pairs])


def wrong_numbers_upwards(graph, loss):
    """You go through the nodes by their numbers, from 0 up. The numbers say nothing
    about the order: sort the graph topologically, and go through it backwards."""
    return _swept(graph, loss, sorted(graph))


def wrong_parents_reversed(graph, loss):
    """The contributions go to the wrong parents: vjp returns them in the order of
    "parents", but you use the reverse."""
    return _swept(graph, loss, parents=lambda x: graph.nodes[x]["parents"][::-1])


def wrong_preorder(graph, loss):
    """A node is processed before all nodes that use it: neither depth-first nor by
    distance from the loss is a topological order. Sort the graph topologically."""
    return _swept(graph, loss, list(nx.dfs_preorder_nodes(graph.reverse(), loss)))


def wrong_first_parent_only(graph, loss):
    """Only the first parent of each node gets a contribution: go through all results of
    vjp."""
    return _swept(graph, loss, of=lambda pairs, g: pairs[:1])


def wrong_ones(graph, loss):
    """All gradients begin with 1. Only that of the loss does: begin the rest with 0."""
    return _swept(graph, loss, start=1.0)


def wrong_multiplied(graph, loss):
    """You multiply the contributions to a node. Each gradient begins with 0, and all
    contributions are added to it."""
    return _swept(graph, loss, start=1.0, add=operator.mul)


def wrong_last_node(graph, loss):
    """You begin at the last node of the order, which may come after the loss: begin
    with gradient 1 at the node `loss`."""
    return _swept(graph, list(nx.topological_sort(graph))[-1])


def _swept(graph, loss, order=None, start=0.0, add=operator.add, of=None, **other):
    """Gradients that are passed on once by each node that has one, in some order.

    `of` changes what the parents of a node get; the node may have other parents, and
    pass something else on.
    """
    grads, passed = dict.fromkeys(graph, start), other.pop("passed", lambda node, g: g)
    grads[loss] = 1.0
    for node in order or reversed(list(nx.topological_sort(graph))):
        if grads[node] is not None:
            pairs = _pairs(graph, node, passed(node, grads[node]), **other)
            for parent, part in of(pairs, grads[node]) if of and pairs else pairs:
                grads[parent] = add(grads[parent], part)
    return {node: grad for node, grad in grads.items() if grad is not None}


def _sent(graph, loss, place, again=False):
    """Gradients that are passed on as nodes are found, from one place of that list."""
    grads, found, seen = {loss: 1.0}, [loss], {loss}
    while found:
        node = found.pop(place)
        for parent, part in _pairs(graph, node, grads[node]):
            grads[parent] = grads.get(parent, 0.0) + part
            if again or parent not in seen:
                seen.add(parent)
                found.append(parent)
    return grads
