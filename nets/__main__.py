"""The command line: python -m nets train | evaluate | predict | draw | trace | ..."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy.random  # noqa: F401 (a later import of it would lose Ctrl-C)

import tinygraph as tg
from tinygraph.command_line import RUN_TIME_ERROR, Commands, Parser, fail, run
from tinygraph.files import expanded

from .options import add_settings, add_skip_bad, add_workers
from .training import TrainingError

try:
    import threadpoolctl  # noqa: F401 (what tg.threads needs)

    from . import (
        commands,
        exploring,
        generating,
        looking,
        predicting,
        searching,
        tracing,
    )
except ModuleNotFoundError as error:
    remedy = "python -m pip install 'tinygraph[nets]'"
    said = f"{error.name} is missing: {remedy}"
    sys.exit(run("nets", lambda: fail("nets", said, RUN_TIME_ERROR)))

MOST_THREADS = 4  # more do not make batches of 32 small pictures faster


def main(words: Sequence[str] | None = None) -> int:
    """Run the command in `words`, by default those of the command line.

    Returns the exit code: 0 for success, 1 if training failed, 2 for an error that the
    user can fix, 130 after Ctrl-C. argparse raises SystemExit for unknown words and for
    --help.
    """
    return run("nets", lambda: carry_out(words), failures=(TrainingError,))


def carry_out(words: Sequence[str] | None) -> int:
    """Run the command, on as many threads as are useful."""
    arguments = parser().parse_args(words)
    try:
        with tg.threads(min(MOST_THREADS, processors())):
            return int(arguments.command(arguments))
    except MemoryError:
        batches = ": use a smaller --batch-size" if "batch_size" in arguments else ""
        raise TrainingError(f"memory ran out{batches}") from None


def processors() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parser() -> argparse.ArgumentParser:
    """The parser of all commands and their options."""
    main = Parser(
        prog="python -m nets",
        description="Train the CNN of the slides, or another network.",
    )
    commands = main.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in (*RUNS, add_predict, add_generate, add_draw, add_trace, *LOOKING):
        add(commands)
    return main


def add_train(subparsers: Commands[Parser]) -> None:
    """Add train; an option that is not given is None."""
    train = subparsers.add_parser("train", help="train a network")
    train.set_defaults(command=commands.train)
    add = train.add_argument
    add(
        "--out",
        type=expanded,
        metavar="DIR",
        help="folder of the run (default a new runs/slide)",
    )
    add("--resume", action="store_true", help="continue the run in the folder")
    add("--live", action="store_true", help="serve a page that follows the training")
    add("--tensorboard", action="store_true", help="write what TensorBoard shows, too")
    add_workers(train)
    add_settings(train)


def add_evaluate(subparsers: Commands[Parser]) -> None:
    """Add evaluate."""
    evaluate = subparsers.add_parser("evaluate", help="test a trained network")
    evaluate.set_defaults(command=commands.evaluate_run)
    evaluate.add_argument(
        "--data", metavar="SOURCE", help="data (default that of the run)"
    )
    add_skip_bad(evaluate)
    add_checkpoint(evaluate)


def add_predict(subparsers: Commands[Parser]) -> None:
    """Add predict."""
    predict = subparsers.add_parser("predict", help="classify images")
    predict.set_defaults(command=predicting.predict)
    predict.add_argument("images", nargs="+", type=expanded, metavar="IMAGE")
    add_checkpoint(predict)


def add_search(subparsers: Commands[Parser]) -> None:
    """Add search."""
    search = subparsers.add_parser("search", help="train with many settings; compare")
    search.set_defaults(command=searching.search)
    search.add_argument(
        "--vary",
        nargs="+",
        action="append",
        required=True,
        metavar=("SETTING", "VALUE"),
        help="an option of train and its values, as --vary lr 0.01 0.1; if given more "
        "than once, all combinations are trained",
    )
    search.add_argument(
        "--out",
        "-o",
        type=expanded,
        metavar="FILE",
        default=Path("search.csv"),
        help="the table, as CSV (default search.csv)",
    )
    add_workers(search)
    add_settings(search)


RUNS = (add_train, add_search, add_evaluate)


def add_generate(subparsers: Commands[Parser]) -> None:
    """Add generate."""
    generate = subparsers.add_parser("generate", help="write a text with a gpt")
    generate.set_defaults(command=generating.generate)
    usual = generating.Sampling()
    add = generate.add_argument
    add("--prompt", metavar="TEXT", help="beginning (default a character of the text)")
    add(
        "--count",
        type=int,
        metavar="N",
        default=usual.count,
        help=f"characters to write (default {usual.count})",
    )
    add(
        "--temperature",
        type=float,
        metavar="X",
        default=usual.temperature,
        help=f"boldness: 0 always takes the likeliest (default {usual.temperature})",
    )
    add("--seed", type=int, metavar="N", default=usual.seed, help="(default 0)")
    add_checkpoint(generate)


def add_draw(subparsers: Commands[Parser]) -> None:
    """Add draw."""
    draw = subparsers.add_parser("draw", help="draw the graph of one example")
    draw.set_defaults(command=commands.draw)
    draw.add_argument(
        "--out",
        "-o",
        type=expanded,
        metavar="FILE",
        default=Path("graph.svg"),
        help=".svg, .png, .pdf, .html or .dot (default graph.svg)",
    )
    add_checkpoint(draw)


def add_trace(subparsers: Commands[Parser]) -> None:
    """Add trace."""
    trace = subparsers.add_parser("trace", help="show a backward pass step by step")
    trace.set_defaults(command=tracing.trace)
    add = trace.add_argument
    add(
        "--image",
        type=expanded,
        metavar="FILE",
        help="image to trace (default a drawn picture)",
    )
    add(
        "--label",
        metavar="CLASS",
        help="class of the picture (default boat, or for --image the network's guess)",
    )
    add(
        "--lr",
        type=float,
        metavar="X",
        default=0.05,
        help="learning rate (default 0.05)",
    )
    add(
        "--out",
        "-o",
        type=expanded,
        metavar="FILE",
        default=Path("backward.html"),
        help=".html, .gif, .json, or a folder for .svg files (default backward.html)",
    )
    add_checkpoint(trace, default="an untrained network")


def add_plots(subparsers: Commands[Parser]) -> None:
    """Add plots."""
    plots = subparsers.add_parser("plots", help="draw figures of a run")
    plots.set_defaults(command=looking.plots)
    plots.add_argument(
        "run",
        nargs="?",
        type=expanded,
        metavar="RUN",
        help="folder or .npz file of a run (default the newest in runs/)",
    )
    plots.add_argument(
        "--out", "-o", type=expanded, metavar="DIR", help="folder (default RUN/plots)"
    )


def add_descent(subparsers: Commands[Parser]) -> None:
    """Add descent."""
    descent = subparsers.add_parser("descent", help="animate gradient descent in 2-D")
    descent.set_defaults(command=looking.descent)
    add = descent.add_argument
    add("--lr", type=float, metavar="X", default=0.1, help="(default 0.1)")
    add("--steps", type=int, metavar="N", default=40, help="(default 40)")
    add(
        "--out",
        "-o",
        type=expanded,
        metavar="FILE",
        default=Path("descent.gif"),
        help=".gif (default descent.gif)",
    )


LOOKING = (add_plots, add_descent, exploring.add_explore)


def add_checkpoint(
    command: argparse.ArgumentParser, default: str = "the newest in runs/"
) -> None:
    """Add the option that chooses a run."""
    command.add_argument(
        "--checkpoint",
        type=expanded,
        metavar="RUN",
        help=f"folder or .npz file of a run (default {default})",
    )


if __name__ == "__main__":
    sys.exit(main())
