"""Every public name is called in a test, and every module has tests of its own."""

import __future__

import ast
import functools
import inspect
import types
from fnmatch import fnmatch
from pathlib import Path

import pytest
from cases import CASES
from rooms import ROOT, TESTS, files_for, modules
from together import together

import nets
import tinygraph as tg

PACKAGES = {"tg": tg, "nets": nets}
TEST_FILES = sorted((ROOT / "tests").rglob("*.py"))


def public(module):
    """The names of a module that users may call, raise, or ask for."""
    found = {name for name in dir(module) if not name.startswith("_")}
    return {
        name
        for name in found
        if not isinstance(getattr(module, name), types.ModuleType | __future__._Feature)
    }


class Uses(ast.NodeVisitor):
    """The names of the packages that a test calls, or hands to something that does."""

    def __init__(self):
        self.names = set()  # of a package: (package, name)
        self.attributes = set()  # of anything: x.name
        self.imported = {}

    def visit_Import(self, node):
        for alias in node.names:
            package = alias.name.split(".")[0]
            if package in ("tinygraph", "nets"):
                self.imported[alias.asname or package] = package

    def visit_ImportFrom(self, node):
        package = (node.module or "").split(".")[0]
        if package in ("tinygraph", "nets"):
            for alias in node.names:
                self.imported[alias.asname or alias.name] = package

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Attribute | ast.Name):  # a name does nothing
            self.generic_visit(node)

    def visit_Attribute(self, node):
        self.attributes.add(node.attr)
        inner = node.value
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        if isinstance(inner, ast.Name) and inner.id in self.imported:
            self.names.add((self.imported[inner.id], node.attr))
        self.generic_visit(node)

    def visit_Name(self, node):
        if node.id in self.imported:
            self.names.add((self.imported[node.id], node.id))


@functools.cache
def uses():
    """What all tests use, but for this one."""
    visitor = Uses()
    for path in TEST_FILES:
        if path != Path(__file__):
            visitor.imported = {}
            visitor.visit(ast.parse(path.read_text()))
    return visitor


def called(package):
    """The names of a package that tests call; the table of cases calls operations."""
    own = {name for room, name in uses().names if room == package}
    return own | {case.name for case in CASES} if package == "tinygraph" else own


def test_every_public_name_of_tinygraph_is_called():
    names = public(tg) | {*tg.ops.__all__, "trace"}
    assert len(names) > 100
    assert sorted(names - called("tinygraph")) == [], "no test calls these"


def test_every_public_name_of_nets_is_called():
    assert {*nets.__all__, *nets._ESTIMATORS} == public(nets)
    assert sorted(public(nets) - called("nets")) == [], "no test calls these"


def own(module):
    """The public classes and functions that are made in a module."""
    return {
        name: item
        for name, item in vars(module).items()
        if not name.startswith("_")
        and getattr(item, "__module__", "") == module.__name__
    }


@pytest.mark.parametrize("module", [tg.optimize], ids=lambda module: module.__name__)
def test_every_name_of_a_public_module_is_called(module):
    names = {name for name, item in own(module).items() if inspect.isclass(item)}
    assert names
    assert sorted(names - called("tinygraph")) == [], "no test calls these"


CLASSES = [tg.Trace, tg.Profile, tg.BackwardStep]
CLASSES += [nets.Network, nets.Run]
INNER = {
    "play",  # in a terminal of its own, by a program in a text
    "framed",  # by notebooks, through `_repr_html_`
}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_method_and_property_is_used(kind):
    """Those of ours, that is: networkx and NumPy test theirs."""
    ours = {
        name
        for base in kind.__mro__
        if base.__module__.split(".")[0] in ("tinygraph", "nets")
        for name, item in vars(base).items()
        if not name.startswith("_") and (callable(item) or isinstance(item, property))
    }
    assert sorted(ours - uses().attributes - INNER) == [], "no test uses these"


@together("module", modules())
def test_every_module_has_tests_of_its_own(module):
    files = [ROOT / "tests" / name for name in files_for(module)]
    assert files, f"say in tests/support/rooms.py which tests are about {module}"
    for file in files:
        found = list(file.glob("test_*.py")) if file.is_dir() else [file]
        assert found and all(f.exists() and "def test_" in f.read_text() for f in found)


def test_the_table_of_rooms_has_no_room_that_is_gone():
    listed = {pattern for pattern in TESTS if "*" not in pattern}
    assert listed <= set(modules())
    for pattern in set(TESTS) - listed:
        assert any(fnmatch(name, pattern) for name in modules()), pattern


def test_a_name_that_nobody_calls_would_be_found():
    visitor = Uses()
    visitor.visit(
        ast.parse(
            "import tinygraph as tg, nets as n\n"
            "from tinygraph.optimize import SGD as S\n"
            "tg.sin\n"
            "tg.cos(1)\n"
            "f([tg.tan], S)\n"
            "with n.started: pass\n"
            "'tg.exp(1)'\n"
            "tg.optimize.Adam([])\n"
        )
    )
    found = {("tinygraph", "cos"), ("tinygraph", "tan"), ("tinygraph", "S")}
    assert visitor.names >= found | {("nets", "started"), ("tinygraph", "Adam")}
    assert not visitor.names & {("tinygraph", "sin"), ("tinygraph", "exp")}
