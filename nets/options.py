"""The options of commands that train a network."""

from __future__ import annotations

import argparse

from .settings import (
    CLASS_CHOICES,
    LOSSES,
    NETWORKS,
    OPTIMIZERS,
    SCHEDULES,
    TASKS,
)


def add_settings(command: argparse.ArgumentParser) -> None:
    """Add all settings of a run; one that is not given is None."""
    add_data(command)
    add_steps(command)
    add_kinds(command)
    add_network(command)
    add_training(command)


def add_data(command: argparse.ArgumentParser) -> None:
    """Add the options of the data, and of the loops that go over them."""
    add = command.add_argument
    add(
        "--data",
        metavar="SOURCE",
        help="pictures (default), digits, mnist, fashion-mnist, cifar-10, a folder of "
        "pictures, or a .npz, .csv or .txt file",
    )
    add("--classes", choices=CLASS_CHOICES, help="classes of CIFAR-10 (default slide)")
    add_skip_bad(command)
    add(
        "--compiled",
        action="store_true",
        default=None,
        help="compile the loops (needs numba; the first time takes a few seconds)",
    )


def add_workers(command: argparse.ArgumentParser) -> None:
    """Add the options that let other processes and computers work."""
    group = command.add_argument_group("several processes or computers")
    several = group.add_mutually_exclusive_group()
    several.add_argument(
        "--workers", type=int, metavar="N", help="processes on this computer"
    )
    several.add_argument(
        "--cluster", metavar="ADDRESS", help="a Dask scheduler, as tcp://host:8786"
    )


def add_steps(command: argparse.ArgumentParser) -> None:
    """Add the options of gradient descent."""
    add = command.add_argument_group("gradient descent").add_argument
    add("--epochs", type=int, metavar="N", help="passes over the data (default 6)")
    add("--batch-size", type=int, metavar="N", help="examples per step (default 32)")
    add(
        "--lr",
        type=float,
        metavar="X",
        help="initial learning rate (default 0.05, with cross_entropy 0.02, less for "
        "batches below 32; with adam 0.001, for gpt 0.003)",
    )
    add(
        "--optimizer",
        choices=OPTIMIZERS,
        help="sgd (default) or adam (default for gpt and autoencoder)",
    )
    add("--momentum", type=float, metavar="X", help="0 to below 1 (default 0.9)")
    add("--loss", choices=LOSSES, help="mse (default) or cross_entropy (for gpt)")
    add("--seed", type=int, metavar="N", help="seed of all random numbers (default 0)")


def add_kinds(command: argparse.ArgumentParser) -> None:
    """Add the options of a table and of a text."""
    group = command.add_argument_group("a table or a text")
    add = group.add_argument
    add("--target", metavar="COLUMN", help="to predict (default the table's last)")
    add("--delimiter", metavar="C", help="between cells (default , ; tab or |)")
    add(
        "--task",
        choices=TASKS,
        help="whether the target is a class or a number (default what it looks like)",
    )
    add("--context", type=int, metavar="N", help="characters at once (default 64)")


def add_network(command: argparse.ArgumentParser) -> None:
    """Add the options that choose a network."""
    group = command.add_argument_group("the network")
    add = group.add_argument
    add(
        "--network",
        choices=NETWORKS,
        help="slide (default), for a table mlp, for a text gpt, or another network",
    )
    add(
        "--pairs",
        type=int,
        metavar="N",
        help="pairs of convolution and pooling (default 2)",
    )
    add(
        "--filters",
        type=numbers,
        metavar="N,N",
        help="filters in each pair, or one number for all (default 6,16,32,64,...)",
    )
    add(
        "--kernel",
        type=numbers,
        metavar="N,N",
        help="size of the filters in each pair, or one for all (default 5)",
    )
    add(
        "--hidden",
        type=numbers,
        metavar="N,N",
        help="sizes of the hidden fully connected layers, or none (default 120,84, for "
        "mlp 128)",
    )
    add("--width", type=int, metavar="N", help="of a gpt's layers (default 64)")
    add("--heads", type=int, metavar="N", help="of a gpt's attention (default 4)")
    add("--depth", type=int, metavar="N", help="blocks of a gpt (default 2)")
    add("--code", type=int, metavar="N", help="of an autoencoder (default 32)")


def add_training(command: argparse.ArgumentParser) -> None:
    """Add the options that change how a network is trained."""
    group = command.add_argument_group("ways of training")
    add = group.add_argument
    add("--schedule", choices=SCHEDULES, help="of the learning rate (default cosine)")
    add("--warm-up", type=int, metavar="N", help="epochs of rising lr (default 0)")
    add("--clip", type=float, metavar="X", help="greatest length of the gradients")
    add("--average", type=float, metavar="X", help="decay of averaged weights, as 0.99")
    add(
        "--patience",
        type=int,
        metavar="N",
        help="stop when the test loss has not fallen for N epochs",
    )
    add(
        "--label-smoothing",
        type=float,
        metavar="X",
        help="share of the targets given to all classes, for cross_entropy",
    )
    add(
        "--balanced",
        action="store_true",
        default=None,
        help="give classes equal weight, however many pictures they have, for "
        "cross_entropy",
    )
    add(
        "--augment",
        type=words_of,
        metavar="WORDS",
        help="change pictures at random: flip, crop, rotate, with commas between them",
    )


def words_of(text: str) -> tuple[str, ...]:
    """Words with commas between them.

    >>> words_of("flip,crop")
    ('flip', 'crop')
    """
    return tuple(text.split(","))


def numbers(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them, or none.

    >>> numbers("120,84"), numbers("none")
    ((120, 84), ())
    """
    try:
        return () if text == "none" else tuple(map(int, text.split(",")))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} must be whole numbers with commas between them, such as 6,16, "
            f"or none"
        ) from None


def add_skip_bad(command: argparse.ArgumentParser) -> None:
    """Add the option that skips files that are not valid pictures."""
    command.add_argument(
        "--skip-bad",
        action="store_true",
        default=None,
        help="skip the files of a folder that cannot be used",
    )
