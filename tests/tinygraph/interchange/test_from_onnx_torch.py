"""Networks that PyTorch has exported give PyTorch's values and gradients."""

import functools
import logging
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")
import torch_modules  # noqa: E402
from onnx_files import executed  # noqa: E402

import tinygraph as tg  # noqa: E402

nn = torch.nn
torch.manual_seed(0)


class Depthwise(nn.Module):
    """The blocks of a network for small devices."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            *(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6()),
            *(nn.Conv2d(8, 8, 3, 1, 1, groups=8, bias=False), nn.BatchNorm2d(8)),
            *(nn.Hardswish(), nn.Conv2d(8, 16, 1), nn.BatchNorm2d(16), nn.SiLU()),
        )
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        return self.head(self.net(x).mean((2, 3)))


NETWORKS = {
    "resnet18": (torch_modules.resnet18(4).eval(), torch.randn(2, 3, 32, 32)),
    "encoder": (
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(),
        torch.randn(2, 3, 8),
    ),
    "depthwise": (Depthwise().eval(), torch.randn(2, 3, 16, 16)),
    "embedding": (
        nn.Sequential(nn.Embedding(10, 4), nn.Flatten(), nn.Linear(12, 3)),
        torch.randint(0, 10, (2, 3)),
    ),
}


OPTIMIZED = "resnet18"  # of which PyTorch's other file is read, too


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The folder with the file of a network; exporting one takes a second or two."""
    pytest.importorskip("onnxscript")

    @functools.cache
    def written(name):
        module, x = NETWORKS[name]
        folder = tmp_path_factory.mktemp(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's, about its own code
            program = torch.onnx.export(
                module,
                (x,),
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                verbose=False,
                optimize=False,
            )
            program.save(folder / "whole.onnx")
            if name == OPTIMIZED:  # as `optimize=True` does
                program.optimize()
                program.save(folder / "optimized.onnx")
        return folder

    logging.disable(logging.WARNING)
    yield written
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", NETWORKS)
def test_values_gradients_and_names_are_those_of_pytorch(exported, name):
    module, x = NETWORKS[name]
    output = tg.from_onnx(exported(name) / "whole.onnx", x.numpy())
    expected = module(x)
    np.testing.assert_allclose(output.data, expected.detach(), atol=1e-5)
    weight = torch.randn(expected.shape)
    module.zero_grad()
    (expected * weight).sum().backward()
    (output * weight.numpy()).sum().backward()
    graph = output.graph
    for parameter, theirs in module.named_parameters():
        gradient = graph.at(graph.node_of(parameter)).grad
        np.testing.assert_allclose(gradient, theirs.grad, rtol=1e-4, atol=2e-5)
    scopes = {graph.at(node).scope for node in graph}
    assert scopes & {"5/0/bn1", "self_attn", "net/4", "2"}


def test_an_optimized_file_gives_the_same_and_goes_back(tmp_path, exported):
    module, x = NETWORKS[OPTIMIZED]
    given = tg.Tensor(x.numpy(), requires_grad=True, name="x")
    output = tg.from_onnx(exported(OPTIMIZED) / "optimized.onnx", given)
    np.testing.assert_allclose(output.data, module(x).detach(), atol=1e-5)
    tg.export_onnx(output, tmp_path / "b.onnx", inputs=given)
    more = torch.randn(5, 3, 32, 32)
    result = executed(tmp_path / "b.onnx", {"x": more})
    np.testing.assert_allclose(result, module(more).detach(), atol=1e-5)


@pytest.mark.parametrize("name", ["resnet18", "encoder", "depthwise"])
def test_a_module_goes_through_tinygraph_to_onnx(tmp_path, name):
    module, x = NETWORKS[name]
    given = tg.Tensor(x.numpy(), requires_grad=True, name="x")
    tg.export_onnx(tg.from_torch(module, given), tmp_path / "a.onnx", inputs=given)
    more = torch.randn(3, *x.shape[1:])
    result = executed(tmp_path / "a.onnx", {"x": more})
    np.testing.assert_allclose(result, module(more).detach(), atol=1e-5)
