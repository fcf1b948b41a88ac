"""Code that the pages quote in their sentences exists: names, files and commands."""

import ast
import builtins
import contextlib
import functools
import importlib
import io
import itertools
import re
import shlex
from pathlib import Path

import networkx
import pytest
from together import together

import nets.__main__
import tinygraph.__main__

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
pages = together("page", PAGES, ids=lambda page: page.name)
# data.md quotes what folders and files of users are called.
pages_of_code = together(
    "page",
    [page for page in PAGES if page.name != "data.md"],
    ids=lambda page: page.name,
)
PACKAGES = {
    "tg": "tinygraph",
    "np": "numpy",
    "nx": "networkx",
    "tinygraph": "tinygraph",
    "nets": "nets",
    "numpy": "numpy",
}
PACKAGED = ("tinygraph", "nets")
WRITTEN = {
    "class.html",
    "backward.html",
    "explore.html",
    "y.html",
    "docs/_site/index.html",
    "16_layer_norm_vjp.py",
}  # by commands and examples
HANDED_IN = re.compile(r"(.*/)?01_(mse|MSE)\b.*")  # as students and browsers name it
MAINS = {"nets": nets.__main__.main, "tinygraph": tinygraph.__main__.main}
SUFFIXES = {".py", ".md", ".toml", ".yaml", ".js", ".html", ".css"}

BLOCK = re.compile(r"^(`{3,}|:{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:.*&& )?(python -m nets|(?:python -m )?tinygraph) [a-z].*")
# A name with its attributes, and perhaps what it is called with.
NAME = re.compile(r"@?\.?([^\W\d]\w*(?:\.[^\W\d]\w*)*)(?:\(.*\))?")
INCLUDED = re.compile(
    r"^```\{literalinclude\} (\S+)\n:pyobject: (\w+)\n.*?^```$",
    re.MULTILINE | re.DOTALL,
)
# What other libraries and programs call things.
FOREIGN = {
    *("dim", "keepdim", "kernel_size", "retain_graph", "set_num_threads"),
    *("lru_cache", "run_autograder", "np.name", "torchinfo"),
    *("register_buffer", "ModuleList", "ModuleDict"),
    *("kaiming_normal_", "xavier_normal_", "orthogonal_"),
    *("lr_scheduler", "StepLR", "clip_grad_norm_", "swa_utils", "AveragedModel"),
}


def quoted(page: Path) -> list[str]:
    """The pieces of code in the sentences of a page."""
    return QUOTED.findall(BLOCK.sub("", page.read_text()))


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d]\w*", text))


@functools.cache
def source_words() -> set[str]:
    """Every word of the source code, and of what configures it and the site."""
    files = [file for name in PACKAGED for file in (ROOT / name).rglob("*.py")]
    files += [ROOT / name for name in ("pyproject.toml", "docs/conf.py", ".ci/run")]
    return set().union(*(words_of(file.read_text()) for file in files))


def resolved(dotted: str):
    """The thing that a dotted name means; AttributeError if there is none."""
    first, *rest = dotted.split(".")
    path = PACKAGES[first]
    found = importlib.import_module(path)
    for name in rest:
        path += f".{name}"
        try:
            found = getattr(found, name)
        except AttributeError:
            try:
                found = importlib.import_module(path)
            except ModuleNotFoundError:
                raise AttributeError(dotted) from None
    return found


def is_file(code: str) -> bool:
    return Path(code).suffix in SUFFIXES and not re.search(r"[\s*…]", code)


@pages
def test_names_with_their_package_exist(page):
    for code in quoted(page):
        for dotted in re.findall(
            r"(?<![\w./])(?:tg|np|nx|tinygraph|nets)\.\w[\w.]*", code
        ):
            if not is_file(dotted) and dotted not in FOREIGN:
                resolved(dotted)


@pages_of_code
def test_names_exist(page):
    blocks = "\n".join(match[0] for match in BLOCK.finditer(page.read_text()))
    known = source_words() | words_of(blocks) | FOREIGN
    known |= {*dir(builtins), *dir(object), *dir(networkx)}
    names = [NAME.fullmatch(code) for code in quoted(page) if not is_file(code)]
    quoted_words = {word for name in names if name for word in name[1].split(".")}
    assert {word for word in quoted_words if len(word) > 1} <= known


@pages
def test_files_exist(page):
    for code in filter(is_file, quoted(page)):
        if HANDED_IN.fullmatch(code):
            continue
        inside = (
            file
            for folder in (*PACKAGED, "tests", "docs")
            for file in (ROOT / folder).rglob(Path(code).name)
            if file.as_posix().endswith(f"/{code}")
        )
        assert (ROOT / code).exists() or code in WRITTEN or any(inside), code


def commands(page: Path) -> list[tuple[str, list[str]]]:
    """The command lines on a page, each as its package and its words."""
    shell = [block.splitlines() for block in SHELL.findall(page.read_text())]
    lines = [*itertools.chain(*shell), *(" ".join(c.split()) for c in quoted(page))]
    return [
        (match[1].split()[-1], shlex.split(line.rpartition("&& ")[2], comments=True))
        for line in lines
        if (match := COMMAND.fullmatch(line))
    ]


@pages
def test_commands_and_options_exist(page, capsys):
    for package, words in commands(page):
        command = words[words.index(package) + 1]
        with pytest.raises(SystemExit) as stopped:
            MAINS[package]([command, "--help"])
        told = capsys.readouterr()
        assert stopped.value.code == 0, told.err
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert options <= set(re.findall(r"--[\w-]+", told.out)), words


def help_of(package: str, *words: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as told, pytest.raises(SystemExit):
        MAINS[package]([*words, "--help"])
    return told.getvalue()


@functools.cache
def all_options() -> set[str]:
    """The options of all commands, and those of the scripts in tests/."""
    texts = [file.read_text() for file in (ROOT / "tests").rglob("[!t]*.py")]
    texts += [(ROOT / ".ci/run").read_text()]
    for package in MAINS:
        commands = re.findall(r"^    (\w+)\s", help_of(package), re.MULTILINE)
        texts += [help_of(package, command) for command in commands]
    return {option for text in texts for option in re.findall(r"--[a-z][\w-]*", text)}


@pages
def test_options_that_are_quoted_alone_exist(page):
    found = [re.match(r"--[\w-]+", code) for code in quoted(page)]
    assert {option[0] for option in found if option} <= all_options()


def test_pages_quote_commands():
    assert sum(len(commands(page)) for page in PAGES) > 20


@pages
def test_an_included_function_is_there_and_explained_as_it_is(page):
    text = page.read_text()
    for match in INCLUDED.finditer(text):
        file, name = page.parent / match[1], match[2]
        source = file.read_text()
        [found] = [
            ast.get_source_segment(source, node)
            for node in ast.parse(source).body
            if isinstance(node, ast.FunctionDef) and node.name == name
        ]
        explained = text[match.end() :].partition("\n\n```")[0].partition("\n## ")[0]
        lines = re.findall(r"^\* `(.+?)`:", explained, re.MULTILINE)
        assert [line for line in lines if line not in found] == []


def test_the_loop_of_the_engine_is_shown_and_explained():
    page = (ROOT / "docs/how-it-works.md").read_text()
    assert ("../tinygraph/backward.py", "backward") in INCLUDED.findall(page)
    assert len(re.findall(r"^\* `.+?`:", page, re.MULTILINE)) >= 5
