"""How much memory a piece of work needs, as `tracemalloc` counts it."""

import gc
import tracemalloc


def peak(work):
    """The most memory that a piece of work has at a time, above what was there."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
