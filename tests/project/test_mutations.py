"""Planted mistakes are small, are mistakes, and are the same in every run."""

import ast

import mutations
from rooms import ROOT
from together import together

PLANTED = {
    "x + y": {"x - y"},
    "-x": {"x"},
    "x < 1": {"x <= 1", "x < 2"},
    "f(x, y)": {"f(y, x)"},
    "f(x, x)": set(),
    "[True, 2.5, 'text', None]": {
        "[False, 2.5, 'text', None]",
        "[True, 3.5, 'text', None]",
    },
    "a if b else c": {"a if not b else c"},
    "a and b": {"a or b"},
    "def f(x: int=1) -> None:\n    return x": {
        "def f(x: int=2):\n    return x",
        "def f(x: int=1):\n    return None",
    },
    "def f():\n    return False": {"def f():\n    return True"},
    "np.maximum(x, y)": set(),
    "raise Error(x + y)": set(),
}


@together("source", PLANTED)
def test_mutations_of_a_line(source):
    count = mutations.places(source)
    assert count == len(PLANTED[source])
    found = {mutations.planted(source, place)[0] for place in range(count)}
    assert found == PLANTED[source]


def test_a_sample_is_the_same_in_every_run():
    drawn = mutations.sample(40, 3, "")
    assert drawn == mutations.sample(40, 3, "") != mutations.sample(40, 4, "")
    assert len(set(drawn)) == 40
    assert all("check" in module for module, _ in mutations.sample(5, 0, "check"))


def test_every_mutation_is_another_program():
    for module, place in mutations.sample(60, 0, ""):
        source = (ROOT / module).read_text()
        mutated, (kind, line, before, after) = mutations.planted(source, place)
        assert kind and line and before != after
        compile(mutated, module, "exec")
        plain = ast.unparse(mutations.annotated(ast.parse(source)))
        assert mutated != plain


def test_the_sample_of_a_module_does_not_depend_on_the_others(monkeypatch):
    before = mutations.sample(40, 3, "")
    left = [module for module in mutations.modules() if "ops/shape" not in module]
    monkeypatch.setattr(mutations, "modules", lambda: left)
    kept = [pair for pair in before if "ops/shape" not in pair[0]]
    assert mutations.sample(40, 3, "")[: len(kept)] == kept


def test_the_rest_is_what_the_room_has_not_run():
    module = "tinygraph/queries.py"
    room = mutations.tests_of(module, mutations.ROOM)
    rest = mutations.tests_of(module, mutations.REST)
    assert room[0] == module and not {*room} & {*rest}
    assert "tests/tinygraph/test_backward.py" in rest
    assert not [name for name in rest if "exercises" in name or "planted" in name]


ROW = {"module": "a.py", "place": 3, "line": 7, "before": "x", "after": "-x"}
KILLED, SURVIVED = {**ROW, "killed": True, "by": ["test_b"]}, {**ROW, "killed": False}


def test_what_survived_its_room_meets_the_rest_once():
    room, rest = mutations.ROOM, mutations.REST
    assert mutations.is_next({**SURVIVED, "stage": room}, rest)
    assert not mutations.is_next({**SURVIVED, "stage": rest}, rest)
    assert not mutations.is_next({**SURVIVED, "stage": room}, room)
    assert not mutations.is_next({**KILLED, "stage": room}, rest)


def test_what_survived_is_told():
    rows = [{**KILLED, "stage": "room"}, {**SURVIVED, "stage": "rest"}]
    text = mutations.report(rows)
    assert text == "1 of 2 killed (50.0%)\n1 survived:\na.py:7 #3: x  ->  -x"
    text = mutations.report([{**KILLED, "stage": "rest"}])
    expected = (
        "1 of them by tests of other rooms alone:\na.py:7 #3: x  ->  -x  by  test_b"
    )
    assert text == f"1 of 1 killed (100.0%)\n{expected}"
