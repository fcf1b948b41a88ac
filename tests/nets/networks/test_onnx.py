"""Every network as an ONNX file, in batches of other sizes than the exported one."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx_files import executed

import tinygraph as tg
from nets.data import read_image
from nets.networks import (
    GPT,
    Autoencoder,
    lenet5,
    mlp,
    resnet20,
    slide_cnn,
    vgg11,
)

PHOTOS = Path(__file__).parents[4] / "shared" / "data" / "photos"
CLASSIFIERS = {
    "slide_cnn": lambda rng: slide_cnn(rng, 4, 32, 3),
    "lenet5": lambda rng: lenet5(rng, 4, 32, 3),
    "vgg11": lambda rng: vgg11(rng, 4, 32, 3),
    "resnet20": lambda rng: resnet20(rng, 4, 3),
    "mlp": lambda rng: mlp(rng, 3 * 32 * 32, 4),
    "autoencoder": lambda rng: Autoencoder.random(rng, 32),
}


def images(count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 3, 32, 32)).astype(np.float32)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_networks_of_images(tmp_path, name):
    network, path = CLASSIFIERS[name](np.random.default_rng(0)), tmp_path / "a.onnx"
    network(images(8, seed=1))  # running statistics of a batch in training
    network.eval()
    for recorded in (1, 3):
        x = tg.Tensor(images(recorded), requires_grad=True, name="images")
        tg.export_onnx(network(x), path, inputs=x)
        for size in (1, 2, 5):
            batch = images(size, seed=size)
            result = executed(path, {"images": batch})
            np.testing.assert_allclose(result, network(batch).data, atol=1e-5)


def test_the_gpt_takes_numbers(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "gpt.onnx"
    network = GPT.random(rng, vocabulary=20, context=16, size=16, heads=4, depth=2)
    for recorded in (1, 3):
        numbers = rng.integers(0, 20, (recorded, 16))
        tg.export_onnx(network(numbers), path, inputs={"numbers": numbers})
        for size in (1, 4):
            batch = rng.integers(0, 20, (size, 16))
            result = executed(path, {"numbers": batch})
            np.testing.assert_allclose(result, network(batch).data, atol=1e-5)


def test_batch_normalisation_in_training_is_refused(tmp_path):
    network = resnet20(np.random.default_rng(0), 4, 3)
    batch = images(2)
    with pytest.raises(tg.ArgumentError, match=r"call network\.eval\(\)"):
        tg.export_onnx(network(batch), tmp_path / "a.onnx", inputs=batch)


@pytest.mark.skipif(not PHOTOS.exists(), reason="the photographs are not here")
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_photographs_give_the_same(tmp_path, name):
    network = CLASSIFIERS[name](np.random.default_rng(0)).eval()
    x = tg.Tensor(images(2), requires_grad=True, name="images")
    tg.export_onnx(network(x), tmp_path / "a.onnx", inputs=x)
    files = sorted(PHOTOS.glob("*/*"))[::50]
    photos = np.stack([read_image(path) for path in files]).astype(np.float32) / 255
    result = executed(tmp_path / "a.onnx", {"images": photos})
    np.testing.assert_allclose(result, network(photos).data, atol=1e-5)
