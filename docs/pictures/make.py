"""Make the pictures of this documentation: `python docs/pictures/make.py`."""

import tempfile
from pathlib import Path

import tinygraph as tg
from nets.__main__ import main

HERE = Path(__file__).parent


def first() -> tg.Tensor:
    """The picture on the first page: a product, softmax, and the slides' error."""
    x = tg.Tensor([1.0, -2.0, 0.5], name="x")
    w = tg.Tensor([0.6, -0.1, 0.4], requires_grad=True, name="w")
    target = tg.Tensor([0.0, 1.0, 0.0], name="target")
    product = x * w
    product.name = "product"
    loss = tg.mse(tg.softmax(product), target)
    loss.name = "loss"
    loss.backward()
    return loss


def slide(folder: Path) -> None:
    """The slides' network after one epoch, with the gradients of one example."""
    run = str(folder / "run")
    main(["train", "--epochs", "1", "--out", run])
    main(["draw", "--checkpoint", run, "--out", str(HERE / "slide.svg")])


if __name__ == "__main__":
    tg.draw(first()).save(HERE / "first.svg")
    with tempfile.TemporaryDirectory() as folder:
        slide(Path(folder))
