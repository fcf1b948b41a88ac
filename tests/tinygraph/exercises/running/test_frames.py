"""What travels between the grader and a student's process, and what does not."""

import numpy as np
import pytest

from tinygraph.exercises.running import frames


@pytest.mark.parametrize(
    "tree",
    [
        None,
        [1, 2.5, "a\nb", True, float("inf")],
        (1, (2, [3])),
        {1: "a", "b": (2,)},
        [np.arange(6).reshape(2, 3), np.float64(0.1), np.zeros((0, 3)), np.array(True)],
    ],
)
def test_trees_travel_as_they_are(tree):
    assert repr(frames.decode(frames.encode(tree))) == repr(tree)


def test_the_bytes_are_the_same_on_every_system():
    big, little = (np.array([1.5, 2.0], f"{order}f8") for order in "><")
    assert frames.encode(big) == frames.encode(little)
    assert frames.encode(little).endswith(
        bytes.fromhex("000000000000f83f") + b"\0" * 7 + b"@"
    )
    assert frames.decode(frames.encode(big)).tolist() == [1.5, 2.0]


def test_only_data_is_sent():
    for thing in (object(), {1, 2}, np.array([object()])):
        with pytest.raises(TypeError):
            frames.encode(thing)


def frame(head: bytes, rest: bytes = b"") -> bytes:
    return len(head).to_bytes(8, "little") + head + rest


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 40,
        frame(b"{"),
        frame(b"[" * 100_000),
        frame(b'{"array": ["<f8", [1000000000000]]}'),
        frame(b'{"array": ["<f8", [-1]]}', bytes(8)),
        frame(b'{"array": ["O", [1]]}', bytes(8)),
        frame(b'{"array": ["<f8", [1.0]]}', bytes(8)),
        frame(b'{"array": 3}'),
        frame(b'{"dict": [[[1], 2]]}'),
        frame(b'{"a": 1, "b": 2}'),
        frame(b"9" * 10_000),
    ],
)
def test_malformed_frames_are_refused(data):
    with pytest.raises(ValueError):
        frames.decode(data)


@pytest.mark.parametrize(
    "tree",
    [b"[" * 30_000 + b"]" * 30_000, b"[" + b"[]," * 10**6 + b"[]]", b"9" * 10**6],
)
def test_a_forged_tree_is_refused_before_it_is_parsed(tree, monkeypatch):
    class Line:
        rest = frame(frame(tree))

        def recv(self, count):
            piece, self.rest = self.rest[:count], self.rest[count:]
            return piece

    if len(tree) > frames.LONGEST_TREE:
        monkeypatch.setattr(frames.json, "loads", lambda text: 1 / 0)
    with pytest.raises(ValueError):
        frames.receive(Line(), frames.LONGEST_TREE)


def test_an_empty_array_that_is_too_long_in_another_direction_is_refused():
    shape = b'{"array": ["d", [0, 1' + b"0" * 30 + b"]]}"
    with pytest.raises(ValueError, match="not an array"):
        frames.decode(frame(shape))
