"""The page of a trace: its content, before a browser shows it."""

import base64
import json
import re
import zlib

import numpy as np
import pytest
from leaves import parameter
from losses import HOSTILE, lenet, quartic
from rooms import ROOT

import tinygraph as tg
from tinygraph.drawing.picture import MOST_BOXES
from tinygraph.tracing.page import page
from tinygraph.tracing.page.arrays import array_summary
from tinygraph.tracing.page.filling import MANY_BOXES


def written(trace, **options):
    return page(trace, "title", **options)


def unpacked(picture):
    return np.frombuffer(zlib.decompress(base64.b64decode(picture["z"])), np.uint8)


def data_of(text):
    found = re.search(
        r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL
    )
    return json.loads(found[1])


@pytest.mark.parametrize("batch", [1, 4, 16])
def test_the_page_of_lenet_is_small_and_the_same_each_time(batch):
    texts = [written(tg.trace(lenet(batch), lr=0.1)) for _ in range(2)]
    assert texts[0] == texts[1]
    assert len(texts[0].encode()) < 300_000


def test_a_page_asks_nothing_of_the_network():
    text = written(tg.trace(lenet(1)))
    addresses = set(re.findall(r"https?://[^\"'\s<)]+", text))
    assert all(address.startswith("http://www.w3.org/") for address in addresses)
    assert not re.search(r"<(link|img|script)[^>]+(src|href)=(?!\"data:)", text)
    assert "@import" not in text
    assert "url(http" not in text


def test_the_numbers_of_a_page_are_those_of_the_trace():
    *_, loss = quartic()
    trace = tg.trace(loss, lr=0.1)
    document = data_of(written(trace))
    assert document["chapters"] == [len(trace.forward), len(trace), 1]
    backward = document["steps"][len(trace.forward) :][: len(trace)]
    for entry, step in zip(backward, trace, strict=True):
        for key in ("gradient", "contribution", "total"):
            if getattr(step, key) is None:
                assert entry[key] is None
                continue
            shown = document["tensors"][entry[key]]
            expected = np.asarray(getattr(step, key))
            assert shown["shape"] == list(expected.shape)
            assert np.array_equal(np.ravel(shown["numbers"]), expected.ravel())


def test_the_formulas_of_a_page_are_mathml_of_the_steps():
    *_, loss = quartic("weight")
    trace = tg.trace(loss, lr=0.1)
    document = data_of(written(trace))
    steps = document["steps"][len(trace.forward) :]
    for entry, step in zip(steps, [*trace.steps, *trace.updates], strict=True):
        shown = document["formulas"][entry["formula"]]
        assert shown.startswith("<math") and shown.endswith("</math>")
        name = step.name if isinstance(step, tg.UpdateStep) else step.source_name
        assert f"<mtext>{name}</mtext>" in shown
    plugged = [
        document["formulas"][entry["plugged"]]
        for entry in steps
        if entry.get("plugged")
    ]
    assert len(plugged) > 3
    assert all("<mn>" in shown and "<mtext>" not in shown for shown in plugged)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_text_on_a_page(name):
    x = parameter([3.0, 1.0], name)
    trace = tg.trace((x * x).sum())
    text = written(trace)
    assert text.count("</script>") == text.count("<script")
    assert "<b>" not in text
    assert data_of(text)["nodes"][0]["name"] == trace.names[x.node]


def test_odd_values_have_a_page():
    a = parameter([np.nan, 1.0, -np.inf], "a")
    integers, empty = tg.Tensor([1, 2, 3]), parameter(np.zeros((0, 3)), "empty")
    wide = parameter(np.full((4, 4), np.inf), "wide")
    loss = (a * integers).sum() + empty.sum() + wide.sum()
    document = data_of(written(tg.trace(loss)))
    texts = " ".join(note["text"] for note in document["remarks"])
    assert "The value of a contains NaN." in texts
    assert "The value of wide contains infinity." in texts


def test_too_many_boxes_are_refused_with_a_remedy():
    x = parameter([1.0, 2.0])
    own, rng = [tg.tanh, tg.sin, tg.cos, tg.sigmoid], np.random.default_rng(2)
    for place in rng.integers(4, size=3000):
        x = own[place](x)
    with pytest.raises(tg.DrawingError, match=r"scope.*depth=0"):
        written(tg.trace(x.sum()))


def test_a_large_graph_with_layers_is_closed():
    x = parameter([1.0, 2.0])
    for block in range(30):
        with tg.scope(f"block{block}"):
            for _ in range(100):
                x = tg.tanh(x)
    trace = tg.trace(x.sum())
    document = data_of(written(trace))
    assert len(document["nodes"]) == 3002
    assert len({node["box"] for node in document["nodes"]}) == 31


def test_layers_can_be_closed_by_depth():
    document = data_of(written(tg.trace(lenet(1)), depth=0))
    assert len({node["box"] for node in document["nodes"]}) < 10


def test_a_picture_keeps_the_largest_magnitude():
    array = np.zeros((1, 1, 200, 300))
    array[0, 0, 17, 33] = -5.0
    array[0, 0, 150, 250] = 2.5
    picture = array_summary(array)["picture"]
    assert picture["h"] * picture["w"] <= 4096
    pixels = unpacked(picture)
    assert pixels.min() == 1
    assert pixels.max() == round(128 + 127 / 2)
    assert (pixels != 128).sum() == 2


def test_a_photograph_keeps_its_colours():
    image = np.random.default_rng(0).random((2, 3, 8, 8))
    picture = array_summary(image, image=True)["picture"]
    pixels = unpacked(picture)
    colours = pixels.reshape(8, 8, 3).transpose(2, 0, 1) / 255.0
    low, high = image[0].min(), image[0].max()
    assert np.allclose(colours * (high - low) + low, image[0], atol=0.01)


def test_what_is_no_number_has_a_pixel_of_its_own():
    array = np.ones((5, 5))
    array[2, 3] = np.nan
    entry = array_summary(array)
    assert (entry["nan"], entry["inf"], entry["max"]) == (1, 0, 1.0)
    picture = entry["picture"]
    pixels = unpacked(picture)
    assert pixels.reshape(5, 5)[2, 3] == 0
    assert (pixels == 255).sum() == 24


def test_a_notebook_shows_a_loss_and_its_trace_in_a_frame():
    x, h, loss = quartic("<x>")
    for shown in (loss._repr_html_(), tg.trace(loss)._repr_html_()):
        assert shown.startswith('<iframe title="')
        assert 'sandbox="allow-scripts"' in shown
        assert shown.count("<") == 2
    assert h._repr_html_() is None
    assert x._repr_html_() is None


def test_norms_that_overflow_have_a_page():
    x = parameter(np.full(20, 1e200), "x")
    loss = (x * 1e100).sum()
    text = written(tg.trace(loss))
    assert "inf" in [entry.get("norm") for entry in data_of(text)["tensors"]]
    loss.backward()
    assert "norm" in tg.draw(loss).source
    assert loss.graph.summary()
    assert json.loads(tg.trace(loss).to_json())
    assert json.loads(loss.graph.to_json())


def test_a_picture_is_as_bright_as_the_whole_array_says():
    array = np.ones((100, 3, 3))
    array[99] = 1000.0  # a tile that is not shown
    picture = array_summary(array)["picture"]
    pixels = unpacked(picture)
    assert pixels.max() == 128


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_an_image_with_odd_pixels_is_still_seen(odd):
    image = np.random.default_rng(0).random((1, 3, 8, 8))
    image[0, 0, 0, 0] = odd
    picture = array_summary(image, image=True)["picture"]
    pixels = unpacked(picture)
    assert len(np.unique(pixels)) > 50


def test_tiles_are_in_a_grid_that_is_wider_than_high():
    picture = array_summary(np.ones((16, 5, 5)))["picture"]
    assert (picture["w"], picture["h"]) == (5 * 6 - 1, 4 * 6 - 1)


def test_arrays_up_to_12_numbers_are_written_out():
    assert "numbers" in array_summary(np.ones(12))
    assert "numbers" not in array_summary(np.ones(13))


@pytest.mark.parametrize(
    ("shape", "block", "shown"),
    [((64, 64), 1, 1), ((65, 64), 2, 1), ((64, 8, 8), 1, 64), ((65, 8, 8), 1, 64)],
)
def test_a_picture_has_4096_pixels_and_64_tiles_at_most(shape, block, shown):
    picture = array_summary(np.ones(shape))["picture"]
    assert (picture["block"], picture["tiles"]) == (block, shown)
    assert picture["of"] == (shape[0] if len(shape) == 3 else 1)


def test_the_numbers_of_boxes_are_those_in_the_documentation():
    text = " ".join((ROOT / "docs" / "tracing.md").read_text().split())
    assert f"With more than {MANY_BOXES} boxes, the page opens with all layers" in text
    assert f"With more than {MOST_BOXES}, the graph cannot be laid out" in text


def test_layers_begin_closed_where_there_are_many_boxes(monkeypatch):
    trace = tg.trace(quartic()[-1])
    boxes = len(data_of(written(trace))["boxes"])
    for most, closed in ((boxes, False), (boxes - 1, True)):
        monkeypatch.setattr("tinygraph.tracing.page.filling.MANY_BOXES", most)
        assert data_of(written(trace))["closed"] is closed
