"""Sizes and times of the page of `nets explore`, as the table of docs/explore.md.

    python tests/benchmarks/exploring.py

needs playwright and Chromium. Times are the shortest of fifty, in milliseconds: all
values and gradients for one picture with the update, the same with everything painted
again, and a step of the timeline.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from nets import Settings, data, start
from nets.explore import page

NETWORKS: dict[str, dict[str, Any]] = {
    "the slides' (LeNet)": {},
    "one pair, 8 filters 3×3, hidden 32": {
        "filters": (8,),
        "kernel": (3,),
        "hidden": (32,),
    },
    "three pairs, 6, 12 and 24 filters 3×3, hidden 48": {
        "filters": (6, 12, 24),
        "kernel": (3,),
        "hidden": (48,),
    },
    "`--network lenet5`": {"network": "lenet5"},
}
TIMES = """() => {
  const shortest = (action) => {
    const times = Array.from({ length: 50 }, () => {
      const begin = performance.now();
      action();
      return performance.now() - begin;
    });
    return Math.min(...times);
  };
  const steps = [placeOf("update") - 1, placeOf("update") - 2];
  return [
    shortest(compute),
    shortest(() => change(() => {})),
    shortest(() => show(steps.reverse()[0])),
  ];
}"""
HEAD = """\
| network | weights | page | all values and gradients | painted, too | a step |
|---|---:|---:|---:|---:|---:|"""


def row(tab: Page, folder: Path, name: str, settings: dict[str, Any]) -> str:
    """The row of a network, with forty pictures on its page."""
    pictures = data.pictures(40)
    run = start(Settings(**settings), pictures)
    text = page(run, pictures)
    path = folder / "page.html"
    # The functions of a module cannot be called from outside.
    path.write_text(text.replace('<script type="module">', "<script>"), "utf-8")
    tab.goto(path.as_uri())
    times = " | ".join(f"{time:.1f} ms" for time in tab.evaluate(TIMES))
    weights = sum(w.size for w in run.network.parameters().values())
    return f"| {name} | {weights:,} | {len(text.encode()) / 1000:.0f} KB | {times} |"


def main() -> None:
    """Print the table."""
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as name:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 800})
        print(HEAD)
        for network, settings in NETWORKS.items():
            print(row(tab, Path(name), network, settings))
        browser.close()


if __name__ == "__main__":
    main()
