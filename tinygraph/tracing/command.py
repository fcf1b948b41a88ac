"""python -m tinygraph trace: the backward pass of a script's tensor."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..command_line import RUN_TIME_ERROR, Commands, Parser
from ..files import escaped, expanded
from ..legible import quantity
from .order import ORDERS
from .script import ScriptError, tensor_of_script
from .trace import trace

PAGE = Path("backward.html")


def add_trace(subparsers: Commands[Parser]) -> None:
    """Add the command and its options."""
    command = subparsers.add_parser("trace", help="show a backward pass step by step")
    command.set_defaults(command=trace_script)
    add = command.add_argument
    add(
        "script",
        metavar="SCRIPT[:NAME]",
        help="a .py file, and the name of a tensor that it computes (default: loss)",
    )
    add(
        "--out",
        "-o",
        type=expanded,
        metavar="FILE",
        help=f".html (default: {PAGE}), .gif, .json, or a folder for one .svg per step",
    )
    add(
        "--order",
        type=lambda name: name.replace("-", "_"),
        choices=ORDERS,
        default="topological",
        help="in which order to visit the graph (default: topological)",
    )
    add("--lr", type=float, metavar="X", help="show updates with this learning rate")
    add(
        "--depth",
        type=int,
        metavar="N",
        help="draw each scope nested N deep as one box (0: the outermost)",
    )
    add("--play", action="store_true", help="step through it in the terminal")
    add("--print", action="store_true", help="print all steps as a table")


def trace_script(arguments: argparse.Namespace) -> int:
    """Run a script, trace its tensor, and show the trace as the options say."""
    try:
        tensor, variables = tensor_of_script(arguments.script)
    except ScriptError as error:
        print(error, end="", file=sys.stderr)
        return RUN_TIME_ERROR
    shown = trace(tensor, order=arguments.order, lr=arguments.lr, variables=variables)
    if arguments.print:
        print(shown)
    if arguments.out or not (arguments.print or arguments.play):
        saved = shown.save(arguments.out or PAGE, depth=arguments.depth)
        steps = quantity(len(shown), "step")
        print(f"{escaped(saved)} shows the backward pass in {steps}")
    if arguments.play:
        shown.play()
    return 0
