"""Networks as scikit-learn's estimators: `fit`, `predict`, `score`, and all around it.

They work in its pipelines, searches and cross-validation. Inputs are standardised, and
so are the targets of a regression, with the means and deviations of the training set.
Training computes in the type of the inputs: in float32 for float32, else in float64.

>>> import numpy as np
>>> from nets import MLPClassifier
>>> x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
>>> y = ["equal", "different", "different", "equal"]
>>> xor = MLPClassifier(hidden=(8,), lr=0.05, random_state=0).fit(x, y)
>>> xor.predict(x).tolist()
['equal', 'different', 'different', 'equal']
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    MultiOutputMixin,
    RegressorMixin,
)
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

import tinygraph as tg

from .building import build_optimizer
from .data import batches
from .layers import Conv2d, MaxPool2d, Network, ReLU
from .layers.tree import evaluating
from .networks.feed_forward import Groups, feed_forward, mlp
from .schedules import schedule_of
from .settings import Settings, SettingsError
from .training import ReplayedStep

Shape = tuple[int, ...]
Build = Callable[[np.random.Generator], Network]
BuildFor = Callable[[np.random.Generator, int, Shape], Network]
FLOATS = (np.float64, np.float32)
AT_ONCE = 256  # examples of which a prediction is calculated at a time


@dataclass(eq=False, repr=False)
class NetworkEstimator(BaseEstimator):
    """The parameters and the training that the estimators share.

    `epochs`, `batch_size`, `lr`, `optimizer`, `momentum`, `schedule` and `clip` are as
    in `nets.Settings`, which checks them; `hidden` has the sizes of the fully connected
    layers before the last. `random_state` is scikit-learn's: a number, a RandomState or
    None. After `fit`, `network_` is the trained network, and `loss_curve_` has the mean
    loss of each epoch.
    """

    hidden: Sequence[int] = (128,)
    epochs: int = 100
    batch_size: int = 32
    lr: float = 0.002
    optimizer: str = "adam"
    momentum: float = 0.9
    schedule: str = "cosine"
    clip: float | None = None
    random_state: Any = None
    _pictures = False  # whether X may have more than two axes

    def _settings(self) -> Settings:
        """The parameters that a training run has, too; SettingsError if impossible."""
        names = {field.name for field in fields(self)}
        names &= {field.name for field in fields(Settings)} - {"network"}
        given = {name: plain(getattr(self, name)) for name in names}
        if isinstance(given.get("kernel"), int):
            given["kernel"] = (given["kernel"],)
        return Settings(network="slide" if "filters" in names else "mlp", **given)

    def _validated(self, *given: Any, **options: Any) -> Any:
        """`X` and `y` of `fit`, or an `X` like that, checked by scikit-learn."""
        options |= dict(dtype=FLOATS, reset=len(given) == 2, allow_nd=self._pictures)
        return validate_data(self, *given, **options)

    def _train(self, build: Build, x: NDArray[Any], t: NDArray[Any]) -> None:
        """Steps 1 to 5 of the slides with inputs `x` and targets `t`."""
        settings = self._settings()
        loss, clip = settings.loss, settings.clip
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        seeds = np.random.SeedSequence(seed).spawn(2)
        for_weights, for_order = map(np.random.default_rng, seeds)
        self.network_ = build(for_weights)
        optimizer = build_optimizer(self.network_, settings)
        schedule = schedule_of(settings.schedule, settings.epochs, 0)
        self.loss_curve_: list[float] = []
        step = ReplayedStep()
        for epoch in range(settings.epochs):
            optimizer.lr = settings.lr * schedule(epoch)
            total = 0.0
            for chosen in batches(len(x), settings.batch_size, for_order):
                batch = x[chosen], t[chosen]
                error, _ = step(self.network_, optimizer, *batch, loss, clip)
                total += error * len(chosen)
            self.loss_curve_.append(total / len(x))

    def _output(self, x: NDArray[Any]) -> NDArray[Any]:
        """What the network makes of inputs, some at a time."""
        starts = range(0, len(x), AT_ONCE)
        with tg.no_grad(), evaluating(self.network_):
            return np.concatenate(
                [self.network_(x[start : start + AT_ONCE]).data for start in starts]
            )


def plain(value: Any) -> Any:
    """A number of NumPy as one of Python, an array or a list as a tuple.

    >>> plain(np.int64(3)), plain([16, 8])
    (3, (16, 8))
    """
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray | list | tuple):
        return tuple(map(plain, value))
    return value


def standardised(scaler: StandardScaler, x: NDArray[Any]) -> NDArray[Any]:
    """The columns of a table, or the channels of pictures (N, C, H, W), in deviations.

    A scaler that is new learns means and deviations from `x`.
    """
    rows = np.moveaxis(x, 1, -1)
    table = rows.reshape(-1, rows.shape[-1])
    if not hasattr(scaler, "mean_"):
        scaler.fit(table)
    scaled = scaler.transform(table).reshape(rows.shape)
    return np.ascontiguousarray(np.moveaxis(scaled, -1, 1))


@dataclass(eq=False, repr=False)
class Classifier(ClassifierMixin, NetworkEstimator):
    """What the two classifiers share."""

    loss: str = "cross_entropy"

    def fit(self, X: Any, y: Any) -> Self:
        """Train with examples `X` and their classes `y`."""
        x, y = self._validated(X, y)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        self.scaler_, count = StandardScaler(), len(self.classes_)
        x = standardised(self.scaler_, self._examples(x))
        build = partial(self._build, classes=count, shape=x.shape[1:], dtype=x.dtype)
        self._train(build, x, np.eye(count, dtype=x.dtype)[labels])
        return self

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """The probability of each class, in the order of `classes_`: (N, classes)."""
        check_is_fitted(self)
        examples = self._examples(self._validated(X))
        return self._output(standardised(self.scaler_, examples))

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each example."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def _examples(self, x: NDArray[Any]) -> NDArray[Any]:
        """The inputs as the network takes them."""
        return x

    def _build(
        self, rng: np.random.Generator, classes: int, shape: Shape, dtype: DTypeLike
    ) -> Network:
        """The network before training."""
        return mlp(rng, math.prod(shape), classes, plain(self.hidden), dtype)


@dataclass(eq=False, repr=False)
class MLPClassifier(Classifier):
    """A classifier of tables: fully connected layers with ReLU, and a softmax.

    `X` is (N, features), `y` has N class labels of any kind. `loss` is "cross_entropy"
    or the slides' "mse".

    >>> MLPClassifier(hidden=(16, 8), epochs=20)
    MLPClassifier(epochs=20, hidden=(16, 8))
    """


@dataclass(eq=False, repr=False)
class CNNClassifier(Classifier):
    """A classifier of pictures: convolution/pooling pairs, fully connected layers.

    `X` is (N, C, H, W) or (N, H, W), or a table with the pixels of a picture in each
    row, of the `shape` (C, H, W). Without `shape`, these are square and of one channel
    or three, if that many numbers are, and else one row of pixels. Each pair has one of
    the numbers of `filters`, KxK with `kernel` K, and leaves half of the rows and
    columns. `network`, if given, builds another: a function of a random generator, the
    number of classes and the shape of a picture.

    >>> pictures = np.zeros((6, 8, 8))
    >>> pictures[::2, 2:6, 3] = 1.0  # upright strokes
    >>> pictures[1::2, 3, 2:6] = 1.0
    >>> strokes = CNNClassifier(epochs=20, random_state=0)
    >>> strokes.fit(pictures, ["|", "-"] * 3).predict(pictures[:2]).tolist()
    ['|', '-']
    """

    shape: Shape | None = None
    filters: Sequence[int] = (8, 16)
    kernel: int | Sequence[int] = 3
    network: BuildFor | None = None
    _pictures = True

    def _examples(self, x: NDArray[Any]) -> NDArray[Any]:
        """Pictures (N, C, H, W)."""
        if x.ndim == 3:
            return x[:, None]
        if x.ndim == 2:
            return x.reshape(len(x), *self._shape(x.shape[1]))
        return x

    def _shape(self, pixels: int) -> Shape:
        """(C, H, W) of a picture with so many numbers."""
        if self.shape is None:
            return usual_shape(pixels)
        if len(self.shape) != 3 or math.prod(self.shape) != pixels:
            raise SettingsError(
                f"CNNClassifier: shape is {self.shape!r}, and the rows of X have "
                f"{pixels} numbers: give (channels, rows, columns) with that product."
            )
        return tuple(self.shape)

    def _build(
        self, rng: np.random.Generator, classes: int, shape: Shape, dtype: DTypeLike
    ) -> Network:
        if self.network is not None:
            return self.network(rng, classes, shape)
        return padded_cnn(rng, shape, classes, self._settings(), dtype)


def usual_shape(pixels: int) -> Shape:
    """(C, H, W) of a picture that is given as numbers.

    >>> usual_shape(64), usual_shape(3 * 64), usual_shape(50)
    ((1, 8, 8), (3, 8, 8), (1, 1, 50))
    """
    for channels in (1, 3):
        side = math.isqrt(pixels // channels)
        if channels * side**2 == pixels:
            return channels, side, side
    return 1, 1, pixels


def padded_cnn(
    rng: np.random.Generator,
    shape: Shape,
    classes: int,
    settings: Settings,
    dtype: DTypeLike,
) -> Network:
    """The slides' network for pictures of any shape: convolutions keep their size."""
    filters, hidden = settings.filters or (), settings.hidden or ()
    channels, *size = shape
    groups: Groups = {}
    sides = settings.kernel or (3,)
    if len(sides) == 1:
        sides *= len(filters)
    for number, (count, side) in enumerate(zip(filters, sides, strict=True), start=1):
        layer = Conv2d.random(rng, channels, count, side, dtype, padding="same")
        rows, columns = (min(length, 2) for length in size)
        groups[f"conv{number}"] = [layer, ReLU(), MaxPool2d((rows, columns))]
        channels, size = count, [size[0] // rows, size[1] // columns]
    inputs = channels * math.prod(size)
    return Network({**groups, **feed_forward(rng, inputs, hidden, classes, dtype)})


@dataclass(eq=False, repr=False)
class MLPRegressor(RegressorMixin, MultiOutputMixin, NetworkEstimator):
    """A regression: fully connected layers with ReLU, the last without.

    `X` is (N, features), `y` (N,) or (N, outputs). The loss is the slides' E = Σ ½ (y −
    output)², of targets in deviations from their mean.

    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> y = x[:, 0] ** 2
    >>> bool(MLPRegressor(lr=0.02, random_state=0).fit(x, y).score(x, y) > 0.95)
    True
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Train with examples `X` and their targets `y`."""
        x, y = self._validated(X, y, multi_output=True, y_numeric=True)
        self.scaler_, self.target_scaler_ = StandardScaler(), StandardScaler()
        x, t = standardised(self.scaler_, x), y.reshape(len(y), -1).astype(x.dtype)
        self._train(
            partial(self._build, x.shape[1], t.shape[1], x.dtype),
            x,
            standardised(self.target_scaler_, t),
        )
        self._flat = y.ndim == 1
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """The targets of examples, (N,) or (N, outputs)."""
        check_is_fitted(self)
        output = self._output(standardised(self.scaler_, self._validated(X)))
        targets = self.target_scaler_.inverse_transform(output)
        return targets[:, 0] if self._flat else targets

    def _build(
        self, inputs: int, outputs: int, dtype: DTypeLike, rng: np.random.Generator
    ) -> Network:
        groups = feed_forward(rng, inputs, plain(self.hidden), outputs, dtype)
        *layers, _ = groups["output"]  # without softmax
        return Network({**groups, "output": layers})
