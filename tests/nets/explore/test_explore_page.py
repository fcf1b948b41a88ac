"""The page itself in a browser: its numbers are tinygraph's, whatever is done to it."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from explored import near, page_module, run_of

import tinygraph as tg
from nets import data
from nets.explore import page

LR = page_module.LR
WINDOW = {"viewport": {"width": 1280, "height": 800}}
SMALL = {"filters": (3, 4), "kernel": (5, 3), "hidden": (10,)}
SET = """([id, value]) => {
  const one = document.getElementById(id);
  one.value = value;
  one.dispatchEvent(new Event("input"));
}"""


@pytest.fixture(scope="module")
def run(pictures):
    return run_of(pictures, **SMALL)


@pytest.fixture
def tab(chromium, run, pictures, tmp_path):
    """The page of a small network; in the end it has said and asked for nothing."""
    said = []
    path = tmp_path / "page.html"
    path.write_text(page(run, pictures, first=2), encoding="utf-8")
    opened = chromium.new_context(**WINDOW).new_page()
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: said.append(request.url))
    opened.goto(path.as_uri())
    said.remove(path.as_uri())
    yield opened
    opened.context.close()
    assert [text for text in said if not text.startswith("data:")] == []


def number(tab, selector):
    """The number that an element shows, to the last digit."""
    return float(
        tab.locator(f"{selector} [data-value]").first.get_attribute("data-value")
    )


def outputs(tab):
    shown = tab.locator("#outputs tbody [data-value]")
    return [float(one.get_attribute("data-value")) for one in shown.all()]


def choose(tab, name, value):
    tab.evaluate(SET, [name, str(value)])


def step_to(tab, place):
    choose(tab, "scrubber", place)


class Same:
    """The same network in tinygraph, with a picture and a target."""

    def __init__(self, run, pictures, picture=2):
        self.run, self.layers = run, [layer for _, layer in run.network.named_parts()]
        self.start = {key: w.data for key, w in run.network.parameters().items()}
        self.image, self.label = pictures.images[picture], int(pictures.labels[picture])

    def error(self):
        x = tg.Tensor(self.run.standardise(self.image[None]), requires_grad=True)
        self.x = x
        for layer in self.layers:
            x = layer(x)
        self.output = x
        target = np.eye(len(self.run.classes), dtype=np.float32)[[self.label]]
        error = tg.mse(x, target)
        for parameter in self.run.network.parameters().values():
            parameter.zero_grad()
        error.backward()
        return error.item()

    def descend(self, lr):
        for parameter in self.run.network.parameters().values():
            parameter.data = parameter.data - np.float32(lr) * parameter.grad

    def restore(self):
        for key, parameter in self.run.network.parameters().items():
            parameter.data = self.start[key]


@pytest.fixture
def same(run, pictures):
    found = Same(run, pictures)
    yield found
    found.restore()


def check(tab, same):
    """Error and outputs on the page are those of tinygraph."""
    error = same.error()
    assert number(tab, "#error") == pytest.approx(error, rel=1e-5)
    assert near(outputs(tab), same.output.data) < 1e-5


def test_the_page_is_small_and_the_same_each_time(run, pictures):
    texts = [page(run, pictures) for _ in range(2)]
    assert texts[0] == texts[1]
    assert len(page(run_of(pictures), data.pictures(40)).encode()) < 1_500_000


def test_it_asks_nothing_of_the_network(run, pictures):
    text = page(run, pictures)
    addresses = set(re.findall(r"https?://[^\"'\s<)]+", text))
    assert all(address.startswith("http://www.w3.org/") for address in addresses)
    assert not re.search(r"<(link|img|script)[^>]+(src|href)=(?!\"data:)", text)
    assert "default-src 'none'" in text


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


def test_gradients_arrive_from_the_end(tab):
    count = int(tab.locator("#scrubber").get_attribute("max"))
    seen = []
    for place in range(count + 1):
        step_to(tab, place)
        seen.append(tab.locator("[data-shows=gradient]").count())
    begin = seen.index(1)
    views = tab.locator(".view").count()
    assert seen[:begin] == [0] * begin
    assert sorted(seen[begin:-2]) == seen[begin:-2]
    assert seen[-3] == views
    assert seen[-2:] == [0, 0]


def test_every_step_of_the_backward_pass_names_its_line(tab):
    count = int(tab.locator("#scrubber").get_attribute("max"))
    found = set()
    for place in range(count - 1):
        step_to(tab, place)
        found |= {
            one.inner_text() for one in tab.locator("#step-formula .source").all()
        }
    root = page_module.HERE.parents[1]
    assert len(found) >= 9
    for line in found:
        file, number_of = re.fullmatch(
            r"(tinygraph/ops/\w+\.py), line (\d+)", line
        ).groups()
        begins = (root / file).read_text().splitlines()[int(number_of) - 1]
        assert re.search(r"vjp|lambda g|def \w+\(g: Any", begins), line
    assert tab.locator("#step-formula math").count() == 2


def test_why_spells_out_sums(tab, same):
    """Under the pointer: the number, and terms that add up to it."""
    same.error()
    for part, place, gradient in (
        ("value", 1, False),
        ("value", 4, False),
        ("w", 0, True),
    ):
        step_to(
            tab,
            int(tab.locator("#scrubber").get_attribute("max")) - 2 if gradient else 9,
        )
        tab.locator("#shows").select_option("gradients" if gradient else "values")
        canvas = tab.locator(f"[data-part={part}][data-place='{place}'] canvas")
        canvas.hover(position={"x": 12, "y": 12})
        shown = tab.locator("#why-terms tr:not(.sum) [data-value]")
        products = [float(one.get_attribute("data-value")) for one in shown.all()]
        total = number(tab, "#why-number")
        scale = max(map(abs, products))
        assert sum(products) == pytest.approx(total, abs=1e-5 * scale)
        assert tab.locator(".marks .focus").count() == 1
        assert tab.locator(".marks .source").count() >= 1


def test_the_update_is_spelled_out(tab, same):
    """The weight of the first layer with the largest gradient, after the step."""
    step_to(tab, int(tab.locator("#scrubber").get_attribute("max")) - 1)
    same.error()
    [w, *_] = same.run.network.parameters().values()
    place = np.abs(w.grad).argmax()
    after = w.data.flat[place] - LR * w.grad.flat[place]
    assert number(tab, "#step-example") == pytest.approx(after, rel=1e-5)
    assert "E falls from" in tab.locator("#step-sentence").inner_text()
    tab.locator("#step-example .look").click()
    assert number(tab, "#why-number") == pytest.approx(w.data.flat[place], rel=1e-5)


def test_a_pooled_pixel_shows_its_window_and_the_winner(tab, same):
    canvas = tab.locator("[data-part=value][data-place='3'] canvas")
    canvas.hover(position={"x": 10, "y": 10})
    same.error()
    terms = tab.locator("#why-terms tr:not(.sum)")
    assert terms.count() == 1 + 4
    assert tab.locator("[data-place='2'] .winner").count() == 1
    values = same.run.standardise(same.image[None])
    for layer in same.layers[:3]:
        values = layer(tg.Tensor(np.asarray(getattr(values, "data", values))))
    assert number(tab, "#why-number") in values.data[0].ravel().tolist()


def test_layers_are_closed_and_opened(tab):
    name = tab.locator(".panel .name").first
    views = tab.locator(".panel:has(.name) .view:visible")
    before = views.count()
    name.click()
    assert name.get_attribute("aria-expanded") == "false"
    assert views.count() == before - 4
    name.click()
    assert views.count() == before


def test_keys_reach_every_number(tab, same):
    canvas = tab.locator("[data-part=value][data-place='1'] canvas")
    canvas.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        tab.keyboard.press(key)
    assert "map 1, row 2, column 2" in tab.locator("#why-name").inner_text()
    values = same.layers[0](tg.Tensor(same.run.standardise(same.image[None])))
    assert number(tab, "#why-number") == pytest.approx(
        values.data[0, 0, 1, 1], rel=1e-5
    )
    tab.keyboard.press("Escape")
    assert tab.locator("#why-body").is_hidden()


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


def test_terms_add_up_in_the_wrong_order_too(tab, same):
    """There, gradients have gone through weights that were already new."""
    values = [same.run.standardise(same.image[None])]
    for layer in same.layers:
        values.append(np.asarray(layer(tg.Tensor(values[-1])).data))
    tab.locator("#too-large").click()
    tab.locator("#shows").select_option("gradients")
    step_to(tab, int(tab.locator("#scrubber").get_attribute("max")) - 2)
    for place in (3, 9):  # before a convolution, and before weighted sums
        active = int(values[place].argmax())  # weights of others do not change
        totals = [total_of_terms(tab, place, active, is_wrong) for is_wrong in (0, 1)]
        assert totals[0] != totals[1]


def total_of_terms(tab, place, index, is_wrong):
    """The gradient of an element of a value, which its terms add up to."""
    tab.locator("#wrong-order").set_checked(bool(is_wrong))
    tab.locator(f"[data-part=value][data-place='{place}'] canvas").focus()
    for _ in range(index + 1):
        tab.keyboard.press("ArrowRight")
    terms = tab.locator("#why-terms tr:not(.sum) [data-value]").all()
    products = [float(one.get_attribute("data-value")) for one in terms]
    total = number(tab, "#why-number")
    scale = max(map(abs, products))
    assert scale > 0
    assert sum(products) == pytest.approx(total, abs=1e-5 * scale)
    tab.keyboard.press("Escape")
    return total


def test_the_update_shows_the_new_weights(tab):
    """They stay when the next image comes."""
    tab.locator("#too-large").click()
    last = int(tab.locator("#scrubber").get_attribute("max"))
    pictures = []
    for place in (8, last - 1, last):
        step_to(tab, place)
        canvas = tab.locator("[data-part=w] canvas").first
        pictures.append(canvas.evaluate("(canvas) => canvas.toDataURL()"))
    assert pictures[0] != pictures[1] == pictures[2]


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
    tab.wait_for_function(
        "() => !document.querySelector('#pictures [aria-pressed=true]')"
    )
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
    tab.wait_for_function(
        "() => parseInt(document.querySelector('#course').textContent) > 5"
    )
    tab.locator("#train").click()
    assert tab.locator("#train").inner_text() == "Train"
    count = tab.locator("#course").inner_text()
    tab.locator("#theme").click()
    assert tab.locator("#course").inner_text() == count


def test_playing_goes_on_and_pauses(tab):
    tab.locator("#speed").select_option("4")
    tab.locator("#play").click()
    tab.wait_for_function(
        "() => document.documentElement.dataset.chapter === 'backward'"
    )
    tab.locator("#play").click()
    assert tab.locator("#play").inner_text() == "Play"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_nothing_sticks_out(chromium, run, pictures, tmp_path, scheme, width):
    path = tmp_path / "page.html"
    path.write_text(page(run, pictures), encoding="utf-8")
    window = {"width": width, "height": 844}
    tab = chromium.new_context(viewport=window, color_scheme=scheme).new_page()
    tab.goto(path.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    tab.context.close()


def test_paper_is_white(chromium, run, pictures, tmp_path):
    """A dark page prints with the colours of the light one, and stays dark."""
    path = tmp_path / "page.html"
    path.write_text(page(run, pictures), encoding="utf-8")
    tab = chromium.new_context(**WINDOW, color_scheme="dark").new_page()
    tab.goto(path.as_uri())
    step_to(tab, int(tab.locator("#scrubber").get_attribute("max")) - 2)
    canvas = tab.locator("[data-part=w] canvas").first
    seen = []
    for event in ("none", "beforeprint", "afterprint"):
        tab.evaluate("(name) => dispatchEvent(new Event(name))", event)
        seen.append(canvas.evaluate("(canvas) => canvas.toDataURL()"))
    tab.context.close()
    assert seen[0] == seen[2] != seen[1]


def test_without_javascript_it_says_so(chromium, run, pictures, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page(run, pictures), encoding="utf-8")
    tab = chromium.new_context(java_script_enabled=False).new_page()
    tab.goto(path.as_uri())
    assert "it needs JavaScript" in tab.locator("noscript").inner_text()
    assert tab.locator("main").is_hidden()
    tab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium, run, pictures, tmp_path, scheme):
    """In both themes, with a number explained and gradients everywhere."""
    folder = Path(os.environ.get("NODE_MODULES", ""))
    axe = folder / "axe-core/axe.min.js"
    if not axe.exists():
        pytest.skip("npm install axe-core, and name its folder by NODE_MODULES")
    path = tmp_path / "page.html"
    path.write_text(page(run, pictures), encoding="utf-8")
    options = {"color_scheme": scheme, "bypass_csp": True}
    tab = chromium.new_context(**WINDOW, **options).new_page()
    tab.goto(path.as_uri())
    step_to(tab, int(tab.locator("#scrubber").get_attribute("max")) - 2)
    tab.locator("[data-part=w] canvas").first.focus()
    tab.keyboard.press("ArrowRight")
    tab.add_script_tag(path=axe)
    found = tab.evaluate("() => axe.run().then(({ violations }) => violations)")
    tab.context.close()
    assert [one["id"] for one in found] == []
