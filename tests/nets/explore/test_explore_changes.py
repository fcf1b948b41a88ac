"""Whatever is done on the page, its numbers are tinygraph's."""

import re

import numpy as np
import pytest
from explored_page import LR, check, choose, number, outputs, step_to

import tinygraph as tg


def test_pictures_and_targets(tab, same, pictures):
    check(tab, same)
    for number_of in (0, 5):
        tab.locator("#pictures button").nth(number_of).click()
        same.image = pictures.images[number_of]
        for label in range(4):
            tab.locator("#outputs .aim").nth(label).click()
            same.label = label
            check(tab, same)


def test_twenty_steps_one_by_one_and_the_way_back(tab, same):
    errors = []
    for _ in range(20):
        errors.append(same.error())
        same.descend(LR)
        tab.locator("#once").click()
    check(tab, same)
    assert tab.locator("#course").inner_text().startswith("20 steps")
    same.restore()
    choose(tab, "past", 0)
    check(tab, same)
    assert number(tab, "#error") == pytest.approx(errors[0], rel=1e-5)
    choose(tab, "past", 20)
    for _ in range(20):
        same.error()
        same.descend(LR)
    check(tab, same)


def test_all_pictures_take_turns(tab, same, pictures):
    tab.locator("#examples").select_option("all")
    for step in range(3):
        tab.locator("#once").click()
        same.image, same.label = (
            pictures.images[3 + step],
            int(pictures.labels[3 + step]),
        )
        same.error()
        same.descend(LR)
    check(tab, same)


def test_the_timeline_goes_around(tab, same, pictures):
    """The first step hides values; the last takes new weights and the next image."""
    step_to(tab, 0)
    assert outputs(tab) == []
    last = int(tab.locator("#scrubber").get_attribute("max"))
    step_to(tab, last)
    same.error()
    same.descend(LR)
    assert outputs(tab) == []
    tab.keyboard.press("ArrowRight")
    assert tab.locator("html").get_attribute("data-chapter") == "forward"
    tab.locator("#chapters button").nth(2).click()
    same.image, same.label = pictures.images[3], int(pictures.labels[3])
    check(tab, same)
    step_to(tab, last)
    step_to(tab, last - 1)
    check(tab, same)


def test_a_weight_that_is_changed_changes_everything(tab, same):
    canvas = tab.locator("[data-part=w][data-place='0'] canvas")
    canvas.focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("+")
    [w, *_] = same.run.network.parameters().values()
    changed = w.data.copy()
    changed.flat[0] += np.float32(0.1) * np.abs(changed).max()
    w.data = changed
    check(tab, same)
    box = canvas.bounding_box()
    tab.mouse.move(box["x"] + 3, box["y"] + 3)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 3, box["y"] - 40)
    tab.mouse.up()
    assert number(tab, "#error") != pytest.approx(same.error(), rel=1e-5)
    tab.locator("#reset").click()
    same.restore()
    check(tab, same)


def test_without_a_filter(tab, same):
    tab.locator("[data-part=value][data-place='1'] canvas").hover(
        position={"x": 9, "y": 9}
    )
    tab.get_by_role("button", name="What if filter 1 were not there?").click()
    w, b, *_ = same.run.network.parameters().values()
    w.data = w.data * np.float32([0, 1, 1])[:, None, None, None]
    b.data = b.data * np.float32([0, 1, 1])
    check(tab, same)
    tab.get_by_role("button", name="Put filter 1 back").click()
    same.restore()
    check(tab, same)


@pytest.mark.parametrize("kind", ["sigmoid", "tanh"])
def test_another_activation(tab, same, kind):
    tab.locator("#activation").select_option(kind)
    function = {"sigmoid": tg.sigmoid, "tanh": tg.tanh}[kind]
    same.layers = [
        function if type(layer).__name__ == "ReLU" else layer for layer in same.layers
    ]
    check(tab, same)
    captions = tab.locator("figcaption").all_inner_texts()
    assert captions.count({"sigmoid": "σ", "tanh": "tanh"}[kind]) == 3
    assert "ReLU" not in captions


def test_too_large_a_step_is_named(tab, same):
    tab.locator("#too-large").click()
    last = int(tab.locator("#scrubber").get_attribute("max"))
    step_to(tab, last - 1)
    same.error()
    same.descend(10)
    said = tab.locator("#step-sentence").inner_text()
    rises = same.error() > number(tab, "#error")
    assert ("too large" in said) == rises


def test_drawing_changes_the_image(tab, same):
    before = number(tab, "#error")
    tab.locator("#draw").check()
    canvas = tab.locator("[data-part=value][data-place='0'] canvas")
    box = canvas.bounding_box()
    side = box["width"] / 32
    tab.mouse.move(box["x"] + 16.5 * side, box["y"] + 8.5 * side)
    tab.mouse.down()
    tab.mouse.up()
    assert number(tab, "#error") != before
    rows, columns = np.mgrid[:32, :32]
    dab = np.hypot(rows - 8, columns - 16) <= 1.6
    same.image = np.where(dab, 255, same.image).astype(np.uint8)
    check(tab, same)


def test_ones_own_picture(tab, same, pictures, tmp_path):
    from PIL import Image

    Image.fromarray(pictures.images[6].transpose(1, 2, 0)).save(tmp_path / "mine.png")
    tab.locator("#open").set_input_files(tmp_path / "mine.png")
    tab.locator("#pictures [aria-pressed=true]").wait_for(state="detached")
    same.image = pictures.images[6]
    check(tab, same)
    (tmp_path / "no.png").write_bytes(b"no")
    tab.locator("#open").set_input_files(tmp_path / "no.png")
    tab.get_by_text("no.png is not a picture").wait_for()


def test_random_weights_learn(tab):
    tab.locator("#random").click()
    first = number(tab, "#error")
    for _ in range(40):
        tab.locator("#once").click()
    assert number(tab, "#error") < first
    tab.locator("#trained").click()
    assert tab.locator("#course").inner_text() == "No step yet."


def test_training_runs_and_stops(tab):
    tab.locator("#train").click()
    tab.locator("#course", has_text=re.compile(r"^([6-9]|\d\d+) steps")).wait_for()
    tab.locator("#train").click()
    assert tab.locator("#train").inner_text() == "Train"
    count = tab.locator("#course").inner_text()
    tab.locator("#theme").click()
    assert tab.locator("#course").inner_text() == count
