"""The command line: python -m nets train | evaluate | predict | draw | trace."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy.random  # noqa: F401 (NumPy imports it when it is used, and loses Ctrl-C)

import tinygraph as tg
from nets.settings import CLASSES, LOSSES
from nets.training import TrainingError
from tinygraph.command_line import RUN_TIME_ERROR, Commands, Parser, fail, run
from tinygraph.files import expanded

try:
    import threadpoolctl  # noqa: F401 (what tg.threads needs)

    from nets import commands, tracing
except ModuleNotFoundError as error:
    remedy = "python -m pip install 'tinygraph[nets]'"
    said = f"{error.name} is missing: {remedy}"
    sys.exit(run("nets", lambda: fail("nets", said, RUN_TIME_ERROR)))

MOST_THREADS = 4  # batches of 32 small pictures cannot be shared by more


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that `words` (by default the command line) spell.

    Returns the exit code: 0, 1 where training went wrong, 2 where the user can mend it,
    130 after Ctrl-C. argparse raises SystemExit for unknown words and for --help.
    """
    return run("nets", lambda: carry_out(words), failures=(TrainingError,))


def carry_out(words: Sequence[str] | None) -> int:
    """Run the command, on as many threads as pay off."""
    arguments = parser().parse_args(words)
    try:
        with tg.threads(min(MOST_THREADS, processors())):
            return int(arguments.command(arguments))
    except MemoryError:
        batches = ": use a smaller --batch-size" if "batch_size" in arguments else ""
        raise TrainingError(f"memory ran out{batches}") from None


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    main = Parser(prog="python -m nets", description="The CNN of the slides.")
    commands = main.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in (add_train, add_evaluate, add_predict, add_draw, add_trace):
        add(commands)
    return main


def add_train(subparsers: Commands[Parser]) -> None:
    """train: settings are None where the user gave none."""
    train = subparsers.add_parser("train", help="train a network")
    train.set_defaults(command=commands.train)
    add = train.add_argument
    add("--data", metavar="SOURCE", help="pictures (default), CIFAR-10 or a folder")
    add("--classes", choices=CLASSES, help="of CIFAR-10 (default slide)")
    add_skip_bad(train)
    add("--epochs", type=int, metavar="N", help="times through the set (default 6)")
    add("--batch-size", type=int, metavar="N", help="pictures per step (default 32)")
    add(
        "--lr",
        type=float,
        metavar="X",
        help="learning rate at first (default 0.05, of cross_entropy 0.02, less for "
        "batches below 32)",
    )
    add("--momentum", type=float, metavar="X", help="0 to below 1 (default 0.9)")
    add("--loss", choices=LOSSES, help="(default mse)")
    add("--seed", type=int, metavar="N", help="of all that is random (default 0)")
    add(
        "--compiled",
        action="store_true",
        default=None,
        help="compile the loops (needs numba; the first time takes a while)",
    )
    add("--out", type=expanded, metavar="DIR", help="folder (default a new runs/slide)")
    add("--resume", action="store_true", help="go on with the run in the folder")


def add_skip_bad(command: argparse.ArgumentParser) -> None:
    """What to do with files of a folder that are no sound pictures."""
    command.add_argument(
        "--skip-bad",
        action="store_true",
        default=None,
        help="go on without the files of a folder that cannot be used",
    )


def add_evaluate(subparsers: Commands[Parser]) -> None:
    """evaluate: the test part of the pictures."""
    evaluate = subparsers.add_parser("evaluate", help="test a trained network")
    evaluate.set_defaults(command=commands.evaluate_run)
    evaluate.add_argument(
        "--data", metavar="SOURCE", help="other pictures than its own"
    )
    add_skip_bad(evaluate)
    add_checkpoint(evaluate)


def add_predict(subparsers: Commands[Parser]) -> None:
    """predict: images of one's own."""
    predict = subparsers.add_parser("predict", help="say what images show")
    predict.set_defaults(command=commands.predict)
    predict.add_argument("images", nargs="+", type=expanded, metavar="IMAGE")
    add_checkpoint(predict)


def add_draw(subparsers: Commands[Parser]) -> None:
    """draw: the graph of one example."""
    draw = subparsers.add_parser("draw", help="draw forward and backward pass")
    draw.set_defaults(command=commands.draw)
    draw.add_argument(
        *("--out", "-o"),
        type=expanded,
        metavar="FILE",
        default=Path("graph.svg"),
        help=".svg (default graph.svg), .png, .pdf, .html or .dot",
    )
    add_checkpoint(draw)


def add_trace(subparsers: Commands[Parser]) -> None:
    """trace: the backward pass of one picture, step by step."""
    trace = subparsers.add_parser("trace", help="show a backward pass step by step")
    trace.set_defaults(command=tracing.trace)
    add = trace.add_argument
    add("--image", type=expanded, metavar="FILE", help="(default a drawn picture)")
    add(
        "--label",
        metavar="CLASS",
        help="what it shows (default boat; of an image, what the network takes it for)",
    )
    add("--lr", type=float, metavar="X", default=0.05, help="(default 0.05)")
    add(
        *("--out", "-o"),
        type=expanded,
        metavar="FILE",
        default=Path("backward.html"),
        help=".html (default backward.html), .gif, .json, or a folder for .svg files",
    )
    add_checkpoint(trace, default="an untrained network")


def add_checkpoint(
    command: argparse.ArgumentParser, default: str = "the newest in runs"
) -> None:
    """The run that a command works on."""
    command.add_argument(
        "--checkpoint",
        type=expanded,
        metavar="RUN",
        help=f"the folder of a run (default {default}), or its .npz",
    )


if __name__ == "__main__":
    sys.exit(main())
