"""What must be measured in a process of its own: import, memory, scaling, pictures."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def seconds(work: Callable[[], object]) -> float:
    """The time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def python(*words: str) -> str:
    """What another Python prints."""
    command = [sys.executable, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def imports(rounds: int = 15) -> dict[str, float]:
    """Seconds that importing takes, in turn; the start of Python is subtracted."""
    lines = ["pass", "import numpy, networkx", "import tinygraph"]
    times = [
        [seconds(lambda code=code: python("-c", code)) for code in lines]
        for _ in range(rounds)
    ]
    nothing, base, own = map(statistics.median, zip(*times, strict=True))
    return {
        "numpy, networkx": base - nothing,
        "tinygraph": own - nothing,
        "ratio": (own - nothing) / (base - nothing),
    }


def memory(peer: str, batch: int = 256) -> float:
    """The peak of a LeNet step in MB, above what was there before it. Linux only."""
    from peers import peers
    from rows import lenet

    [library] = [found for found in peers() if found.name == peer]
    lenet(library, 1)()  # libraries take memory of their own at the first step
    step = lenet(library, batch)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is what is there now
    before = status("VmRSS")
    for _ in range(3):
        step()
    return (status("VmHWM") - before) / 1024


def status(name: str) -> int:
    """A number of kB from what Linux knows of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise LookupError(name)


def scaling(rounds: int = 5) -> dict[str, float]:
    """Seconds for an operation, both ways, in chains and in wide graphs."""
    import tinygraph as tg

    def chain(length: int) -> None:
        y = tg.Tensor(1.0, requires_grad=True)
        for _ in range(length // 2):
            y = y * 1.0001
            y = y + 0.001
        y.backward()

    def wide(width: int) -> None:
        x = tg.Tensor(1.0, requires_grad=True)
        y = x
        for _ in range(width // 2):
            y = y + x * 0.5
        y.backward()

    works = {
        "chain of 1,000": lambda: [chain(1000) for _ in range(100)],
        "chain of 100,000": lambda: chain(100_000),
        "wide graph of 1,000": lambda: [wide(1000) for _ in range(100)],
        "wide graph of 100,000": lambda: wide(100_000),
    }
    times = [[seconds(work) for work in works.values()] for _ in range(rounds)]
    medians = map(statistics.median, zip(*times, strict=True))
    return {name: t / 100_000 for name, t in zip(works, medians, strict=True)}


def pictures() -> dict[str, float]:
    """Seconds for drawing and tracing the slides' network on one picture."""
    import nets
    import tinygraph as tg

    network = nets.slide_cnn(np.random.default_rng(0))
    output = network(np.zeros((1, 3, 32, 32), np.float32))
    error = tg.mse(output, np.eye(4, dtype=np.float32)[:1])
    error.backward()
    drawn = tg.draw(error)
    return {
        "draw, to SVG": seconds(drawn._repr_svg_),
        "trace, kept in memory": seconds(lambda: tg.trace(error)),
        "trace, as a page": seconds(tg.trace(error)._repr_html_),
    }


def alone() -> dict[str, dict[str, float]]:
    """All of these, each in a process of its own."""
    found = {"import": imports()}
    for name in ("scaling", "pictures"):
        found[name] = json.loads(python(str(HERE / "alone.py"), name))
    found["memory"] = {
        peer: json.loads(python(str(HERE / "alone.py"), "memory", peer))
        for peer in ("tinygraph", "torch")
    }
    return found


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    known = {"scaling": scaling, "pictures": pictures, "memory": memory}
    print(json.dumps(known[what](*words)))
