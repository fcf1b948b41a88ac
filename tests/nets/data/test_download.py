"""Data sets by name, from servers on this machine that do all that servers do."""

import builtins
import contextlib
import gzip
import hashlib
import io
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pooch")

from test_idx import NAMES, arrays, packed

from nets import data
from nets.__main__ import main
from nets.data import DataError, cifar, download, idx

FILES = {f"{NAMES[key]}.gz": gzip.compress(packed(a), mtime=0) for key, a in arrays()}
LARGE = next(name for name in FILES if "train-images" in name)


class Server(ThreadingHTTPServer):
    """Gives files, or parts of them, and remembers what it was asked."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.asked = files, []
        self.breaks_after: int | None = None  # bytes, once
        self.knows_ranges = True
        threading.Thread(target=self.serve_forever, args=[0.01], daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server, name = self.server, self.path[1:]
        asked = self.headers.get("Range")
        server.asked.append((name, asked))
        if name not in server.files:
            self.send_error(404)
            return
        content, status = server.files[name], 200
        if asked and server.knows_ranges:
            start, status = int(asked.removeprefix("bytes=").removesuffix("-")), 206
            if start >= len(content):
                self.send_error(416)
                return
            content = content[start:]
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        sent, server.breaks_after = server.breaks_after, None
        self.wfile.write(content[:sent])
        if sent is not None:
            self.connection.close()

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # we closed the connection
            super().handle()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator:
    """Start servers of files; all of them are mirrors of mnist."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for module in (idx, cifar):
        near = lambda name: download.places_of(name)[:1]  # noqa: E731
        monkeypatch.setattr(module, "places_of", near)
    sums = {
        name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()
    }
    servers: list[Server] = []

    def serve(files: dict[str, bytes] = FILES) -> Server:
        servers.append(Server(files))
        mirrors = tuple(server.address for server in servers)
        monkeypatch.setitem(download.SOURCES, "mnist", download.Source(mirrors, sums))
        return servers[-1]

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "tinygraph" / "mnist"


def names_in(place: Path) -> set[str]:
    return {path.name for path in place.iterdir()} - {".lock"}


def check(place: Path) -> None:
    """All files are there and are those of the server, and the pictures are theirs."""
    train, test = data.load("mnist")
    assert names_in(place) == set(FILES)
    assert all((place / name).read_bytes() == FILES[name] for name in FILES)
    given = dict(arrays())
    np.testing.assert_array_equal(train.images[:, 0], given["train", "images"])
    np.testing.assert_array_equal(test.labels, given["t10k", "labels"])


def test_files_are_downloaded_once(serve, place) -> None:
    server = serve()
    check(place)
    assert sorted(server.asked) == sorted((name, None) for name in FILES)
    check(place)
    assert len(server.asked) == len(FILES)


def test_only_what_is_missing_is_downloaded(serve, place) -> None:
    server = serve()
    place.mkdir(parents=True)
    (place / LARGE).write_bytes(FILES[LARGE])
    check(place)
    assert LARGE not in dict(server.asked) and len(server.asked) == 3


def test_what_was_interrupted_goes_on(serve, place, monkeypatch) -> None:
    monkeypatch.setattr(download, "CHUNK", 100)
    server = serve()
    server.breaks_after = 700
    check(place)
    assert server.asked[:2] == [(LARGE, None), (LARGE, "bytes=700-")]


def test_what_another_process_began_goes_on(serve, place) -> None:
    server = serve()
    place.mkdir(parents=True)
    (place / f"{LARGE}.part").write_bytes(FILES[LARGE][:500])
    check(place)
    assert server.asked[0] == (LARGE, "bytes=500-")


@pytest.mark.parametrize("knows_ranges", [True, False])
@pytest.mark.parametrize(
    "part", [FILES[LARGE], FILES[LARGE] + b"more", b"wrong"], ids=["all", "more", "bad"]
)
def test_a_part_that_is_of_no_use_begins_again(
    serve, place, part, knows_ranges
) -> None:
    server = serve()
    server.knows_ranges = knows_ranges
    place.mkdir(parents=True)
    (place / f"{LARGE}.part").write_bytes(part)
    check(place)
    assert server.asked[:2] == [(LARGE, f"bytes={len(part)}-"), (LARGE, None)]


def test_a_mirror_with_other_files_is_not_believed(serve, place) -> None:
    first = serve({name: content[::-1] for name, content in FILES.items()})
    second = serve()
    check(place)
    assert len(first.asked) == len(second.asked) == len(FILES)


def test_a_mirror_without_the_files(serve, place) -> None:
    serve({})
    serve()
    check(place)


@pytest.mark.parametrize(
    ("files", "why"),
    [({}, "the server says 404"), ({LARGE: b"x"}, "the file has another checksum")],
    ids=["none", "changed"],
)
def test_what_no_mirror_has_is_one_sentence(serve, place, files, why, capsys) -> None:
    server = serve(files)
    assert main(["train", "--data", "mnist"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"mnist could not be downloaded ({why}): put" in error
    assert f"put {LARGE} and " in error and f"from {server.address}, into " in error
    assert str(place) in error and names_in(place) == set()


def test_without_a_network(serve, place) -> None:
    server = serve()
    server.shutdown()
    server.server_close()
    with pytest.raises(DataError, match=r"downloaded \(no server answers\): put "):
        data.load("mnist")


def test_without_pooch(serve, place, monkeypatch) -> None:
    serve()
    find = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "pooch":
            raise ModuleNotFoundError("No module named 'pooch'", name="pooch")
        return find(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, "pooch")
    said = r"pooch is missing, .*tinygraph\[download\]', or put train-images-idx3-ubyte"
    with pytest.raises(DataError, match=said):
        data.load("mnist")
    assert not place.exists()


def test_cifar_10_by_name(serve, tmp_path, monkeypatch) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name in (*cifar.TRAIN_FILES, cifar.TEST_FILE):
            batch = b"".join(bytes([label]) + bytes(3072) for label in (5, 3, 8, 2))
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(batch)
            archive.addfile(info, io.BytesIO(batch))
    files = {cifar.ARCHIVE: content.getvalue()}
    server = serve(files)
    digest = hashlib.sha256(content.getvalue()).hexdigest()
    source = download.Source((server.address,), {cifar.ARCHIVE: digest})
    monkeypatch.setitem(download.SOURCES, "cifar-10", source)
    for _ in range(2):
        train, test = data.load("cifar-10")
        assert (len(train), len(test)) == (20, 4) and len(server.asked) == 1
    folder = tmp_path / "cache" / "tinygraph" / "cifar-10"
    with tarfile.open(folder / cifar.ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    (folder / cifar.ARCHIVE).unlink()
    assert len(data.load("cifar-10", classes="all")[0]) == 20 and len(server.asked) == 1


def test_every_source_has_checksums_and_several_mirrors() -> None:
    assert set(download.SOURCES) == {*idx.NAMED, "cifar-10"}
    for source in download.SOURCES.values():
        assert len(source.mirrors) > 1
        assert all(mirror.endswith("/") for mirror in source.mirrors)
        assert all(len(bytes.fromhex(digest)) == 32 for digest in source.files.values())
