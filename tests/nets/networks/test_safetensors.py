"""Weights to PyTorch and back as safetensors: every network gives the same there."""

from pathlib import Path

import numpy as np
import pytest

from nets import load_weights, save_weights
from nets.data import read_image
from nets.networks import GPT, Autoencoder, lenet5, mlp, resnet20, slide_cnn, vgg11
from nets.networks.vgg import STAGES

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")
import torch_networks as twins  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

PHOTOS = Path(__file__).parents[4] / "shared" / "data" / "photos"
PAIRS = {
    "slide_cnn": (
        lambda rng: slide_cnn(rng, 4, 32, 3),
        lambda: twins.slide(4, 32, (6, 16), (5, 5), (120, 84)),
    ),
    "lenet5": (lambda rng: lenet5(rng, 10, 32, 1), lambda: twins.lenet5(10)),
    "vgg11": (lambda rng: vgg11(rng, 4, 32, 3), lambda: twins.vgg(STAGES, 4)),
    "resnet20": (lambda rng: resnet20(rng, 4, 3), lambda: twins.resnet20(4)),
    "mlp": (
        lambda rng: mlp(rng, 3072, 4, [8]),
        lambda: twins.slide(4, 32, [], [], [8]),
    ),
    "autoencoder": (
        lambda rng: Autoencoder.random(rng, 32),
        lambda: twins.autoencoder(32, 3, 32),
    ),
}


def there_and_back(name, folder, images):
    """Outputs of both sides, and ours after PyTorch has written the file anew."""
    ours, theirs = PAIRS[name]
    network, module = ours(np.random.default_rng(0)), theirs().eval()
    if name == "lenet5":
        images = images[:, :1]
    network(images)  # running statistics
    save_weights(network.eval(), folder / "a.safetensors")
    module.load_state_dict(load_file(folder / "a.safetensors"))
    save_file(module.state_dict(), folder / "b.safetensors")
    again = ours(np.random.default_rng(1)).eval()
    load_weights(again, folder / "b.safetensors")
    with torch.no_grad():
        expected = module(torch.tensor(images)).numpy()
    return expected, network(images).data, again(images).data


def assert_same(expected, output, again):
    np.testing.assert_allclose(output, expected, atol=1e-5)
    assert again.tolist() == output.tolist()


@pytest.mark.parametrize("name", PAIRS)
def test_networks_of_images(tmp_path, name):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(3, 3, 32, 32)).astype(np.float32)
    assert_same(*there_and_back(name, tmp_path, images))


def test_the_gpt(tmp_path):
    given = dict(vocabulary=7, context=6, size=8, heads=2, depth=2)
    network = GPT.random(np.random.default_rng(0), **given)
    module = twins.GPT(**given).eval()
    save_file(module.state_dict(), tmp_path / "a.safetensors")
    load_weights(network, tmp_path / "a.safetensors")
    numbers = np.random.default_rng(1).integers(7, size=(3, 5))
    expected = module(torch.tensor(numbers)).detach()
    np.testing.assert_allclose(network(numbers).data, expected, atol=1e-5)


@pytest.mark.skipif(not PHOTOS.exists(), reason="the photographs are not here")
@pytest.mark.parametrize("name", PAIRS)
def test_photographs(tmp_path, name):
    files = sorted(PHOTOS.glob("*/*"))[::50]
    photos = np.stack([read_image(path) for path in files]).astype(np.float32) / 255
    assert_same(*there_and_back(name, tmp_path, photos))
