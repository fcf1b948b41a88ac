"""Seeded random graphs with all that users put into them, also what is hostile."""

import random

import networkx as nx
import numpy as np

import tinygraph as tg

LETTERS = (
    "aZ09 é日🙂\t\n\r\x00\x07\x1f\x7f\x85\u202e\u2028\ufffe\uffff\ud800<>&\"'\\/|{}[];]"
)
ATTRIBUTES = ("colour", "weight", "id", "label", "source", "größe", "x y", "type", "0")


def word(rng):
    return "".join(rng.choices(LETTERS, k=rng.randrange(9)))


def entry(rng):
    numbers = (True, 3, -(2**40), 2**70, 0.1, 1e300, float("nan"), float("-inf"))
    others = (None, [1, word(rng)], {word(rng): 1}, np.ones((2, 2)), np.float32(0.5))
    return rng.choice((*numbers, *others, word(rng), word(rng)))


def leaf(rng):
    shape = rng.choice([(), (3,), (25, 3)])
    data = np.random.default_rng(rng.randrange(2**32)).normal(size=shape)
    if rng.random() < 0.2:
        data = data * np.inf
    name = rng.choice([None, "w", word(rng), word(rng)])
    dtype = rng.choice([np.float64, np.float32])
    return tg.Tensor(data, rng.random() < 0.7, name, dtype=dtype)


def recorded(rng):
    """What some operations on some leaves record, after a backward pass."""
    values = [tg.Tensor([1.0, 2.0, 3.0], requires_grad=True)]
    values += [leaf(rng) for _ in range(rng.randrange(4))]
    with np.errstate(all="ignore"), tg.scope(word(rng)):
        for _ in range(rng.randint(1, 7)):
            a, b = rng.choices(values, k=2)
            with tg.scope(word(rng)):
                made = rng.choice(
                    [
                        lambda a, b: a * b,
                        lambda a, b: a + a,
                        lambda a, b: tg.tanh(a) - 2.0,
                        lambda a, b: tg.sum(a, axis=-1, keepdims=True),
                        lambda a, b: a[..., :1],
                    ]
                )(*(a.reshape(1), b) if a.ndim == 0 else (a, b))
            made.name = rng.choice([None, word(rng)])
            values.append(made)
        result = sum((value.sum() for value in values), start=values[0].sum())
        result.backward()
    return result.graph


def decorated(graph, rng):
    """The graph with attributes of a user's own on nodes, on edges and on itself."""
    kinds = [graph.graph, *graph.nodes.values(), *graph.edges.values()]
    for attributes in rng.choices(kinds, k=rng.randrange(8)):
        attributes[rng.choice(ATTRIBUTES)] = entry(rng)
    graph.graph[word(rng)] = entry(rng)
    return graph


def changed(graph, rng):
    """A copy without some nodes and edges, and with others."""
    copy = graph.copy()
    copy.remove_nodes_from(rng.sample(list(copy), k=min(2, len(copy) - 1)))
    copy.remove_edges_from(rng.sample(list(copy.edges), k=copy.number_of_edges() // 4))
    nodes = list(copy)
    for key in (0, 1, word(rng), None):
        copy.add_edge(rng.choice(nodes), rng.choice(nodes), key)
    copy.add_node(word(rng), op=word(rng), value=entry(rng))
    return rng.choice([copy, copy.reverse(), nx.convert_node_labels_to_integers(copy)])


def random_graph(seed):
    """Every third one is a changed copy of a recorded one."""
    rng = random.Random(seed)
    graph = decorated(recorded(rng), rng)
    return decorated(changed(graph, rng), rng) if seed % 3 == 2 else graph
