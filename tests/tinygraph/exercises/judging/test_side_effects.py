"""What a function remembers, changes or draws is said, with the line to blame."""

import pytest
from shipped import exercise

from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.remembering import find_chance, find_memory
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.running.process import run_source

pytestmark = pytest.mark.usefixtures("forked_workers")

RIGHT = "    return e / e.sum(axis=-1, keepdims=True)\n"
EXP = "    e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
IMPORT = "import numpy as np\n"


def finding_of(source, number="03", seed=0):
    own = exercise(number)
    code = (IMPORT + source).encode()
    with run_source(code, f"{own.id}.py", own, Limits()) as run:
        return judge(own, run, seed).finding


MEMORIES = {
    "default": (
        "def softmax(z, seen=[]):\n    seen.append(z)\n"
        "    z = z if len(seen) < 2 else 0 * z\n"
        f"{EXP}{RIGHT}",
        2,
        "the default of seen=[] is made only once",
    ),
    "global": (
        f"count = 0\ndef softmax(z):\n    global count\n    count += 1\n{EXP}"
        f"    return count * e / e.sum(axis=-1, keepdims=True)\n",
        4,
        "count is global",
    ),
    "dictionary": (
        f"known = {{}}\ndef softmax(z):\n{EXP}    known.setdefault('e', e)\n"
        "    e = known['e']\n"
        f"{RIGHT}",
        5,
        "known is outside of the function",
    ),
    "cache": (
        "import functools\n@functools.lru_cache\ndef shared(n):\n    return []\n"
        f"def softmax(z):\n{EXP}    shared(1).append(1)\n"
        "    return len(shared(1)) * e / e.sum(axis=-1, keepdims=True)\n",
        3,
        "functools.lru_cache keeps the results",
    ),
    "attribute": (
        f"def softmax(z):\n{EXP}    softmax.calls = getattr(softmax, 'calls', 0) + 1\n"
        "    return softmax.calls * e / e.sum(axis=-1, keepdims=True)\n",
        4,
        "softmax is outside of the function",
    ),
}


@pytest.mark.parametrize("kind", MEMORIES)
def test_what_a_function_remembers(kind):
    source, line, said = MEMORIES[kind]
    finding = finding_of(source)
    assert finding.mistake == "state"
    assert "remembers something between calls" in finding.message
    assert said in finding.message
    assert finding.line == line


def test_a_wrong_function_that_remembers_nothing_is_not_blamed_for_it():
    first = finding_of(f"def softmax(z):\n{EXP}    return e / e.sum()\n")
    assert first.mistake == "wrong_batch_of_rows"
    later = finding_of(
        "def softmax(z):\n    return np.exp(z) / np.exp(z).sum(1)[:, None]\n"
    )
    assert later.mistake == "wrong_overflow"


def test_random_numbers_are_named_with_their_line():
    source = (
        f"def softmax(z):\n    z = z + np.random.normal(size=z.shape)\n{EXP}{RIGHT}"
    )
    finding = finding_of(source)
    assert finding.mistake == "unrepeatable"
    assert "something different each time" in finding.message
    assert finding.line == 3


def test_numbers_from_one_generator_of_the_file_are_random_too():
    source = (
        "rng = np.random.default_rng()\ndef softmax(z):\n    z = z * rng.normal()\n"
        f"{EXP}{RIGHT}"
    )
    finding = finding_of(source)
    assert finding.mistake == "unrepeatable"
    assert finding.line == 2


def test_a_changed_argument_is_called_by_its_name():
    finding = finding_of(f"def softmax(z):\n    z -= z.max()\n{EXP}{RIGHT}")
    assert finding.mistake == "in_place"
    assert "changes its argument z in place" in finding.message


@pytest.mark.parametrize(
    "source",
    [
        "def f(x, n=3):\n    n += 1\n    return [].append(n)\n",
        "A = [1]\ndef f(x):\n    return A[0] * x\n",
        "A = [1]\ndef f(x):\n    A = []\n    A.append(x)\n    return A\n",
        "def f(x):\n    x[0] = 1\n    return x\n",
        "this is not Python",
    ],
)
def test_nothing_is_found_where_nothing_is_kept(source):
    assert find_memory(source) is None
    assert find_chance(source) is None


def test_a_right_function_may_remember_and_draw():
    source = (
        f"seen = []\ndef softmax(z):\n    seen.append(np.random.normal())\n{EXP}{RIGHT}"
    )
    assert finding_of(source) is None
