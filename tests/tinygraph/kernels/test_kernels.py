"""Tiles, threads and scratch memory: how a batch is shared out changes no result."""

import contextlib
import gc
import os
import subprocess
import sys
import threading
import types
import weakref

import loops
import numpy as np
import pytest
from geometries import SEEDS, geometries, inner, normal, whole
from hypothesis import example, given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

import tinygraph as tg
from tinygraph.kernels import (
    masking,
    pooling,
    products,
    standardizing_products,
    standardizing_rows,
    windows,
    workers,
)
from tinygraph.kernels.windows import tiles
from tinygraph.ops import image as images
from tinygraph.ops import pooling as poolings


@contextlib.contextmanager
def tiles_of(elements):
    """Tiles with so much scratch memory at most, shared however small they are."""
    plans = images.planned, poolings.pooled
    before = windows.TILE, windows.WORTH, workers.LONG
    for plan in plans:
        plan.cache_clear()
    windows.TILE, windows.WORTH, workers.LONG = elements, 0, 0
    try:
        yield
    finally:
        windows.TILE, windows.WORTH, workers.LONG = before
        for plan in plans:
            plan.cache_clear()


def blas_threads():
    return {
        pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"
    }


# Tiles --------------------------------------------------------------------------------


@given(st.integers(0, 300), st.integers(0, 10**7))
@example(18, 233_017)  # two images fit into a tile, but not three
@example(9, 104_858)  # four fit, and just not five
@example(4, windows.WORTH // 4)
@example(4, windows.WORTH // 4 + 1)
@example(7, windows.TILE)
@example(7, 0)
def test_tiles_are_the_batch(images, elements_each):
    parts = tiles(images, elements_each)
    assert [i for part in parts for i in range(part.start, part.stop)] == [
        *range(images)
    ]
    sizes = [part.stop - part.start for part in parts]
    assert sizes == sorted(sizes, reverse=True)
    assert not sizes or sizes[0] - sizes[-1] <= 1
    for start in (0, 1):  # a thread has some of them, in a row
        assert windows.longest(parts[start:]) == max(sizes[start:], default=0)
    count = len(parts)
    assert count in {0, 1, 2, images} or count % 4 == 0
    assert count == images or sizes[0] * elements_each <= windows.TILE
    shared = images * elements_each > windows.WORTH
    assert count >= min(images, 1 + shared)
    # No more than it takes: with four fewer, the longest would be too long.
    fewer = count - 4 if count > 4 else count // 2
    enough = -(-images // max(fewer, 1)) * elements_each <= windows.TILE
    assert count < 2 or not enough or count == 1 + shared


@given(
    geometries(),
    st.integers(1, 2),
    st.integers(1, 9),
    st.sampled_from([2, 9, 18]),
    st.sampled_from([1, 300, 2000]),
    SEEDS,
)
def test_convolutions_in_tiles(geometry, groups, number, filters, elements, seed):
    """Whole numbers: the three products are exact, however they are added up."""
    size, kernel, sliding = geometry
    x, w = whole(seed, (number, 2 * groups, *size), (filters * groups, 2, *kernel))
    more = sliding | dict(groups=groups)
    expected = loops.conv2d(x, w, **more)
    [g] = whole(seed + 1, expected.shape)
    with tiles_of(elements):
        for count in (1, 3):
            with tg.threads(count):
                y = tg.conv2d(x, w, **more)
                image = images.conv2d_image(g, w, size=size, **more)
                slopes = images.conv2d_filters(x, g, kernel=kernel, **more)
                columns = tg.im2col(x, kernel, **sliding)
            np.testing.assert_array_equal(y, expected)
            np.testing.assert_array_equal(columns, loops.im2col(x, kernel, **sliding))
            assert inner(y, g) == inner(x, image) == inner(w, slopes)


def pooled_both_ways(x, kernel, sliding, seed):
    """A function that gives the maxima of windows, and the gradient in x."""

    def both_ways():
        tensor = tg.Tensor(x, requires_grad=True)
        y = tg.max_pool2d(tensor, kernel, **sliding)
        [upstream] = whole(seed + 1, y.shape)
        return y.data, *tg.gradients(y, [tensor], upstream)

    return both_ways


@given(geometries(dilated=False), st.integers(1, 9), st.sampled_from([1, 100]), SEEDS)
def test_poolings_in_tiles(geometry, number, elements, seed):
    size, kernel, sliding = geometry
    [x] = whole(seed, (number, 2, *size))

    both_ways = pooled_both_ways(x, kernel, sliding, seed)
    expected = both_ways()
    np.testing.assert_array_equal(expected[0], loops.max_pool2d(x, kernel, **sliding))
    with tiles_of(elements):
        for count in (1, 2):
            with tg.threads(count):
                found = both_ways()
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_array_equal(one, other)


# Threads ------------------------------------------------------------------------------


def step(batch=24):
    """A convolution, a pooling and a loss of random numbers; all gradients."""
    rng = np.random.default_rng(0)
    shapes = [(batch, 3, 13, 13), (5, 3, 3, 3), (5,)]
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    x, w, b = (tg.Tensor(array, requires_grad=True) for array in arrays)
    y = tg.max_pool2d(tg.relu(tg.conv2d(x, w, b, padding=1)), 2)
    upstream = rng.standard_normal(y.shape).astype(np.float32)
    return [y.data, *tg.gradients(y, [x, w, b], upstream)]


@pytest.mark.parametrize("elements", [500, 5000])
def test_any_number_of_threads_gives_the_same_bits(elements):
    with tiles_of(elements):
        expected = [array.tobytes() for array in step()]
        for count in (1, 2, 3, 7):
            with tg.threads(count):
                assert [array.tobytes() for array in step()] == expected


@pytest.mark.parametrize("shape", [(270, 250, 260), (70, 600, 900)], ids=str)
def test_large_products_are_shared(shape, monkeypatch):
    """By rows or columns, whichever are more; each once, and the same by any count."""
    m, k, n = shape
    rng = np.random.default_rng(0)
    x, y, g = (rng.standard_normal(s) for s in ((m, k), (k, n), (m, n)))
    tensors = [tg.Tensor(array, requires_grad=True) for array in (x, y)]
    shares = []
    see = lambda parts, f: shares.append(parts) or workers.for_each(parts, f)  # noqa: E731
    monkeypatch.setattr(products, "for_each", see)

    def both_ways():
        z = tg.matmul(*tensors)
        return [a.tobytes() for a in (z.data, *tg.gradients(z, tensors, g))]

    both_ways()
    assert not shares  # outside, BLAS has threads
    with tg.threads(1):
        expected = both_ways()
    with tg.threads(3):
        assert both_ways() == expected
        np.testing.assert_allclose(tg.matmul(x, y), x @ y, rtol=1e-10)
        assert len(shares) == 7
        tg.matmul(x[:5], y)  # too little work
        assert len(shares) == 7
    sizes = []
    for parts in shares:  # each row or column once, and no share without any
        rows = [row for part in parts for row in range(max(shape))[part]]
        assert rows == [*range(len(rows))] and len(parts) > 1
        assert all(range(max(shape))[part] for part in parts)
        sizes.append(len(rows))
    sides = (m, n), (m, k), (k, n)  # of the result, of x and of y
    longer = sorted(map(max, sides))
    assert sorted(sizes) == sorted([*longer, *longer, max(m, n)])


@pytest.mark.parametrize(("shape", "several"), [((300, 500), 1), ((8, 99_000), 2)])
def test_plain_rows_are_shared_only_where_one_takes_long(shape, several, monkeypatch):
    """Short passes of two threads wait for one another: 1.6 of the time of one."""
    x = np.random.default_rng(0).standard_normal(shape).astype("f4")
    used, all_here = set(), threading.Event()
    sums = standardizing_rows.row_sums

    def seen(rows):
        used.add(threading.current_thread().name)
        if len(used) == several:
            all_here.set()
        assert all_here.wait(20)  # whoever is ready first would take all that is left
        return sums(rows)

    for module in (standardizing_rows, standardizing_products):
        monkeypatch.setattr(module, "row_sums", seen)
    with tg.threads(2):
        tensor = tg.Tensor(x, requires_grad=True)
        y = tg.layer_norm(tensor)
        tg.gradients(y, [tensor], x)
    assert len(used) == several


def test_tiles_of_short_calls_are_left_to_one_thread():
    """Two threads would mostly wait for the interpreter's lock."""
    names = []

    def work(parts):
        names.extend(threading.current_thread().name for _ in parts)
        return list(parts)

    with tg.threads(2):
        assert workers.shared(work, [1, 2], workers.LONG - 1) == [1, 2]
        assert set(names) == {threading.current_thread().name}
        both = threading.Barrier(2, timeout=20)
        workers.for_each([3, 4], lambda tile: (both.wait(), work([tile])), workers.LONG)
    assert len(set(names)) == 2


@pytest.mark.parametrize("shape", [(300, 4_000), (400_000, 3)], ids=["wide", "tall"])
def test_large_masks_are_shared(shape, monkeypatch):
    """Each element is calculated once, also of infinity, and by several threads."""
    x, g = normal(0, shape, shape)
    g[x > 2.0] = np.inf
    shares = []
    see = lambda parts, f: shares.append(parts) or workers.for_each(parts, f)  # noqa: E731
    monkeypatch.setattr(masking, "for_each", see)
    with tg.threads(3):
        tensor = tg.Tensor(x, requires_grad=True)
        y = tg.relu(tensor)
        [found] = tg.gradients(y, [tensor], g)
        tg.relu(x[:5])
    assert [len(parts) for parts in shares] == [4, 4]
    np.testing.assert_array_equal(y.data, np.maximum(x, 0))
    np.testing.assert_array_equal(found, np.where(x > 0, g, 0.0))


def test_tiles_change_no_result_beyond_rounding():
    expected = step()
    with tiles_of(500):
        found = step()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_other_threads_take_part(monkeypatch):
    """Each of the tiles is done once, some of them by a thread of the pool."""
    done, all_three = [], threading.Barrier(3, timeout=20)

    def work(parts):
        if len(parts) < 3:
            all_three.wait()
        done.extend((threading.current_thread().name, part) for part in parts)
        return list(parts)

    with tg.threads(3):
        assert workers.shared(work, [1, 2, 3, 4, 5]) == [1, 2, 3, 4, 5]
    assert sorted(part for _, part in done) == [1, 2, 3, 4, 5]
    assert any(name.startswith("tinygraph") for name, _ in done)
    done.clear()
    workers.shared(work, [1, 2, 3])
    assert {name for name, _ in done} == {threading.current_thread().name}


def test_the_caller_takes_what_no_thread_has_begun():
    """All others are busy: the work is done all the same, and each part once."""
    done, free = [], threading.Event()

    def work(parts):
        done.extend((threading.current_thread().name, part) for part in parts)
        return list(parts)

    with tg.threads(2):
        _, others = workers.team.get()
        others.put(workers.Task(lambda part: [free.wait(20)], [0]))
        assert workers.shared(work, [1, 2, 3, 4]) == [1, 2, 3, 4]
        free.set()
    here = threading.current_thread().name
    assert done == [(here, part) for part in (1, 2, 3, 4)]


def test_threads_warn_as_the_caller_does():
    """The second half of the batch, which another thread takes, is infinite."""
    x = np.concatenate([np.ones((4, 1, 4, 4)), np.full((4, 1, 4, 4), np.inf)])
    w = np.array([1.0, -1.0, 1.0, -1.0]).reshape(1, 1, 2, 2)
    with tiles_of(1), tg.threads(2):
        with np.errstate(invalid="ignore"):
            y = tg.conv2d(x, w)
        assert not np.isnan(y[:4]).any()
        assert np.isnan(y[4:]).all()
        with np.errstate(invalid="raise"), pytest.raises(FloatingPointError):
            tg.conv2d(x, w)


def test_an_error_in_a_thread_reaches_the_caller():
    def work(parts):
        if 3 in parts:
            raise RuntimeError("tile 3")
        return list(parts)

    with tg.threads(2), pytest.raises(RuntimeError, match="tile 3"):
        workers.shared(work, [1, 2, 3, 4])


def test_blas_has_one_thread_inside_and_what_it_had_outside():
    before = blas_threads()
    with tg.threads(2):
        assert blas_threads() <= {1}
        with tg.threads(1):
            assert workers.team.get() == (1, None)
        assert workers.team.get()[0] == 2
    assert blas_threads() == before
    assert workers.team.get() == (0, None)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_does_not_wait_for_threads():
    """They stay with the parent: the child would wait for ever."""
    code = """
import os, warnings
import numpy as np
import tinygraph as tg

def convolved():
    return tg.conv2d(np.ones((64, 3, 16, 16)), np.ones((2, 3, 3, 3))).sum()

warnings.simplefilter("ignore")  # of fork, where there are threads
with tg.threads(2):
    expected = convolved()
    child = os.fork()
    if not child:
        os._exit(int(convolved() != expected))
    print(os.waitpid(child, 0)[1])
"""
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, timeout=60, text=True)
    assert ended.stdout.strip() == "0", ended.stderr


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux")
def test_threads_keep_to_processors_of_their_own():
    before = os.sched_getaffinity(0)
    count = len(before)
    if count < 2:
        pytest.skip("one processor cannot be shared out")

    def work(parts):
        all_here.wait()
        return [(threading.get_ident(), frozenset(os.sched_getaffinity(0)))]

    for _ in range(2):
        with tg.threads(count):
            all_here = threading.Barrier(count, timeout=20)
            seen = dict(workers.shared(work, range(count)))
            shares = [*seen.values()]
            assert sum(map(len, shares)) == len(frozenset().union(*shares)) <= count
            assert os.sched_getaffinity(0) == seen[threading.get_ident()]
            with tg.threads(2):
                all_here = threading.Barrier(2, timeout=20)
                inner = dict(workers.shared(work, range(2))).values()
                assert frozenset().union(*inner) == before
                assert sum(map(len, inner)) == len(before)
    assert os.sched_getaffinity(0) == before
    with tg.threads(count + 1):  # too few to share out: anywhere
        assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize("count", [0, -1, 1.5, "2"])
def test_threads_of_no_number(count):
    with (
        pytest.raises(tg.ArgumentError, match=f"threads: `count` is {count!r}"),
        tg.threads(count),
    ):
        pass


def test_threads_without_their_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with (
        pytest.raises(tg.ArgumentError, match="pip install threadpoolctl"),
        tg.threads(2),
    ):
        pass


# Scratch memory -----------------------------------------------------------------------


def test_results_do_not_live_in_scratch_memory():
    first = step()
    kept = [array.copy() for array in first]
    step(batch=25)
    for one, other in zip(first, kept, strict=True):
        np.testing.assert_array_equal(one, other)


def test_scratch_memory_of_a_huge_image_is_not_kept():
    memory = workers.Memory()
    small = memory.array("a", (3, 4), np.dtype(float))
    assert np.shares_memory(small, memory.array("a", (5,), np.dtype(np.float32)))
    huge = memory.array("a", (workers.KEPT + 1,), np.dtype(np.uint8))
    assert not np.shares_memory(huge, memory.array("a", (5,), np.dtype(np.uint8)))
    assert sum(block.nbytes for block in memory.blocks.values()) <= workers.KEPT


def test_few_filters_are_taken_two_rows_at_a_time():
    """Four images and three filters: the plan has blocks, and is as exact."""
    plan = images.plan(((4, 2, 7, 6), (3, 2, 4, 3), None), 1, 0, 1, 1)
    assert plan.block == 2
    assert images.plan(((1, 2, 7, 6), (3, 2, 4, 3), None), 1, 0, 1, 1).block == 1
    assert images.plan(((4, 2, 8, 6), (3, 2, 4, 3), None), 1, 0, 1, 1).block == 1


def test_gradients_may_have_any_memory_layout():
    x, w = whole(0, (2, 3, 6, 5), (4, 3, 2, 2))
    [g] = whole(1, (4, 2, 5, 4))
    g = g.transpose(1, 0, 2, 3)
    sliding = dict(stride=1, padding=0, dilation=1, groups=1)
    image = images.conv2d_image(g, w, size=(6, 5), **sliding)
    slopes = images.conv2d_filters(x, g, kernel=(2, 2), **sliding)
    y = tg.conv2d(x, w)
    assert inner(y, g) == inner(x, image) == inner(w, slopes)


@pytest.mark.parametrize(
    ("size", "kernel", "sliding"),
    [
        ((4, 6), 2, {}),
        ((5, 6), 2, {}),
        ((4, 4), 4, dict(padding=1)),
        ((4, 4), 1, dict(stride=2)),
        ((6, 6), 3, dict(stride=2)),
        ((6, 4), (3, 1), {}),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.longdouble])
def test_no_memory_is_read_before_it_is_written(
    monkeypatch, size, kernel, sliding, dtype
):
    """New memory holds garbage here, and no result shows it."""

    def empty(shape, dtype=float, *more):
        array = np.zeros(shape, dtype, *more)
        array.view(np.uint8).fill(0xA5)
        return array

    def both_ways():
        tensor = tg.Tensor(x, requires_grad=True)
        y = tg.max_pool2d(tensor, kernel, **sliding)
        upstream = normal(1, y.shape)[0].astype(dtype)
        return y.data, *tg.gradients(y, [tensor], upstream)

    x = normal(0, (2, 3, *size))[0].astype(dtype)
    expected = both_ways()
    garbage = types.SimpleNamespace(**{**vars(np), "empty": empty})
    monkeypatch.setattr(pooling, "np", garbage)
    for one, other in zip(both_ways(), expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "as_pair", [list, np.array, lambda pair: tuple(map(np.int64, pair))]
)
def test_a_pair_of_sizes_is_any_two_integers(as_pair):
    x = np.arange(48.0).reshape(1, 1, 6, 8)
    given = dict(stride=(2, 1), padding=(1, 0))
    expected = tg.im2col(x, (3, 2), **given)
    other = {name: as_pair(pair) for name, pair in given.items()}
    np.testing.assert_array_equal(tg.im2col(x, as_pair((3, 2)), **other), expected)
    same = tg.max_pool2d(x, as_pair((3, 2)), stride=np.int64(2))
    np.testing.assert_array_equal(same, tg.max_pool2d(x, (3, 2), stride=2))


@pytest.mark.parametrize("stride", [1, 2, 3, (1, 2), (3, 1)])
def test_no_images_have_no_columns_whatever_the_stride(stride):
    x = tg.Tensor(np.zeros((0, 2, 5, 6)), requires_grad=True)
    w = tg.Tensor(np.ones((3, 2, 3, 2)), requires_grad=True)
    columns, y = tg.im2col(x, (3, 2), stride=stride), tg.conv2d(x, w, stride=stride)
    assert columns.shape == (0, 12, y.shape[2] * y.shape[3]) and y.shape[:2] == (0, 3)
    (columns.sum() + y.sum()).backward()
    assert x.grad.shape == x.shape and not w.grad.any()


def test_as_many_threads_as_asked_for_share_the_work():
    """The thread that asks is one of them."""
    others = lambda: sum(t.name.startswith("tinygraph") for t in threading.enumerate())  # noqa: E731
    before = others()
    for count in (2, 3, 5):
        with tg.threads(count):
            assert others() == before + count - 1
        assert others() == before  # they end with the block, whatever they were given


def test_a_thread_keeps_nothing_of_what_it_was_given():
    class Tile:
        pass

    kept = [Tile(), Tile()]
    seen = [*map(weakref.ref, kept)]
    with tg.threads(2):
        workers.for_each(kept, lambda tile: None)
        del kept
        gc.collect()
        assert [see() for see in seen] == [None, None]


def test_scratch_memory_is_kept_up_to_a_size(monkeypatch):
    monkeypatch.setattr(workers, "KEPT", 64)
    memory = workers.Memory()
    memory.array("a", (64,), np.dtype(np.uint8))
    memory.array("b", (65,), np.dtype(np.uint8))
    assert {name: block.nbytes for name, block in memory.blocks.items()} == {"a": 64}


def test_scratch_memory_starts_with_a_cache_line():
    memory = workers.Memory()
    for size in (1, 100, 1 << 16, 1 << 20):
        block = memory.array(str(size), (size,), np.dtype(np.float32))
        assert block.ctypes.data % 64 == 0


@pytest.mark.parametrize("types", [("f4", "f8"), ("f8", "f4"), ("f2", "f4")])
def test_a_convolution_of_two_types_has_the_wider_one(types):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3, 5, 5)).astype(types[0])
    w = rng.normal(size=(4, 3, 3, 3)).astype(types[1])
    y = tg.conv2d(x, w)
    assert y.dtype == np.result_type(*types)
    wide = [array.astype(y.dtype) for array in (x, w)]
    np.testing.assert_array_equal(y, tg.conv2d(*wide))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
@pytest.mark.parametrize("size", [3, masking.SMALL, 3 * masking.SMALL])
def test_choices_are_those_of_where_to_the_last_bit(dtype, size):
    rng = np.random.default_rng(0)
    x, y = (9 * rng.standard_normal((2, size))).astype(dtype)
    if np.dtype(dtype).kind == "f":
        x[:3], y[:3] = [np.nan, -0.0, np.inf], [-0.0, np.nan, -np.inf]
    mask = rng.random(size) < 0.5
    others = y, y[::-1], 0.0, -0.0, 2.0, y.astype(np.float64), y[:1]
    for other in others:
        for condition in (mask, mask[:1], mask.astype(int)):
            found = masking.choose(condition, x, other)
            right = np.where(condition, x, other)
            assert found.dtype == right.dtype and found.shape == right.shape
            assert found.tobytes() == right.tobytes()
    assert masking.choose(mask, 1.0, x).tobytes() == np.where(mask, 1.0, x).tobytes()


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i8", "?"])
@pytest.mark.parametrize("sizes", [(0, 3), (1, 1), (7, 5), (900, 800)], ids=str)
def test_a_column_times_a_row(dtype, sizes):
    """Exactly the products, whoever multiplies."""
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=size).astype(dtype) for size in sizes)
    found = products.column_times_row(x[:, None], y[None])
    assert found.dtype == np.dtype(dtype)
    assert np.array_equal(found, x[:, None] * y)
