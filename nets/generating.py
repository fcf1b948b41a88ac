"""The command `generate`: a text that a run's network writes."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

import numpy as np

from .data import encoded
from .folders import load_run
from .networks.gpt import GPT
from .rules import AMOUNT, SettingsError, check, whole
from .run import Run

MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Sampling:
    """How a text is drawn: its length, its seed, and how bold it is."""

    count: int = 500
    seed: int = 0
    temperature: float = 0.8

    def __post_init__(self) -> None:
        check(self, SAMPLING_RULES)


SAMPLING_RULES = {
    "count": whole(1, MOST_CHARACTERS),
    "seed": whole(0),
    "temperature": AMOUNT,
}


def generate(arguments: Namespace) -> int:
    """Print a text that begins with a prompt."""
    sampling = Sampling(arguments.count, arguments.seed, arguments.temperature)
    run = load_run(arguments.checkpoint)
    print(written(run, arguments.prompt, sampling))
    return 0


def written(run: Run, prompt: str | None, sampling: Sampling) -> str:
    """The prompt and what the network of a run writes after it.

    Without a prompt, this is the first character of the text. Raises `SettingsError`
    for the run of another network, `DataError` for characters that it does not know.
    """
    if not isinstance(run.network, GPT):
        raise SettingsError(
            f"network is {run.settings.network}, which writes no text: give the run of "
            f"a gpt with --checkpoint."
        )
    if not prompt:
        prompt = run.classes[int(run.example[0, 0])]
    rng = np.random.default_rng(sampling.seed)
    start = encoded(prompt, run.classes, "the prompt")
    with run.in_use():
        codes = run.network.generate(rng, start, sampling.count, sampling.temperature)
    return prompt + "".join(run.classes[code] for code in codes)
