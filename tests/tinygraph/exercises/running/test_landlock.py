"""What Landlock allows: nothing hidden, by whatever name it is reached."""

from pathlib import Path

import pytest

from tinygraph.exercises.running.landlock import READ, pieces


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A virtual environment, whose folder of packages has two names."""
    packages = tmp_path / "env" / "lib" / "packages"
    for name in ("tinygraph", "numpy"):
        (packages / name).mkdir(parents=True)
        (packages / name / "a.py").touch()
    (tmp_path / "env" / "lib64").symlink_to("lib")
    (tmp_path / "env" / "loop").symlink_to("..")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "env" / "elsewhere").symlink_to("../elsewhere")
    return tmp_path / "env"


def readable(prefix: Path, *hidden: Path) -> set[Path]:
    """What is allowed to be read, with links followed as the kernel does."""
    found = pieces(str(prefix), list(map(str, hidden)))
    return {Path(path).resolve() for path, right in found if right == READ}


def test_what_is_hidden_is_not_read_by_its_second_name(prefix: Path) -> None:
    hidden = prefix / "lib" / "packages" / "tinygraph"
    found = readable(prefix, hidden)
    assert found == {prefix / "lib/packages/numpy", prefix.parent / "elsewhere"}
    assert not any(hidden.is_relative_to(path) for path in found)


def test_a_hidden_folder_outside_is_not_reached_by_a_link(prefix: Path) -> None:
    inner = prefix / "lib" / "packages" / "tinygraph"
    found = readable(prefix, inner, prefix.parent / "elsewhere")
    assert found == {prefix / "lib/packages/numpy"}


def test_a_folder_without_anything_hidden_is_one_piece(prefix: Path) -> None:
    assert readable(prefix, prefix.parent / "other") == {prefix}
    link = prefix.parent / "link"
    link.symlink_to(prefix)
    assert readable(link) == {prefix}
