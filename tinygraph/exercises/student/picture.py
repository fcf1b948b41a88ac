"""A picture that shows where an answer to exercise 10 first goes wrong."""

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

from ...drawing.box import GREY, INK, Colours, cell, data, framed, note
from ...drawing.dot import HEADER
from ...drawing.picture import Picture
from ...errors import ArgumentError, DrawingError
from ..catalogue import find_exercise
from ..language import marked, translated

RIGHT = Colours("#2f8f4e", "#e6f4ea", "#1d6b37")
WRONG = Colours("#cc2936", "#fdeaea", "#a11622")
LATER = Colours("#9aa0a6", "#f1f2f3", GREY)
ROOM = "&#160;&#160;"  # characters may be wider than expected
OPERATION_SIGNS = {"add": "+", "sub": "−", "mul": "×"}
PAPER = "margin: 0; padding: 1em; background: #ffffff; color: #1f2328; overflow: auto"
TOOLTIP = re.compile("<title>.*?</title>", re.DOTALL)
PICTURE_LEGEND = marked(
    "Going backwards from the loss, green gradients are right. The red "
    "one is the first wrong one; grey ones after it are wrong too, "
    "perhaps because of it."
)


@dataclass(frozen=True)
class CasePicture:
    """A picture of a case, which a notebook displays."""

    picture: Picture
    case: int

    def _repr_html_(self) -> str | None:
        """The picture with its legend, also on a dark page; None without Graphviz."""
        try:
            svg = self.picture.svg()
        except DrawingError:
            return None
        legend = translated(PICTURE_LEGEND)
        drawing = TOOLTIP.sub("", svg[svg.index("<svg") :])
        words = translated("Case {case}. {legend}", case=self.case, legend=legend)
        return (
            f'<figure style="{PAPER}">{drawing}'
            f"<figcaption>{html.escape(words)}</figcaption></figure>"
        )

    def __repr__(self) -> str:
        return translated(
            'a picture of case {case}; .save("graph.svg") writes it to a file',
            case=self.case,
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file, as `Picture.save` does."""
        return self.picture.save(path)


def graph_picture(inputs: Sequence[Any], yours: Any, right: Any) -> Picture:
    """The graph of a case of exercise 10, coloured by the gradients of an answer.

    Going backwards from the loss, right gradients are green. The first wrong one is
    red, with the contributions of which the right one is the sum; wrong ones after it,
    perhaps because of it, are grey.
    """
    exercise = find_exercise("10")
    if exercise.given is None:
        raise ArgumentError(translated("exercise 10 has no graphs to draw"))
    graph, loss = exercise.given(*inputs)
    correct = np.asarray(right, float).ravel()
    own = gradients_of(yours, len(correct))
    order = reversed(list(nx.lexicographical_topological_sort(graph)))
    wrong = [node for node in order if not np.isclose(own[node], correct[node])]
    lines = [HEADER]
    for node in sorted(graph):
        numbers, colours = (
            [gradient_text(marked("gradient {value:.4g}"), correct[node])],
            RIGHT,
        )
        if node in wrong:
            numbers, colours = (
                [gradient_text(marked("yours {value:.4g}"), own[node])],
                LATER,
            )
            numbers += [gradient_text(marked("right {value:.4g}"), correct[node])]
        if node in wrong[:1]:
            numbers[1] += sources_of_gradient(graph, node, correct)
            colours = WRONG
        label = node_box(node_heading(graph, node, loss), numbers, colours)
        lines.append(f"{node} [label={label}]")
    for node, parents in graph.nodes(data="parents"):
        lines += [f"{parent} -> {node}" for parent in parents]
    return Picture("\n".join([*lines, "}"]) + "\n", len(graph))


def gradient_text(said: str, value: Any) -> str:
    """What a number in a box is, and the number."""
    return translated(said, value=value)


def gradients_of(answer: Any, count: int) -> np.ndarray[Any, Any]:
    """The gradients of `count` nodes in an answer; those that are missing are 0."""
    parts = answer if isinstance(answer, tuple) else (answer,)
    found = np.hstack([np.zeros(0), *map(np.ravel, parts)])[:count]
    return np.pad(found, (0, count - len(found)))


def node_heading(graph: Any, node: int, loss: int) -> str:
    """A node's name and number, and how it is computed."""
    at = graph.nodes[node]
    names = [graph.nodes[parent]["name"] for parent in at["parents"]]
    how = {0: f"{at['value']:.3g}", 1: f"{at['op']}({''.join(names)})"}
    formula = how.get(len(names)) or f" {OPERATION_SIGNS[at['op']]} ".join(names)
    said = marked("node {node}, the loss") if node == loss else marked("node {node}")
    return f"{at['name']} = {formula}   ({translated(said, node=node)})"


def sources_of_gradient(graph: Any, node: int, correct: Any) -> str:
    """The contributions to the right gradient of a node, as text."""
    parts = []
    for user in sorted(set(graph.successors(node))):
        at = graph.nodes[user]
        for parent, part in zip(at["parents"], at["vjp"](correct[user]), strict=True):
            if parent == node:
                text = translated(
                    "{value:.4g} (from {name})", value=float(part), name=at["name"]
                )
                parts.append(text)
    return f" = {' + '.join(parts)}".replace("+ -", "− ") if parts else ""


def node_box(title: str, numbers: Sequence[str], colours: Colours) -> str:
    """The label of a node."""
    head = note(f"<B>{html.escape(title)}{ROOM}</B>", colours.text)
    rows = [data(html.escape(text) + ROOM, INK) for text in numbers]
    cells = [cell(head), *map(cell, rows)]
    return framed(cells, colours)
