"""What may not be replayed is noticed: the result is always that of a plain call.

Each case is a function that would give a stale result if it were replayed without
looking, with something that changes between two calls.
"""

import copy
import datetime
import itertools
import os
import random
import threading
import time
import types
import warnings
from pathlib import Path

import numpy as np
from together import together

import tinygraph as tg
from tinygraph.replaying.side_effects import noticed


def leaf(values):
    return tg.Tensor(np.array(values, float), requires_grad=True)


def numbers(result):
    """What a call gave, as bytes."""
    if isinstance(result, dict | list | tuple):
        entries = result.values() if isinstance(result, dict) else result
        return [numbers(entry) for entry in entries]
    return np.asarray(getattr(result, "data", result)).tobytes()


X = [np.array([1.0, -2.0, 3.0]), np.array([-4.0, 5.0, -6.0]), np.array([0.5, 0.0, 7.0])]


def reads_float():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * float((w * tg.Tensor(x)).sum())


def reads_item():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * (w * tg.Tensor(x)).sum().item()


def reads_data():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        array = np.asarray((w * tg.Tensor(x)).data)
        return w * array.mean()

    return f


def reads_list():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * (w * tg.Tensor(x)).tolist()[0]


def reads_int():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * int((w * tg.Tensor(x)).sum())


def decides():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        y = (w * tg.Tensor(x)).sum()
        return w if y > 0 else w * 2

    return f


def decides_by_argument():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * 2 if x[0] > 0 else w * 3


def decides_by_truth():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        y = (w * tg.Tensor(x))[1]
        return w * 2 if tg.relu(y) else w * 3

    return f


def becomes_an_array():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        with tg.no_grad():
            array = np.asarray(w * tg.Tensor(x))
        return w * tg.Tensor(array * 2)

    return f


def prints():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        text = str(w * tg.Tensor(x))
        return w * len(text)

    return f


def formats():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * len(f"{(w * tg.Tensor(x * 100)).sum():g}")


def chooses_by_booleans():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        y = w * tg.Tensor(x)
        return y[y > 0].sum() / len(y[y > 0])

    return f


def chooses_by_booleans_of_an_argument():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w[x > 0] * 2


def makes_an_array_by_index():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * tg.Tensor(np.eye(3)[(np.abs(x) > 1.5).astype(int)].sum(0))


def makes_an_array_by_loop():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * tg.Tensor([float(v) for v in x])


def global_randomness():
    w = leaf([1.0, 2.0, 3.0])
    np.random.seed(1)
    return lambda x: w * tg.Tensor(np.random.normal(size=3))


def python_randomness():
    w = leaf([1.0, 2.0, 3.0])
    random.seed(1)
    return lambda x: w * random.random()


def hidden_generator():
    w, box = leaf([1.0, 2.0, 3.0]), types.SimpleNamespace(rng=np.random.default_rng(1))
    return lambda x: w * tg.Tensor(box.rng.normal(size=3))


def single_random_number():
    w, rng = leaf([1.0, 2.0, 3.0]), np.random.default_rng(1)
    return lambda x: w * rng.normal()


def bound_method_of_a_generator():
    w, normal = leaf([1.0, 2.0, 3.0]), np.random.default_rng(1).normal
    return lambda x: w * tg.Tensor(normal(size=3))


def counter():
    w, count = leaf([1.0, 2.0, 3.0]), itertools.count(1)
    return lambda x: w * next(count)


def nonlocal_count():
    w, n = leaf([1.0, 2.0, 3.0]), 0

    def f(x):
        nonlocal n
        n += 1
        return w * n

    return f


def called_function_that_counts():
    w, n = leaf([1.0, 2.0, 3.0]), 0

    def scale():
        nonlocal n
        n += 1
        return 0.1 * n

    return lambda x: w * scale()


def list_that_grows():
    w, seen = leaf([1.0, 2.0, 3.0]), []

    def f(x):
        seen.append(1)
        return w * len(seen)

    return f


def object_that_counts():
    w, box = leaf([1.0, 2.0, 3.0]), types.SimpleNamespace(n=0)

    def f(x):
        box.n += 1
        return w * box.n

    return f


def unknown_tensor():
    w, box = leaf([1.0, 2.0, 3.0]), iter([leaf([i, 2.0, 3.0]) for i in range(9)])
    return lambda x: w * next(box)


def outer_graph():
    w = leaf([1.0, 2.0, 3.0])
    h = w * 2

    def f(x):
        w.zero_grad()
        (h * tg.Tensor(x)).sum().backward()
        return w.grad

    return f


def writes_into_the_argument():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        y = w * tg.Tensor(x)
        x += 1
        return y

    return f


def gradient_by_numpy():
    w = leaf([1.0, 2.0, 3.0])
    optimizer = tg.optimize.SGD([w], 0.1)

    def f(x):
        optimizer.zero_grad()
        (w * w * tg.Tensor(x)).sum().backward()
        norm = float(np.linalg.norm(w.grad))
        w.grad = w.grad / max(1.0, norm)
        optimizer.step()
        return w * 1

    return f


def graph_values():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        y = w * tg.Tensor(x)
        return w * tg.Tensor(y.graph.nodes[y.node]["value"] * 2)

    return f


def run_again():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        y = w * tg.Tensor(x)
        return w * tg.Tensor(y.graph.run({w: [2.0, 2.0, 2.0]}))

    return f


def optimizer_made_inside():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        w.zero_grad()
        (w * w * tg.Tensor(x)).sum().backward()
        tg.optimize.SGD([w], 0.1, momentum=0.9).step()
        return w * 1

    return f


def threads_inside():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        with tg.threads(1):
            return w * tg.Tensor(x)

    return f


def drawn_inside():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * len(str(tg.draw((w * tg.Tensor(x)).sum()).source))


def trace_inside():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        trace = tg.trace((w * tg.Tensor(x)).sum())
        return w * len(trace.to_json())

    return f


def exported():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * (w * tg.Tensor(x * 10)).graph.to_json().count("0")


def copied_deeply():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * copy.deepcopy(w * tg.Tensor(x))


def copied_graph():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        graph = (w * tg.Tensor(x)).graph.copy()
        return w * tg.Tensor(list(graph.nodes.values())[-1]["value"])

    return f


def state_of_an_optimizer():
    w = leaf([1.0, 2.0, 3.0])
    optimizer = tg.optimize.SGD([w], 0.1, momentum=0.9)

    def f(x):
        optimizer.zero_grad()
        (w * w * tg.Tensor(x)).sum().backward()
        optimizer.step()
        return w * tg.Tensor(optimizer.state_dict()["velocity.0"])

    return f


def memory_of_an_optimizer():
    w = leaf([1.0, 2.0, 3.0])
    optimizer = tg.optimize.SGD([w], 0.1, momentum=0.9)

    def f(x):
        optimizer.zero_grad()
        (w * w * tg.Tensor(x)).sum().backward()
        optimizer.step()
        return w * tg.Tensor(optimizer.memory["velocity"][0])

    return f


def previewed():
    w = leaf([1.0, 2.0, 3.0])
    optimizer = tg.optimize.SGD([w], 0.1)

    def f(x):
        w.zero_grad()
        (w * w * tg.Tensor(x)).sum().backward()
        return w * tg.Tensor(optimizer.preview([w.grad])[0])

    return f


def checked():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        slope = tg.check_gradients(lambda v: (v * v * tg.Tensor(x)).sum(), w.data)
        return w * (slope is None) + tg.Tensor(x)

    return f


def reads_a_clock():
    w, box = leaf([1.0, 2.0, 3.0]), types.SimpleNamespace(t=-1.0)

    def f(x):
        now = time.monotonic()
        grows, box.unseen = now > box.t, None
        return w * float(grows)

    box.unseen = None
    return f


def reads_a_file():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        with Path(os.devnull).open() as file:
            return w * len(file.read())

    return f


def reads_the_date():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * (datetime.datetime.now().year > 0)


def draws_bytes():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * len(os.urandom(3))


def says_hello():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        print("hello")
        return w * tg.Tensor(x)

    return f


def starts_a_thread():
    w = leaf([1.0, 2.0, 3.0])

    def f(x):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
        return w * tg.Tensor(x)

    return f


def of_bytes():
    w, numbers = leaf([1.0, 2.0, 3.0]), bytearray(b"abc")

    def f(x):
        return w * numbers[0] * abs(float(numbers[1]))

    return f


def copies_an_array():
    w = leaf([1.0, 2.0, 3.0])
    return lambda x: w * tg.Tensor(np.array(x.tolist()))


NOT_REPLAYED = [
    reads_float,
    reads_item,
    reads_data,
    reads_list,
    reads_int,
    decides,
    decides_by_argument,
    decides_by_truth,
    becomes_an_array,
    prints,
    formats,
    chooses_by_booleans,
    chooses_by_booleans_of_an_argument,
    makes_an_array_by_index,
    makes_an_array_by_loop,
    global_randomness,
    python_randomness,
    hidden_generator,
    single_random_number,
    bound_method_of_a_generator,
    counter,
    nonlocal_count,
    called_function_that_counts,
    list_that_grows,
    object_that_counts,
    unknown_tensor,
    outer_graph,
    writes_into_the_argument,
    gradient_by_numpy,
    graph_values,
    run_again,
    optimizer_made_inside,
    threads_inside,
    drawn_inside,
    trace_inside,
    exported,
    copied_deeply,
    copied_graph,
    state_of_an_optimizer,
    memory_of_an_optimizer,
    previewed,
    checked,
    copies_an_array,
    reads_a_clock,
    reads_a_file,
    reads_the_date,
    draws_bytes,
    says_hello,
    starts_a_thread,
    of_bytes,
]


@together("make", NOT_REPLAYED)
def test_not_replayed(make):
    plain = make()
    expected = [numbers(plain(x.copy())) for x in X]
    step = tg.replay(make())
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = [numbers(step(x.copy())) for x in X]
    assert found == expected
    assert len(told) == 1
    assert __file__ in str(told[0].message) or "test_not_replayed" in told[0].filename


def test_files_that_numba_reads_are_no_effect(tmp_path):
    """It keeps what it has compiled in files, and loads them when a loop first runs."""
    path = tmp_path / "kept"
    path.write_text("machine code")
    told = []
    for module in ("numba.core.caching", "numbas", "__main__"):
        with noticed(told.append):
            exec("open(path).close()", {"__name__": module, "path": path})
    assert len(told) == 2
