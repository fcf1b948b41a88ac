"""Every Python block of README and docs runs, and shows what it says."""

import doctest
import re
import runpy
from pathlib import Path

import pytest
from together import together

from tinygraph import compositions, ops

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# A block of code, and the text that it prints, if that follows directly.
BLOCK = re.compile(
    r"^```python\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)


def comparable(printed: str) -> list[str]:
    """The lines of what was printed; those of a table of times in any order."""
    lines, times = re.subn(r"\d+\.\d+ (ms|µs)|<?\d+%", "(time)", printed)
    if not times:
        return printed.splitlines()
    return sorted(" ".join(line.split()) for line in lines.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run(page, tmp_path, monkeypatch, capsys):
    for package in ("torch", "onnx", "onnxruntime", "safetensors", "jax"):
        if re.search(rf"^import {package}\b", page.read_text(), re.MULTILINE):
            pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    for block, printed in BLOCK.findall(page.read_text()):
        if block.startswith(">>>"):
            test = parser.get_doctest(block, names, page.name, str(page), 0)
            runner.run(test, clear_globs=False)
            names.update(test.globs)
        else:
            exec(compile(block, str(page), "exec"), names)
            said = capsys.readouterr().out
            assert comparable(said) == comparable(printed) or not printed
    result = runner.summarize(verbose=False)
    assert result.failed == 0, capsys.readouterr().out


def test_pages_have_blocks():
    blocks = [block for page in PAGES for block in BLOCK.findall(page.read_text())]
    assert len(blocks) > 10


@together("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


def test_readme_has_exactly_two_commands_for_a_fresh_machine():
    commands = re.findall(r"^python -m pip install .*$", PAGES[0].read_text(), re.M)
    assert len(commands) == 2
    assert "nets train" in commands[0]
    assert "pytest" in commands[1]


def test_every_operation_is_in_the_reference():
    fill_in = runpy.run_path(str(ROOT / "docs" / "families.py"))["fill_in"]
    pages = [fill_in(page.read_text()) for page in ROOT.glob("docs/reference/*.md")]
    listed = re.findall(r"autofunction:: tinygraph\.(\w+)$", "\n".join(pages), re.M)
    public = {*ops.__all__, *compositions.__all__}
    assert public - set(listed) == set()
    assert sorted(set(listed) & public) == sorted(n for n in listed if n in public)
