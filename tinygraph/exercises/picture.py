"""A picture of where the backward pass of exercise 10 goes wrong first."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from ..drawing.box import GREY, INK, Colours, cell, data, framed, note
from ..drawing.dot import HEADER
from ..drawing.picture import Picture
from ..errors import ArgumentError, DrawingError
from .exercise import named

RIGHT = Colours("#2f8f4e", "#e6f4ea", "#1d6b37")
WRONG = Colours("#cc2936", "#fdeaea", "#a11622")
LATER = Colours("#9aa0a6", "#f1f2f3", GREY)
ROOM = "&#160;&#160;"  # letters may be wider than they are thought to be
SIGNS = {"add": "+", "sub": "−", "mul": "×"}


PAPER = "margin: 0; padding: 1em; background: #ffffff; color: #1f2328; overflow: auto"
TOOLTIP = re.compile("<title>.*?</title>", re.DOTALL)
LEGEND = (
    "Backwards from the loss: green gradients are right. The red one is the first that "
    "is wrong; grey ones after it are wrong too, perhaps because of it."
)


@dataclass(frozen=True)
class Painted:
    """A picture of a case, which shows itself in a notebook."""

    picture: Picture
    case: int

    def _repr_html_(self) -> str | None:
        """The picture with its legend, also on a dark page; None without Graphviz."""
        try:
            svg = self.picture.svg()
        except DrawingError:
            return None
        drawing = TOOLTIP.sub("", svg[svg.index("<svg") :])
        words = f"Case {self.case}. {LEGEND}"
        return (
            f'<figure style="{PAPER}">{drawing}'
            f"<figcaption>{html.escape(words)}</figcaption></figure>"
        )

    def __repr__(self) -> str:
        return f'a picture of case {self.case}; .save("graph.svg") writes it to a file'

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file, as `Picture.save` does."""
        return self.picture.save(path)


def graph_picture(inputs: Sequence[Any], yours: Any, right: Any) -> Picture:
    """The graph of a case of exercise 10, painted by what an answer has for each node.

    Backwards from the loss, what is right is green.  The first wrong node is red, and
    says where its gradient comes from; wrong nodes after it, perhaps because of it, are
    grey.
    """
    exercise = named("10")
    if exercise.given is None:
        raise ArgumentError("exercise 10 has no graphs that could be drawn")
    graph, loss = exercise.given(*inputs)
    correct = np.asarray(right, float).ravel()
    own = np.zeros(len(correct))  # what is left out counts as 0
    parts = yours if isinstance(yours, tuple) else (yours,)
    answered = np.hstack([own[:0], *map(np.ravel, parts)])[: len(own)]
    own[: len(answered)] = answered
    order = reversed(list(nx.lexicographical_topological_sort(graph)))
    wrong = [node for node in order if not np.isclose(own[node], correct[node])]
    lines = [HEADER]
    for node in sorted(graph):
        if node not in wrong:
            numbers, colours = [f"gradient {correct[node]:.4g}"], RIGHT
        else:
            numbers, colours = [f"yours {own[node]:.4g}"], LATER
            numbers += [f"right {correct[node]:.4g}"]
        if node in wrong[:1]:
            numbers[1] += sources(graph, node, correct)
            colours = WRONG
        label = box(heading(graph, node, loss), numbers, colours)
        lines.append(f"{node} [label={label}]")
    for node, parents in graph.nodes(data="parents"):
        lines += [f"{parent} -> {node}" for parent in parents]
    return Picture("\n".join([*lines, "}"]) + "\n", len(graph))


def heading(graph: Any, node: int, loss: int) -> str:
    """A node's name and number, and how it is calculated."""
    at = graph.nodes[node]
    names = [graph.nodes[parent]["name"] for parent in at["parents"]]
    how = {0: f"{at['value']:.3g}", 1: f"{at['op']}({''.join(names)})"}
    formula = how.get(len(names)) or f" {SIGNS[at['op']]} ".join(names)
    role = ", the loss" if node == loss else ""
    return f"{at['name']} = {formula}   (node {node}{role})"


def sources(graph: Any, node: int, correct: Any) -> str:
    """What the right gradient of a node is the sum of, as text."""
    parts = []
    for user in sorted(set(graph.successors(node))):
        at = graph.nodes[user]
        for parent, part in zip(at["parents"], at["vjp"](correct[user]), strict=True):
            if parent == node:
                parts.append(f"{float(part):.4g} (from {at['name']})")
    return f" = {' + '.join(parts)}".replace("+ -", "− ") if parts else ""


def box(title: str, numbers: Sequence[str], colours: Colours) -> str:
    """The label of a node."""
    head = note(f"<B>{html.escape(title)}{ROOM}</B>", colours.text)
    rows = [data(html.escape(text) + ROOM, INK) for text in numbers]
    cells = [cell(head), *map(cell, rows)]
    return framed(cells, colours)
