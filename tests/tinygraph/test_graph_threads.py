"""Threads record and differentiate at once, and none disturbs another."""

import sys
import threading

from leaves import parameter

import tinygraph as tg


def in_threads(work, count=8):
    """Run work(0), work(1), ... at once, and hand on what goes wrong."""
    failures = []

    def guarded(number):
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=guarded, args=(n,)) for n in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    if failures:
        raise failures[0]


def test_modes_belong_to_one_thread():
    x, found = parameter(2.0), []
    with tg.no_grad(), tg.scope("here"):
        thread = threading.Thread(target=lambda: found.append(x * x))
        thread.start()
        thread.join()
    assert found[0].requires_grad
    assert found[0].graph.nodes[found[0].node]["scope"] == ""


def test_threads_share_parameters():
    w = parameter([1.0, 2.0, 3.0])

    def work(number):
        for step in range(100):
            factor = float(number * 100 + step)
            loss = (w * w * factor).sum()
            [found] = tg.gradients(loss, [w])
            assert found.tolist() == [2 * factor, 4 * factor, 6 * factor]

    in_threads(work)
    assert w.grad is None


def test_threads_add_to_one_gradient():
    w = parameter([1.0, 2.0])

    def work(number):
        for _ in range(100):
            (w * float(number + 1)).sum().backward()

    in_threads(work)
    assert w.grad.tolist() == [100.0 * 36, 100.0 * 36]
