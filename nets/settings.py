"""The settings of a training run, checked in one place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .rules import FLAG, TEXT, check, choice, number, optional, several, whole
from .rules import SettingsError as SettingsError

LOSSES = ("mse", "cross_entropy")
CLASS_CHOICES = ("slide", "all")
OPTIMIZERS = ("sgd", "adam")
SCHEDULES = ("cosine", "step", "constant")
AUGMENTATIONS = ("flip", "crop", "rotate")
NETWORKS = {  # and their options
    "slide": ("pairs", "filters", "kernel", "hidden"),
    "lenet5": (),
    "vgg11": (),
    "resnet20": (),
    "mlp": ("hidden",),
    "autoencoder": ("code",),
    "gpt": ("width", "heads", "depth"),
}
NETWORK_OPTIONS = tuple(dict.fromkeys(sum(NETWORKS.values(), ())))
# The kinds of data that a network takes; others take pictures.
TAKEN = {"mlp": ("pictures", "table"), "gpt": ("text",)}
# The usual network for each kind of data, and the usual settings of networks.
USUAL_NETWORKS = {"pictures": "slide", "table": "mlp", "text": "gpt"}
USUAL: dict[str, dict[str, Any]] = {
    "autoencoder": {"optimizer": "adam"},
    "gpt": {"optimizer": "adam", "loss": "cross_entropy", "lr": 0.003},
}
ONLY_LOSS = {"autoencoder": "mse", "gpt": "cross_entropy"}
TASKS = ("classes", "numbers")
DATA_OPTIONS = {  # and the kind of data that has them
    "target": "table",
    "delimiter": "table",
    "task": "table",
    "context": "text",
}
MOST_LAYERS, WIDEST = 20, 100_000
WIDTH, HEADS = 64, 4  # of a GPT
MOST_EPOCHS = 100_000


def later(default: Any) -> Any:
    """A field that older checkpoints do not have: they mean the default."""
    return field(default=default, metadata={"later": True})


@dataclass(frozen=True)
class Settings:
    """The settings of one training run; by default it trains on drawn pictures.

    ``data``, `classes` and `skip_bad` are as in `nets.data.load`. `lr` is the learning
    rate of the first epoch, which `schedule` and `warm_up` change from epoch to epoch,
    see `nets.schedules`. `momentum` is the first of Adam's betas. `compiled` trains
    with `tg.compiled`, which rounds differently.

    `clip` is the longest that all gradients together may be, see
    `nets.clipping.clip_gradients`. `average` is the decay of a
    `nets.averaging.WeightAverage`, with which the network is then evaluated. Training
    ends early when the test loss has not fallen for `patience` epochs.
    `label_smoothing` and `balanced`, for classes of different sizes, are options of
    cross-entropy; `augment` has ways of `nets.data.augment`.

    The slides' network has `pairs` of convolution and pooling, with one number for each
    in `filters` and `kernel`, or one for all, and fully connected layers of the sizes
    `hidden`; the network "mlp" has `hidden`, too. "gpt" has `depth` blocks with `heads`
    heads and `width` numbers for each character, "autoencoder" codes of `code` numbers.
    None means the network's own. `target`, `delimiter` and `task` are options of a
    table, `context` of a text, see `nets.data.load`. Raises `SettingsError` for a value
    that is out of range, and for values that do not fit together.

    >>> Settings(epochs=0)
    Traceback (most recent call last):
    nets.rules.SettingsError: epochs is 0: give a whole number from 1 to 100000.
    """

    data: str = "pictures"
    classes: str = "slide"
    epochs: int = 6
    batch_size: int = 32
    lr: float = 0.05
    momentum: float = 0.9
    loss: str = "mse"
    seed: int = 0
    compiled: bool = False
    skip_bad: bool = False
    network: str = later("slide")
    optimizer: str = later("sgd")
    pairs: int | None = later(None)
    filters: tuple[int, ...] | None = later(None)
    kernel: tuple[int, ...] | None = later(None)
    hidden: tuple[int, ...] | None = later(None)
    schedule: str = later("cosine")
    warm_up: int = later(0)
    clip: float | None = later(None)
    average: float | None = later(None)
    patience: int | None = later(None)
    label_smoothing: float = later(0.0)
    balanced: bool = later(False)
    augment: tuple[str, ...] = later(())
    width: int | None = later(None)
    heads: int | None = later(None)
    depth: int | None = later(None)
    code: int | None = later(None)
    target: str | None = later(None)
    delimiter: str | None = later(None)
    task: str | None = later(None)
    context: int | None = later(None)

    def __post_init__(self) -> None:
        check(self, SETTINGS_RULES)
        for name in ("filters", "kernel", "hidden", "augment"):  # lists in a document
            if isinstance(value := getattr(self, name), list):
                object.__setattr__(self, name, tuple(value))
        check_options(self)
        check_training(self)


SETTINGS_RULES = {
    "data": TEXT,
    "classes": choice(*CLASS_CHOICES),
    "epochs": whole(1, MOST_EPOCHS),
    "batch_size": whole(1),
    "lr": number(lambda lr: lr > 0, "a number above 0, such as 0.05"),
    "momentum": number(lambda m: 0 <= m < 1, "a number from 0 to below 1"),
    "loss": choice(*LOSSES),
    "seed": whole(0),
    "compiled": FLAG,
    "skip_bad": FLAG,
    "network": choice(*NETWORKS),
    "optimizer": choice(*OPTIMIZERS),
    "pairs": optional(whole(0, MOST_LAYERS)),
    "filters": optional(several(whole(1, WIDEST), MOST_LAYERS)),
    "kernel": optional(several(whole(1, WIDEST), MOST_LAYERS)),
    "hidden": optional(several(whole(1, WIDEST), MOST_LAYERS)),
    "schedule": choice(*SCHEDULES),
    "warm_up": whole(0, MOST_EPOCHS),
    "clip": optional(number(lambda norm: norm > 0, "a number above 0, such as 1")),
    "average": optional(number(lambda d: 0 <= d < 1, "a number from 0 to below 1")),
    "patience": optional(whole(1, MOST_EPOCHS)),
    "label_smoothing": number(lambda s: 0 <= s < 1, "a number from 0 to below 1"),
    "balanced": FLAG,
    "augment": several(choice(*AUGMENTATIONS), len(AUGMENTATIONS)),
    "width": optional(whole(1, WIDEST)),
    "heads": optional(whole(1, WIDEST)),
    "depth": optional(whole(1, MOST_LAYERS)),
    "code": optional(whole(1, WIDEST)),
    "target": optional(TEXT),
    "delimiter": optional(TEXT),
    "task": optional(choice(*TASKS)),
    "context": optional(whole(1, WIDEST)),
}


def check_training(settings: Settings) -> None:
    """Raise `SettingsError` for ways of training that do not fit together."""
    if settings.warm_up >= settings.epochs:
        raise SettingsError(
            f"warm-up is {settings.warm_up} of {settings.epochs} epochs: give fewer "
            f"than all."
        )
    smoothed = settings.label_smoothing or settings.balanced
    if smoothed and settings.loss != "cross_entropy":
        name = "label-smoothing" if settings.label_smoothing else "balanced"
        raise SettingsError(f"{name} needs the loss cross_entropy: choose it, too.")
    only = ONLY_LOSS.get(settings.network, settings.loss)
    if settings.loss != only or (smoothed and settings.network in ONLY_LOSS):
        raise SettingsError(
            f"network is {settings.network}, which is trained with the plain loss "
            f"{only}: choose that."
        )


def check_kind(settings: Settings, kind: str, numbers: bool = False) -> None:
    """Raise `SettingsError` for settings that do not fit a kind of data.

    `numbers` says whether a table has numbers to predict.
    """
    network = settings.network
    if kind not in TAKEN.get(network, ("pictures",)):
        fitting = [n for n in NETWORKS if kind in TAKEN.get(n, ("pictures",))]
        raise SettingsError(
            f"data is {settings.data}, a {kind}, and network is {network}, which does "
            f"not take it: choose {' or '.join(fitting)}."
        )
    for name, needed in DATA_OPTIONS.items():
        if getattr(settings, name) is not None and kind != needed:
            raise SettingsError(
                f"{name} is an option of a {needed}, and {settings.data} is a {kind}: "
                f"leave it out."
            )
    if settings.augment and kind != "pictures":
        raise SettingsError(f"augment changes pictures, not a {kind}: leave it out.")
    if numbers and settings.loss != "mse":
        raise SettingsError(
            f"loss is {settings.loss}, and the table has numbers to predict: choose "
            f"mse, or, if they are classes, the task classes."
        )


def guessed_network(given: dict[str, Any]) -> str:
    """The network that was asked for, or the first that has the options given.

    >>> guessed_network({"hidden": (9,)}), guessed_network({"width": 32, "lr": 0.1})
    ('slide', 'gpt')
    """
    asked = {name for name in given if name in NETWORK_OPTIONS}
    fitting = [name for name, options in NETWORKS.items() if asked <= {*options}]
    return str(given.get("network", (fitting or ["slide"])[0]))


def completed(given: dict[str, Any], network: str) -> Settings:
    """The settings given, the usual ones of a network, and a learning rate that fits.

    >>> completed({"batch_size": 8}, "slide").lr
    0.0125
    """
    settings = Settings(**{**USUAL.get(network, {}), **given, "network": network})
    if "lr" in given or "lr" in USUAL.get(network, {}):
        return settings
    usual = usual_lr(settings.batch_size, settings.loss, settings.optimizer)
    return replace(settings, lr=usual)


def check_options(settings: Settings) -> None:
    """Raise `SettingsError` for options of another network, or of other lengths."""
    for name in NETWORK_OPTIONS:
        if getattr(settings, name) is None or name in NETWORKS[settings.network]:
            continue
        having = " or ".join(n for n, options in NETWORKS.items() if name in options)
        raise SettingsError(
            f"network is {settings.network}, which has no option {name}: leave it "
            f"out, or choose network {having}."
        )
    width, heads = settings.width or WIDTH, settings.heads or HEADS
    if width % heads:
        raise SettingsError(
            f"width is {width} and heads is {heads}: give a width that the number of "
            f"heads divides."
        )
    pairs = number_of_pairs(settings)
    for name in ("filters", "kernel"):
        values = getattr(settings, name)
        if values is not None and len(values) not in (1, pairs):
            raise SettingsError(
                f"{name} has {len(values)} numbers, but the number of pairs is "
                f"{pairs}: give one number for each pair, or one for all."
            )


def number_of_pairs(settings: Settings) -> int:
    """The number of convolution/pooling pairs, as the settings give it.

    >>> number_of_pairs(Settings()), number_of_pairs(Settings(filters=(8, 8, 8)))
    (2, 3)
    """
    if settings.pairs is not None:
        return settings.pairs
    if settings.filters is not None:
        return len(settings.filters)
    return max(2, len(settings.kernel or ()))


def usual_lr(batch_size: int, loss: str = "mse", optimizer: str = "sgd") -> float:
    """0.05, or 0.02 for cross-entropy; proportionally less for batches below 32.

    For Adam, 0.001.

    While four classes are equally likely, the gradient of cross-entropy is four times
    that of the squared error after softmax; with 0.05, two of ten runs got stuck. A
    small batch makes more steps per epoch, each with a noisier gradient. Goyal et al.,
    Accurate, large minibatch SGD: training ImageNet in 1 hour, 2017.

    >>> usual_lr(32), usual_lr(8), usual_lr(64, "cross_entropy")
    (0.05, 0.0125, 0.02)
    """
    if optimizer == "adam":
        return 0.001
    largest = 0.02 if loss == "cross_entropy" else 0.05
    return largest * min(batch_size, 32) / 32
