"""The names of variables, for values that have no name of their own.

They are looked up when a picture or a trace is made. Nothing is recorded for them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

from ..callers import users_frame
from ..errors import DTypeError
from ..graph import Graph
from ..tensor import Tensor

MOST_ELEMENTS = 1000  # of a list or dictionary in which tensors are looked for
NOTEBOOKS_OWN = {"In", "Out"}
OPTIMIZED = 1  # the flag of code that keeps its variables outside a dictionary
OWN_REFERENCES = 3  # to a dictionary of variables: the frame, a variable, an argument

Variables = bool | Mapping[str, Any]
Key = tuple[str, Any]


def variable_names(graph: Graph, variables: Variables = True) -> dict[Any, str]:
    """A variable's name for each value of a graph that a variable holds.

    Variables are those of the user's code that calls, local before global, or those
    given. Where several hold one tensor, the first one counts. Values that have a name
    keep it, and no other value gets it.
    """
    held = nodes_by_key(graph)
    taken = {name for node in graph if (name := graph.name_of(node))}
    names: dict[Any, str] = {}
    for name, tensor in named_tensors(namespaces(variables)):
        nodes = [node for key in keys_of(tensor) for node in held.get(key, ())]
        for node in nodes:
            if name not in taken and not graph.name_of(node):
                names.setdefault(node, name)
    return names


def namespaces(variables: Variables) -> list[Mapping[str, Any]]:
    """The variables to look at: given ones, or those of the user's code."""
    if isinstance(variables, Mapping):
        return [variables]
    if not isinstance(variables, bool):
        raise DTypeError(
            f"`variables` is {variables!r}: give True, False, or a dictionary of "
            f"variables such as locals()"
        )
    if not variables:
        return []
    frame = users_frame()
    return [local_variables(frame), frame.f_globals]


def variables_of_notebook() -> Mapping[str, Any]:
    """The variables of the notebook or script that runs."""
    return vars(sys.modules["__main__"])


def local_variables(frame: FrameType) -> dict[str, Any]:
    """The local variables of a frame, of which it keeps no copy.

    Until Python 3.12, a frame keeps the dictionary that it hands out, and so every
    tensor in it: this empties it, unless somebody else has it.
    """
    handed_out = frame.f_locals
    variables = {**handed_out}
    is_copy = frame.f_code.co_flags & OPTIMIZED and isinstance(handed_out, dict)
    if is_copy and sys.getrefcount(handed_out) <= OWN_REFERENCES:
        handed_out.clear()
    return variables


def named_tensors(
    namespaces: list[Mapping[str, Any]],
) -> Iterator[tuple[str, Tensor]]:
    """The tensors that variables hold, then those in lists and dictionaries.

    Names that begin with an underscore are left out, and a local variable hides a
    global one.
    """
    visible: dict[str, Any] = {}
    for namespace in namespaces:
        for name, value in list(namespace.items()):
            if is_readable(name):
                visible.setdefault(name, value)
    yield from ((n, v) for n, v in visible.items() if is_tensor(v))
    for name, value in visible.items():
        if name not in NOTEBOOKS_OWN:
            yield from elements(name, value)


def elements(name: str, value: Any) -> Iterator[tuple[str, Tensor]]:
    """The tensors in a list, tuple or dictionary, as layers[0] or layers["w"]."""
    if type(value) not in (list, tuple, dict) or len(value) > MOST_ELEMENTS:
        return
    pairs = value.items() if type(value) is dict else enumerate(value)
    for key, element in pairs:
        if is_tensor(element) and (type(key) is int or is_word(key)):
            yield f"{name}[{key}]" if type(key) is int else f'{name}["{key}"]', element


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor; nothing of the value itself runs."""
    return issubclass(type(value), Tensor)


def is_word(key: Any) -> bool:
    """Whether a key can be read as a name."""
    return type(key) is str and key.replace(".", "_").isidentifier()


def is_readable(name: Any) -> bool:
    """Whether a variable's name is one that somebody wrote to be read."""
    return is_word(name) and not name.startswith("_")


def nodes_by_key(graph: Graph) -> dict[Key, list[Any]]:
    """The nodes that a tensor with some key may have: a leaf has one for each data."""
    nodes: dict[Key, list[Any]] = {}
    for node in graph:
        at = graph.at(node)
        if at.tensor is not None:
            nodes.setdefault(("leaf", id(at.tensor)), []).append(node)
        elif graph._is_recorded:
            nodes.setdefault(("node", node), []).append(node)
        else:
            value = graph.nodes[node].get("value")
            nodes.setdefault(("data", id(value)), []).append(node)
    return nodes


def keys_of(tensor: Tensor) -> list[Key]:
    """What a graph may know a tensor by; a copied graph shares its data."""
    if tensor.graph is None:
        return [("leaf", id(tensor))]
    return [("node", tensor.node), ("data", id(tensor._data))]
