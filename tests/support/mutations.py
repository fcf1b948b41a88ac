"""Small mistakes, planted one at a time into the engine: which of them no test sees.

    python tests/support/mutations.py --count 400 --seed 0 [--only check] [--part 1/4]

A seeded sample of mutations of `ops/`, `kernels/`, `backward`, `calculus` and the other
rooms in `ROOMS` is planted into a copy of the repository, and the tests of the mutated
room (see `rooms.py`) are run until one fails. What survives them all runs once more,
against the other tests of the package: if one of those fails, the room's list lacks
that file. What survives both is printed: a test is missing, or the mutation changes
nothing. Each result is a line of JSON in `--out`, and a run that was stopped goes on
from there. This is not run by pytest.
"""

from __future__ import annotations

import argparse
import ast
import copy
import functools
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from rooms import ROOT, files_for, modules

ROOMS = (
    *("ops/*", "kernels/*", "compositions/*", "drawing/*", "tracing/*"),
    *("backward.py", "calculus.py", "check.py", "differences.py", "optimize.py"),
    *("tape.py", "graph.py", "queries.py", "merging.py", "running.py"),
    *("primitive.py", "declaration.py", "binding.py", "pulling.py"),
)
LEFT_OUT = ("*_loops.py", "*/compiled*.py", "*/__init__.py")  # compiled: minutes
SWAPPED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
COMMUTATIVE = {
    *("add", "multiply", "maximum", "minimum", "fmax", "fmin", "max", "min"),
    *("equal", "not_equal", "array_equal", "hypot", "logaddexp", "logaddexp2"),
    *("logical_and", "logical_or", "logical_xor"),
    *("bitwise_and", "bitwise_or", "bitwise_xor", "gcd", "lcm"),
    *("result_type", "promote_types", "broadcast_shapes"),
}
ROOM, REST = "room", "rest"  # whose tests have seen a mutation, or have not
# Seconds of a processor, however many others use it: what takes more is in a loop.
CALCULATING = {ROOM: 200, REST: 500}
WAITING = 3600  # seconds by the clock: what takes more waits for something
# Not among the rest: what takes minutes, and is on the lists of the rooms it is about.
LONG = ("exercises", "kernels/test_compiled.py", "ops/test_planted.py")


def mutants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Nodes that can replace a node, each with one small mistake."""
    other = copy.copy(node)  # of which one part is replaced by another
    if isinstance(other, ast.BinOp | ast.BoolOp | ast.AugAssign):
        if type(other.op) in SWAPPED:
            other.op = SWAPPED[type(other.op)]()
            yield "operator", other
    elif isinstance(other, ast.Compare) and type(other.ops[0]) in SWAPPED:
        other.ops = [SWAPPED[type(other.ops[0])](), *other.ops[1:]]
        yield "comparison", other
    elif isinstance(other, ast.UnaryOp) and isinstance(other.op, ast.USub | ast.Not):
        yield "sign", other.operand
    elif isinstance(other, ast.Constant):
        yield from constants(other)
    elif isinstance(other, ast.If | ast.IfExp):
        other.test = ast.UnaryOp(ast.Not(), other.test)
        yield "condition", other
    elif isinstance(other, ast.Call) and len(other.args) == 2:
        if called(other) in COMMUTATIVE:
            return
        other.args = other.args[::-1]
        if ast.dump(other) != ast.dump(node):
            yield "arguments", other
    elif isinstance(other, ast.Return) and not is_false(other.value):
        other.value = ast.Constant(None)
        yield "result", other


def is_false(value: ast.expr | None) -> bool:
    """Whether a result is None already, or False: the other truth value is planted."""
    value = ast.Constant(None) if value is None else value
    return isinstance(value, ast.Constant) and (
        value.value is None or value.value is False
    )


def constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    """Another number, or the other truth value."""
    if isinstance(node.value, bool):
        yield "truth", ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield "number", ast.Constant(node.value + 1)


class Planting(ast.NodeTransformer):
    """Counts the places of a module, and plants a mutation at one of them."""

    def __init__(self, wanted: int = -1) -> None:
        self.wanted, self.count, self.found = wanted, 0, ("", 0, "", "")

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.JoinedStr | ast.Raise) or is_unmeant(node):
            return node
        for kind, other in mutants(node):
            if self.count == self.wanted:
                self.count += 1
                before, after = ast.unparse(node), ast.unparse(other)
                self.found = kind, getattr(node, "lineno", 0), before, after
                return ast.copy_location(other, node)
            self.count += 1
        return self.generic_visit(node)


def called(call: ast.Call) -> str:
    """The name of the function that is called."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def is_unmeant(node: ast.AST) -> bool:
    """What says nothing about a result.

    Annotations, blocks for a type checker alone, the flags of a dataclass, which a type
    checker guards, and a zip's own check.
    """
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return True
    if isinstance(node, ast.Call) and called(node) == "dataclass":
        return True
    checking = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    return checking or isinstance(node, ast.arg)


def annotated(tree: ast.Module) -> ast.Module:
    """The module without annotations, which no test can see."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            node.annotation = ast.Name("object")
    return tree


def planted(source: str, place: int) -> tuple[str, tuple[str, int, str, str]]:
    """A module's source with one mutation, and what that is."""
    planting = Planting(place)
    tree = planting.visit(annotated(ast.parse(source)))
    return ast.unparse(ast.fix_missing_locations(tree)), planting.found


@functools.cache
def places(source: str) -> int:
    """How many mutations a module has."""
    planting = Planting()
    planting.visit(annotated(ast.parse(source)))
    return planting.count


def sample(count: int, seed: int, only: str) -> list[tuple[str, int]]:
    """Modules and places, drawn from all of them.

    A change of one module leaves the places that are drawn of the others.
    """
    rooms = [
        module
        for module in modules()
        if any(fnmatch(module, f"tinygraph/{room}") for room in ROOMS)
        and not any(fnmatch(module, pattern) for pattern in LEFT_OUT)
    ]
    everything = [
        (module, place)
        for module in rooms
        for place in range(places((ROOT / module).read_text()))
        if only in module
    ]
    chance = {pair: random.Random(f"{seed} {pair}").random() for pair in everything}
    return sorted(everything, key=chance.__getitem__)[:count]


def tests_of(module: str, stage: str) -> list[str]:
    """The files and folders of tests that are run: the room's, or all the others."""
    own = [f"tests/{name}" for name in files_for(module)]
    if stage == ROOM:
        return [module, *own]
    files = (ROOT / "tests" / "tinygraph").rglob("test_*.py")
    names = sorted(path.relative_to(ROOT).as_posix() for path in files)
    passed_over = (*own, *(f"tests/tinygraph/{name}" for name in LONG))
    return [name for name in names if not name.startswith(passed_over)]


def outcome(folder: Path, module: str, place: int, stage: str) -> dict[str, Any]:
    """What the tests of a stage say of one mutation."""
    whole = (ROOT / module).read_text()
    mutated, (kind, line, before, after) = planted(whole, place)
    (folder / module).write_text(mutated)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    limit = CALCULATING[stage]
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    try:
        ended = subprocess.run(
            [*command, *tests_of(module, stage)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=WAITING,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
        )
        killed = ended.returncode != 0
        by = ended.stdout.strip().splitlines()[-3:] if killed else []
        by = ["it is in a loop"] if ended.returncode == -signal.SIGKILL else by
    except subprocess.TimeoutExpired:
        killed, by = True, ["it waits"]
    finally:
        (folder / module).write_text(whole)
    told = {"module": module, "place": place, "kind": kind, "line": line}
    seen = {"killed": killed, "stage": stage, "by": by}
    return {**told, "before": before, "after": after, **seen}


def report(results: list[dict[str, Any]]) -> str:
    """How many were seen, what the lists of rooms miss, and what was not seen."""
    killed = [row for row in results if row["killed"]]
    lines = [
        f"{len(killed)} of {len(results)} killed ({len(killed) / len(results):.1%})"
    ]
    by_others = [row for row in killed if row["stage"] == REST]
    if by_others:
        lines.append(f"{len(by_others)} of them by tests of other rooms alone:")
        lines += [f"{described(row)}  by  {' '.join(row['by'])}" for row in by_others]
    survivors = [row for row in results if not row["killed"]]
    if survivors:
        lines.append(f"{len(survivors)} survived:")
        lines += [described(row) for row in survivors]
    return "\n".join(lines)


def described(row: dict[str, Any]) -> str:
    """One mutation in one line."""
    change = f"{row['before']}  ->  {row['after']}"
    return f"{row['module']}:{row['line']} #{row['place']}: {change}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="modules with this in their path")
    parser.add_argument("--part", default="1/1", help="a slice of the sample")
    parser.add_argument("--out", type=Path, default=Path("mutations.jsonl"))
    given = parser.parse_args()
    part, parts = map(int, given.part.split("/"))
    drawn = sample(given.count, given.seed, given.only)[part - 1 :: parts]
    lines = given.out.read_text().splitlines() if given.out.exists() else []
    rows = [json.loads(line) for line in lines]
    results = {(row["module"], row["place"]): row for row in rows}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "copy"
        ignored = shutil.ignore_patterns(".git", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, folder, ignore=ignored)
        for stage in (ROOM, REST):
            for place in drawn:
                if place in results and not is_next(results[place], stage):
                    continue
                results[place] = outcome(folder, *place, stage)
                with given.out.open("a") as file:
                    file.write(json.dumps(results[place]) + "\n")
    print(report([results[place] for place in drawn]))


def is_next(row: dict[str, Any], stage: str) -> bool:
    """Whether a mutation survived its own room and is to meet the rest."""
    return not row["killed"] and (row["stage"], stage) == (ROOM, REST)


if __name__ == "__main__":
    main()
