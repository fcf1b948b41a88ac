"""Draw the figures in *Training the network*, from a run of six epochs with seed 0."""

import sys
import tempfile
from pathlib import Path

from nets.__main__ import main

HERE = Path(__file__).parent
DRAWN = ("feature-maps", "mistakes", "surface")


def draw_figures() -> None:
    """Train, draw all figures, and keep some."""
    with tempfile.TemporaryDirectory() as folder:
        run = str(Path(folder, "run"))
        for words in (["train", "--out", run], ["plots", run]):
            if code := main(words):
                sys.exit(code)
        for name in DRAWN:
            picture = Path(run, "plots", f"{name}.png").read_bytes()
            (HERE / f"{name}.png").write_bytes(picture)
    sys.exit(main(["descent", "--out", str(HERE / "descent.gif")]))


if __name__ == "__main__":
    draw_figures()
