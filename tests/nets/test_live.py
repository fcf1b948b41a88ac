"""The page that follows a training run: to this machine alone, until the run ends."""

import http.client
import json
import re
import sys
import threading
from urllib.parse import urlsplit

import numpy as np
import pytest

from nets import Settings, start
from nets.__main__ import main
from nets.live import following
from nets.live.following import as_pixels
from nets.training import Record, fit

module = sys.modules["nets.live.following"]


@pytest.fixture(autouse=True)
def nobody_asks_again(monkeypatch):
    """The end of a run waits for no page, but where a test has one that asks."""
    monkeypatch.setattr(module, "LAST", 0.0)


@pytest.fixture
def patience(monkeypatch, nobody_asks_again):
    """The end of a run waits until a page has asked once more."""
    monkeypatch.setattr(module, "LAST", 60.0)


@pytest.fixture
def run(train):
    return start(Settings(epochs=2, batch_size=8, filters=(4,), pairs=1), train)


def asked(address, path="", host=None, method="GET"):
    """The status, the headers and the content that a path under the address gives."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    headers = {} if host is None else {"Host": host}
    connection.request(method, parts.path + path, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def state(page, seen=0):
    return json.loads(asked(page.address, f"state?seen={seen}")[2])


def test_the_page_knows_what_the_training_says(run, train, test):
    with following(run, len(train)) as page:
        first = state(page)
        assert (first["version"], first["finished"], first["history"]) == (1, False, [])
        assert (first["epochs"], first["batches_per_epoch"]) == (2, 3)
        assert first["hits"]

        def watch(records):
            for record in records:
                page.batch(record)
                yield record

        for epoch, record in enumerate(fit(run, train, test, watch), start=1):
            now = state(page)
            assert [number for number, *_ in now["batches"]] == [1, 2, 3]
            assert now["batches"][-1][1] == pytest.approx(record.train_loss)
            page.epoch(record)
            now = state(page)
            assert now["batches"] == []
            assert [each["epoch"] for each in now["history"]] == [*range(1, epoch + 1)]
            assert now["history"][-1]["test_loss"] == record.test_loss
        before, after = state(page)["filters"]
        assert before["count"] == after["count"] == 4
        assert before["size"] == [5, 5]
        assert before["pixels"] != after["pixels"]


def test_news_are_waited_for(run, train):
    """A request for what is newer is answered when there is something newer."""
    with following(run, len(train)) as page:
        found = []
        waiting = threading.Thread(target=lambda: found.append(state(page, seen=1)))
        waiting.start()
        run.progress.batch = 1
        page.batch(Record(0.5, 0.25))
        waiting.join()
        assert found[0]["batches"] == [[1, 0.5, 0.25]]


@pytest.mark.usefixtures("patience")
def test_whoever_waits_hears_of_the_end_and_then_nobody_answers(run, train):
    found = []
    with following(run, len(train)) as page:
        seen = state(page)["version"]
        waiting = threading.Thread(target=lambda: found.append(state(page, seen)))
        waiting.start()
    waiting.join()
    assert found[0]["finished"]
    with pytest.raises(ConnectionRefusedError):
        asked(page.address)


def test_only_the_address_is_answered(run, train):
    with following(run, len(train)) as page, following(run, len(train)) as other:
        assert page.address != other.address
        port = urlsplit(page.address).port
        root = f"http://127.0.0.1:{port}"
        token = urlsplit(page.address).path.strip("/")
        assert re.fullmatch(r"[\w-]{22}", token)
        for path in (
            *("/", "/page.js", "/state?seen=0", f"/{token}", f"/{token[:-1]}/"),
            *(f"/{token}/../{token}/", f"/{token}/server.py", f"/{token}/state"),
            *(f"/{token}/state?seen=x", f"/{token}/state?seen=-1", "//", "/%C3%A9/"),
        ):
            status, _, content = asked(root, path)
            assert (status, b"history" in content) == (404, False), path
        assert asked(page.address, host="example.org")[0] == 404
        assert asked(page.address, host=f"localhost:{port}")[0] == 200
        assert asked(page.address, method="POST")[0] == 501


def test_nothing_from_elsewhere_and_nothing_kept(run, train):
    with following(run, len(train)) as page:
        for path in ("", "page.js", "page.css", "state?seen=0"):
            status, headers, content = asked(page.address, path)
            assert status == 200
            assert headers["Cache-Control"] == "no-store"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["Server"] == "nets"
            assert b"http" not in content.replace(b"http://www.w3.org/2000/svg", b"")


def test_filters_become_pixels():
    w = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    pixels = as_pixels(w)
    assert pixels.shape == (2, 4, 5, 4)
    assert (pixels[..., 3] == 255).all()
    f, c, i, j = np.unravel_index(np.abs(w).argmax(), w.shape)
    assert pixels[f, i, j, c] == (255 if w[f, c, i, j] > 0 else 0)
    grey = as_pixels(np.ones((1, 7, 2, 2)))
    assert (grey == 255).all()
    assert (as_pixels(np.zeros((1, 3, 1, 1)))[..., :3] == 127).all()


def test_a_network_without_convolution_has_no_filters(train):
    run = start(Settings(network="mlp"), train)
    with following(run, len(train)) as page:
        assert state(page)["filters"] == [None]


def test_the_command_prints_the_address_and_ends_with_the_run(
    image_folder, tmp_path, capsys
):
    words = ["train", "--live", "--epochs", "1", "--pairs", "1", "--filters", "2"]
    words += ["--data", str(image_folder), "--out", str(tmp_path / "run")]
    assert main(words) == 0
    said = capsys.readouterr().out
    [address] = re.findall(
        r"follow the training at (http://127\.0\.0\.1:\d+/\S+/)", said
    )
    with pytest.raises(ConnectionRefusedError):
        asked(address)


@pytest.mark.usefixtures("patience")
def test_in_a_browser(chromium, run, train, test):
    """The page draws what training says, without a word on the console."""
    from playwright.sync_api import expect

    said = []
    tab = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    status = tab.locator("#status")
    with following(run, len(train)) as page:
        tab.goto(page.address)
        expect(status).to_have_text("Epoch 1 of 2.")
        expect(tab.locator("#before canvas")).to_have_count(4)
        run.progress.batch = 1
        page.batch(Record(0.5, 0.25))
        expect(status).to_have_text("Epoch 1 of 2. Loss 0.5000, accuracy 25.0 %.")
        run.progress.batch = 0
        records = fit(run, train, test)
        page.epoch(next(records))
        expect(status).to_contain_text("Test after epoch 1")
        expect(tab.locator("#loss circle.test")).to_have_count(1)
        page.epoch(next(records))
        expect(tab.locator("#loss circle.test")).to_have_count(2)
        expect(tab.locator("#accuracy circle.train")).to_have_count(2)
        bar = tab.locator("#progress")
        assert float(bar.get_attribute("value")) == 1
    expect(status).to_contain_text("The training has ended.")
    expect(tab.locator("#loss circle.test")).to_have_count(2)
    tab.context.close()
    assert said == []


def test_a_run_is_the_same_with_a_page(run, train, test):
    plain = start(run.settings, train)
    [*fit(plain, train, test)]
    with following(run, len(train)) as page:
        asked(page.address)

        def watch(records):
            for record in records:
                page.batch(record)
                state(page)
                yield record

        for record in fit(run, train, test, watch):
            page.epoch(record)
    state_of = [network.state_dict() for network in (run.network, plain.network)]
    for key, array in state_of[0].items():
        assert array.tobytes() == state_of[1][key].tobytes()


def test_numbers_have_no_accuracy(tmp_path, monkeypatch):
    """The command follows a run on a table, too, and the page is told so."""
    found = []

    def end(page):
        found.append(json.loads(page.state(0)))

    monkeypatch.setattr(module.Following, "end", end)
    rows = "".join(f"{x},{0.37 * x + 0.5}\n" for x in range(40))
    (tmp_path / "line.csv").write_text("x,y\n" + rows)
    words = ["train", "--live", "--epochs", "1", "--out", str(tmp_path / "run")]
    words += ["--data", str(tmp_path / "line.csv"), "--target", "y"]
    assert main(words) == 0
    assert (found[0]["hits"], found[0]["filters"][0]) == (False, None)
    assert len(found[0]["history"]) == 1
