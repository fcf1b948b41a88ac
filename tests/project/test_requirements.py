"""What is installed where: a package without a source needs a wheel for the machine."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from together import together

ROOT = Path(__file__).parents[2]

# The platforms of the wheels of graphviz-pure, and some others that have NumPy's.
WITH_WHEEL = [
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "x86_64"),
    ("darwin", "arm64"),
    ("win32", "AMD64"),
    ("win32", "ARM64"),
]
WITHOUT = [
    ("linux", "ppc64le"),
    ("linux", "s390x"),
    ("linux", "riscv64"),
    ("linux", "armv7l"),
    ("linux", "i686"),
    ("win32", "x86"),
    ("freebsd14", "amd64"),
    ("emscripten", "wasm32"),
]


def extras():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@together(("system", "machine"), WITH_WHEEL + WITHOUT)
def test_graphviz_pure_is_wanted_where_it_has_a_wheel(system, machine):
    wanted = map(Requirement, extras()["optional-dependencies"]["trace"])
    markers = [each.marker for each in wanted if each.name == "graphviz-pure"]
    here = {"sys_platform": system, "platform_machine": machine}
    fitting = sum(marker.evaluate(here) for marker in markers)
    assert fitting == ((system, machine) in WITH_WHEEL)


def test_every_dependency_has_a_lower_bound():
    """CI installs them: `--resolution lowest-direct`."""
    project = extras()
    for extra in (project["dependencies"], *project["optional-dependencies"].values()):
        for requirement in map(Requirement, extra):
            bounds = [bound.operator for bound in requirement.specifier]
            assert bounds == [">="] or requirement.name == "tinygraph", requirement
