"""Draw the pictures of this documentation: `python docs/pictures/make.py`.

Pictures of pages need the package playwright, and Chromium on the path.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

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


def draw_slide(folder: Path) -> None:
    """Draw the slides' network after one epoch, with the gradients of one example."""
    run = str(folder / "run")
    main(["train", "--epochs", "1", "--out", run])
    main(["draw", "--checkpoint", run, "--out", str(HERE / "slide.svg")])


def softmax_and_error() -> tg.Tensor:
    """Softmax written out, so that a value is used twice."""
    z = tg.Tensor([1.0, 2.0, 0.5], requires_grad=True, name="z")
    e = np.exp(z)
    s = e.sum()
    p = e / s
    loss = tg.mse(p, tg.Tensor([0.0, 1.0, 0.0], name="t"))
    for value, name in [(e, "e"), (s, "s"), (p, "p"), (loss, "loss")]:
        value.name = name
    return loss


def square_of_square() -> tg.Tensor:
    """A value that is used twice, and whose result is used twice more."""
    x = tg.Tensor(3.0, requires_grad=True, name="x")
    h = x * x
    y = h + np.sin(h)
    for value, name in [(h, "h"), (y, "y")]:
        value.name = name
    return y


def shoot_pages(folder: Path) -> None:
    """Take pictures of the pages of two traces, each at a telling step."""
    tg.trace(softmax_and_error(), lr=0.5).save(folder / "backward.html")
    main(["trace", "--out", str(folder / "lenet.html")])
    main(["explore", "--no-open", "--out", str(folder / "explore.html")])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        shoot(page, folder / "backward.html", 11, "page.png")
        shoot(page, folder / "lenet.html", 44, "page-lenet.png")
        shoot_explored(page, folder / "explore.html")
        browser.close()


def shoot(page: Page, file: Path, step: int, name: str) -> None:
    """Take a picture of one step of a page."""
    page.goto(f"{file.as_uri()}#{step}")
    page.screenshot(path=HERE / name)


def shoot_explored(page: Page, file: Path) -> None:
    """Take a picture of the page of `nets explore`, at the gradient of a weight."""
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(file.as_uri())
    page.keyboard.press("End")
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    page.locator("[data-part=w] canvas").first.hover(position={"x": 17, "y": 75})
    page.screenshot(path=HERE / "explore.png")


if __name__ == "__main__":
    tg.draw(first()).save(HERE / "first.svg")
    tg.trace(square_of_square()).save(HERE / "backward.gif")
    with tempfile.TemporaryDirectory() as name:
        draw_slide(Path(name))
        shoot_pages(Path(name))
