"""The page computes what tinygraph computes, in thirty states of several networks."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from explored import near, page_module, run_of, script
from numpy.typing import NDArray

import tinygraph as tg
from nets import data
from nets.layers import Conv2d, ReLU, Sigmoid

NETWORKS: dict[str, dict[str, Any]] = {
    "slides": {},
    "one pair": {"filters": (4,), "kernel": (3,), "hidden": (10,)},
    "three pairs": {"filters": (3, 5, 4), "kernel": (4, 3, 2), "hidden": ()},
    "no pairs": {"pairs": 0, "hidden": (12, 9)},
    "lenet5": {"network": "lenet5"},
    "mlp": {"network": "mlp", "hidden": (20,)},
}


@dataclass
class State:
    """What a reader may have chosen."""

    picture: int = 0
    target: int = 2
    lr: float = 0.05
    edited: bool = False
    drawn: bool = False
    without: int | None = None
    sigmoid: bool = False
    wrong_order: bool = False


STATES = {
    "as it is": State(),
    "another picture and target": State(picture=3, target=0),
    "edited weights": State(picture=1, edited=True),
    "a small learning rate": State(picture=5, target=1, lr=0.002),
    "without a filter": State(picture=2, without=1),
    "sigmoid": State(picture=4, sigmoid=True, drawn=True, target=3),
}
SCRIPT = script("explored_state")


def image_of(pictures: data.Dataset, state: State) -> NDArray[np.uint8]:
    image = pictures.images[state.picture].copy()
    if state.drawn:
        image[:, 4:20, 10:14] = 255
    return image


def prepared(run: Any, state: State) -> list[Any]:
    """The run's network in a state: its layers, with other weights."""
    layers = [layer for _, layer in run.network.named_parts()]
    for parameter in run.network.parameters().values():
        if state.edited and parameter.ndim > 1:
            moved = np.sin(np.arange(parameter.size)).reshape(parameter.shape)
            parameter.data = (parameter.data + 0.05 * moved).astype(np.float32)
    return [
        Sigmoid() if state.sigmoid and isinstance(each, ReLU) else each
        for each in layers
    ]


def without(layer: Conv2d, filter: int) -> Any:
    """A convolution in which a filter and its bias are 0, and stay it."""
    keep = np.ones((len(layer.w), 1, 1, 1), np.float32)
    keep[filter] = 0

    def masked(x: Any) -> Any:
        return tg.conv2d(x, layer.w * keep, layer.b * keep.ravel())

    return masked


def error_of(layers: list[Any], x: tg.Tensor, state: State, classes: int) -> tg.Tensor:
    """The slides' error, forward and backward."""
    first = next((each for each in layers if isinstance(each, Conv2d)), None)
    for layer in layers:
        if layer is first and state.without is not None:
            layer = without(layer, state.without)
        x = layer(x)
    target = np.eye(classes, dtype=np.float32)[[state.target]]
    error = tg.mse(x, target)
    error.backward()
    return error


@pytest.mark.parametrize("network", NETWORKS)
def test_all_numbers_are_tinygraphs(calculator, pictures, network):
    for name, state in STATES.items():
        run = run_of(pictures, **NETWORKS[network])
        image = image_of(pictures, state)
        found = evaluated(calculator, run, state, image)
        layers, parameters = prepared(run, state), run.network.parameters()
        x = tg.Tensor(run.standardise(image[None]), requires_grad=True)
        error = error_of(layers, x, state, len(run.classes))
        differences = {
            "error": near(found["error"], error.data),
            "output": near(found["values"][-1], output_of(error).value),
            "output's gradient": near(found["gradients"][-1], output_of(error).grad),
            "image's gradient": near(found["gradients"][0], x.grad),
        }
        for place, (key, parameter) in enumerate(parameters.items()):
            differences[f"∂{key}"] = near(found["weights"][place], parameter.grad)
        for place, node in enumerate(maps_of(error, state)):
            differences[f"value {place}"] = near(found["values"][place], node.value)
            gradient = near(found["gradients"][place], node.grad)
            differences[f"gradient {place}"] = gradient
        trained_by_tinygraph(run, layers, x, state)
        for place, (key, parameter) in enumerate(parameters.items()):
            differences[key] = near(found["trained"][place], parameter.data)
        wrong = {key: share for key, share in differences.items() if share > 1e-5}
        assert wrong == {}, name


def evaluated(calculator, run, state, image):
    """What the page's scripts make of a state."""
    given = {
        "data": page_module.contents(run, data.pictures(4)),
        "image": image.ravel().tolist(),
        "state": {**vars(state), "wrongOrder": state.wrong_order},
    }
    found = calculator.evaluate(SCRIPT, given)
    return {key: unpacked(value) for key, value in found.items()}


def unpacked(value: Any) -> Any:
    """Arrays from what the browser has packed."""
    if isinstance(value, list):
        return [np.frombuffer(base64.b64decode(text), np.float32) for text in value]
    return value


def output_of(error):
    """The node of the network's output."""
    graph = error.graph
    last = [node for node in graph if graph.at(node).inputs][-1]
    return graph.at(graph.at(last).inputs[0])


def maps_of(error, state):
    """The nodes of the image and of each result, without what a mask added."""
    graph = error.graph
    known = page_module.KNOWN
    made = [graph.at(node) for node in graph if graph.at(node).op in known]
    return [graph.at(made[0].inputs[0]), *made]


def trained_by_tinygraph(run, layers, x, state):
    parameters = [*run.network.parameters().values()]
    optimizer = tg.optimize.SGD(parameters, state.lr)
    for _ in range(20):
        optimizer.zero_grad()
        error_of(layers, x, state, len(run.classes))
        optimizer.step()


def test_the_wrong_order_gives_other_weights(calculator, pictures):
    """Each layer takes the weights of the layer after it as they are after the step."""
    run = run_of(pictures, hidden=(10,), filters=(3, 4))
    state = State(lr=0.5, wrong_order=True)
    image = pictures.images[0]
    found = evaluated(calculator, run, state, image)["trained"]
    right = evaluated(calculator, run, State(lr=0.5), image)["trained"]
    assert near(found[-2], right[-2]) > 1e-3
    for _ in range(20):
        step_in_the_wrong_order(run, image, state)
    for place, parameter in enumerate(run.network.parameters().values()):
        assert near(found[place], parameter.data) < 1e-5


def step_in_the_wrong_order(run, image, state):
    """Backward by the operations' own VJPs, layer by layer, with an update between."""
    layers = [layer for _, layer in run.network.named_parts()]
    inputs = [run.standardise(image[None])]
    for layer in layers:
        inputs.append(np.asarray(layer(tg.Tensor(inputs[-1])).data))
    target = np.eye(len(run.classes), dtype=np.float32)[[state.target]]
    arriving = inputs.pop() - target
    for layer in reversed(layers):
        x = tg.Tensor(inputs.pop(), requires_grad=True)
        for parameter in layer.parameters().values():
            parameter.zero_grad()
        tg.sum(layer(x) * arriving).backward()
        for parameter in layer.parameters().values():
            step = np.float32(state.lr) * parameter.grad
            parameter.data = parameter.data - step
        x.zero_grad()
        tg.sum(layer(x) * arriving).backward()
        arriving = np.asarray(x.grad)
