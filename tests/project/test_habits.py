"""Hooks run what CI runs; pages are complete and in order; both packages one style."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_hooks_run_what_ci_runs():
    config = (ROOT / ".pre-commit-config.yaml").read_text()
    hooks = re.findall(r"^ +entry: (.*)$", config, re.MULTILINE)
    lines = (ROOT / ".ci/run").read_text().partition("== lint")[2].splitlines()
    assert hooks == lines[1:]


def test_hooks_download_nothing():
    config = (ROOT / ".pre-commit-config.yaml").read_text()
    assert set(re.findall(r"repo: (\S+)", config)) == {"local"}
    assert set(re.findall(r"language: (\S+)", config)) == {"system"}


def test_terms_of_the_glossary_are_in_order():
    terms = re.findall(r"^\*\*(.*?)\*\*", (ROOT / "docs/glossary.md").read_text(), re.M)
    assert len(terms) > 30
    assert terms == sorted(terms, key=str.casefold)


def test_every_extra_is_documented():
    page = (ROOT / "docs/installation.md").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert re.findall(r"^\| `(\w+)` \|", page, re.M) == [
        *project["optional-dependencies"]
    ]


@pytest.mark.parametrize("package", ["tinygraph", "nets"])
def test_both_packages_follow_one_style(package):
    for file in (ROOT / package).rglob("*.py"):
        text = file.read_text()
        assert not re.search(r"[^\s.]\.  [A-Z`]", text), f"{file}: two spaces"
        own = re.findall(rf"^(?:from|import) {package}\b.*", text, re.MULTILINE)
        assert not own or "exercises" in file.parts, f"{file}: {own[0]} is not relative"
