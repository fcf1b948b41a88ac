"""A PyTorch module as a recorded graph.

`torch.export` gives the forward pass as a flat list of calls of ATen's operators. Each
call is done again here, by the function of the same meaning in `aten`, on tensors that
have the names of the module's parameters. So the graph is one of ours: it can be drawn,
traced, checked and run again.
"""

from __future__ import annotations

import importlib
import operator
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import ArgumentError, DTypeError, UnknownOperatorError
from ..modes import scope
from ..tensor import Tensor
from .aten import KEPT, OPERATORS

# Calls that compute nothing: PyTorch checks shapes and types with them.
CHECKS = {"_assert_async", "_assert_scalar", "_assert_tensor_metadata"}

# Arguments that say how PyTorch stores a result, which is not part of its value.
STORAGE = {"layout", "device", "pin_memory", "memory_format", "non_blocking", "dtype"}


def from_torch(module: Any, /, *examples: Any, **named: Any) -> Any:
    """Record the forward pass of a PyTorch module as a graph of tinygraph.

    The module is called as `module(*examples, **named)`; a single tuple is taken as all
    positional arguments. Examples are PyTorch's tensors, arrays or tinygraph's tensors.
    The result has the structure of the module's own: a `Tensor`, or several in a tuple
    or dictionary. In the graph, parameters have their names in the module
    (`layer1.0.conv1.weight`), inputs those of `forward`, buffers are constants, and
    every operation lies in the scope of its submodule. Parameters are copied: training
    one side does not change the other.

    `torch.export` follows the module, so what it cannot follow, neither can this
    function: branches on values, for instance. Batch normalisation in training uses the
    batch, and leaves the running statistics as they are.

    Raises UnknownOperatorError, which names the operators that are not known here, and
    ArgumentError for a module that cannot be exported, or that would draw random
    numbers (dropout in training). DTypeError for types that NumPy does not have.

        net = torchvision.models.resnet18().eval()
        output = tg.from_torch(net, torch.randn(1, 3, 64, 64))
        tg.trace(tg.cross_entropy(output, [3])).save("resnet18.html")
    """
    torch = imported_torch()
    if len(examples) == 1 and isinstance(examples[0], tuple):
        examples = examples[0]
    tree = importlib.import_module("torch.utils._pytree")
    leaves = tree.tree_flatten((examples, named))[0]
    arguments, keywords = tree.tree_map(lambda x: as_torch(torch, x), (examples, named))
    program = exported(torch, module, arguments, keywords)
    refuse_unknown(program)
    values = input_values(module, program, leaves)
    for node in program.graph.nodes:
        if node.op == "call_function":
            with place_of(node):
                values[node.name] = computed(node, values)
    outputs = [output_of(name, values) for name in program.graph_signature.user_outputs]
    return tree.tree_unflatten(outputs, program.call_spec.out_spec)


def imported_torch() -> Any:
    """The module torch. Raises ArgumentError if PyTorch is not installed."""
    try:
        return importlib.import_module("torch")
    except ModuleNotFoundError as error:
        raise ArgumentError(
            f'from_torch: {error}: python -m pip install "tinygraph[torch]"'
        ) from None


def as_torch(torch: Any, example: Any) -> Any:
    """An example for PyTorch: arrays and our tensors as its tensors."""
    if isinstance(example, Tensor):
        example = example.data
    if isinstance(example, np.ndarray):
        return torch.from_numpy(np.array(example))
    return example


def exported(torch: Any, module: Any, arguments: Any, keywords: Any) -> Any:
    """The module as a program of ATen's operators.

    Whatever PyTorch says when it cannot follow becomes one sentence.
    """
    if not isinstance(module, torch.nn.Module):
        raise DTypeError(
            f"from_torch: the module is {type(module).__name__}: give a torch.nn.Module"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's, about its own code
            program = torch.export.export(module, arguments, keywords)
            keep_no_grad(torch, program.graph)
            return program.run_decompositions(decompositions(torch))
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise ArgumentError(
            f"from_torch: torch.export cannot follow {type(module).__name__}: {reason}"
        ) from error


def decompositions(torch: Any) -> Any:
    """What PyTorch decomposes, without what is known here and easier to read whole."""
    table = torch.export.default_decompositions()
    for decomposed in [*table]:
        if name_of(decomposed) in KEPT:
            del table[decomposed]
    return table


def keep_no_grad(torch: Any, graph: Any) -> None:
    """Detach what leaves a `torch.no_grad()`, which decomposing forgets."""
    for node in [*graph.nodes]:
        if name_of(node.target) != "wrap_with_set_grad_enabled" or node.args[0]:
            continue
        for result in [*node.users]:
            with graph.inserting_after(result):
                cut = graph.call_function(torch.ops.aten.detach.default, (result,))
            cut.meta = dict(result.meta)
            result.replace_all_uses_with(cut, lambda user, cut=cut: user is not cut)


def name_of(target: Any) -> str:
    """The name of an operator without namespace and overload: "add" of aten.add.Tensor.

    >>> name_of(operator.getitem)
    'getitem'
    """
    packet = getattr(target, "overloadpacket", target)
    return str(getattr(packet, "__name__", packet))


def input_values(module: Any, program: Any, leaves: list[Any]) -> Any:
    """The values of the program's inputs, by the names of its placeholders."""
    values: dict[str, Any] = {}
    examples, first = iter(leaves), first_names(module)
    for specification in program.graph_signature.input_specs:
        name, target = specification.arg.name, specification.target
        if target is None:
            values[name] = leaf(next(examples), name)
        elif target in program.graph_signature.parameters:
            values[name] = leaf(program.state_dict[target], first[target])
        else:  # buffers and tensors that forward makes: constants
            stored = {**program.constants, **program.state_dict}[target]
            values[name] = array_of(stored, target)
    return values


def first_names(module: Any) -> dict[str, str]:
    """From each name of a parameter to the first one: tied weights have several."""
    first = {parameter: name for name, parameter in module.named_parameters()}
    every = module.named_parameters(remove_duplicate=False)
    return {name: first[parameter] for name, parameter in every}


def leaf(value: Any, name: str) -> Any:
    """A tensor of ours with a name; whole numbers and masks stay plain arrays."""
    if isinstance(value, Tensor) or not hasattr(value, "dtype"):
        return value
    array = value if isinstance(value, np.ndarray) else array_of(value, name)
    if array.dtype.kind != "f":
        return array
    return Tensor(array, getattr(value, "requires_grad", False), name)


def array_of(value: Any, name: str) -> Any:
    """A tensor of PyTorch's as an array. Raises DTypeError for a type NumPy lacks."""
    try:
        return value.detach().cpu().numpy()
    except TypeError as error:
        raise DTypeError(
            f"from_torch: {name}: {error}: call module.float() before"
        ) from None


def refuse_unknown(program: Any) -> None:
    """Raise UnknownOperatorError if a call cannot be done here."""
    called = {
        name_of(node.target)
        for node in program.graph.nodes
        if node.op == "call_function" and node.target is not operator.getitem
    }
    unknown = sorted(called - OPERATORS.keys() - CHECKS)
    if unknown:
        raise UnknownOperatorError(
            f"from_torch: not known here: {', '.join(unknown)}. "
            f"Known are {', '.join(sorted(OPERATORS))}"
        )


@contextmanager
def place_of(node: Any) -> Iterator[None]:
    """The scope of the submodule that an operation belongs to: layer1/0/conv1."""
    modules = [path for path, _ in node.meta.get("nn_module_stack", {}).values()]
    path = modules[-1].partition("@")[0] if modules else ""
    with scope(path.replace(".", "/")):
        yield


def computed(node: Any, values: dict[str, Any]) -> Any:
    """The result of one call, from the results of earlier ones."""
    arguments = resolved(node.args, values)
    if node.target is operator.getitem:
        return operator.getitem(*arguments)
    if name_of(node.target) in CHECKS:
        return None
    keywords = {
        key: resolved(value, values)
        for key, value in node.kwargs.items()
        if key not in STORAGE
    }
    result = OPERATORS[name_of(node.target)](*arguments, **keywords)
    return of_type(result, node.meta["val"])


def resolved(argument: Any, values: dict[str, Any]) -> Any:
    """An argument with values in place of nodes."""
    if isinstance(argument, (list, tuple)):
        return type(argument)(resolved(item, values) for item in argument)
    return values[argument.name] if hasattr(argument, "op") else argument


def of_type(result: Any, expected: Any) -> Any:
    """A result, or each of several, in the type that PyTorch computes it in."""
    if isinstance(expected, (list, tuple)):
        pairs = zip(result, expected, strict=False)
        return [None if part is None else of_type(part, like) for part, like in pairs]
    dtype = str(expected.dtype).removeprefix("torch.")
    if not isinstance(result, Tensor):
        return np.asarray(result, dtype)
    if result.dtype == dtype:
        return result
    return result.astype(dtype) if "float" in dtype else result.data.astype(dtype)


def output_of(argument: Any, values: dict[str, Any]) -> Any:
    """One result of the module; a number or None stays what it is."""
    value = values[argument] if isinstance(argument, str) else argument
    return Tensor(value) if isinstance(value, np.ndarray) else value
