"""The error of a network for a batch, with the options of cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg


@dataclass(frozen=True, eq=False)
class Loss:
    """The error of a batch, averaged over it.

    "mse" is the slides' E = Σ ½ (target − output)², "cross_entropy" is −Σ target ln
    output. For cross-entropy, `label_smoothing` s turns targets t into (1 − s) t + s/C,
    and `class_weights` has a factor for each of the C classes.

    For images (N, C, H, W), "mse" is the mean of (target − output)² over all pixels.
    For sequences, "cross_entropy" is the mean over all places.
    """

    name: str = "mse"
    label_smoothing: float = 0.0
    class_weights: NDArray[Any] | None = None

    def __call__(
        self, network: Any, images: NDArray[Any], targets: NDArray[Any]
    ) -> tuple[tg.Tensor, tg.Tensor]:
        """The error, and the output (or logits) from which it was computed.

        `targets` is (N, classes), one-hot; numbers like the output; or, for a network
        of sequences, the class number at each place, (N, T).
        """
        if self.name != "cross_entropy":
            output = network(images)
            with tg.scope("loss"):
                target = tg.Tensor(targets, name="target")
                if targets.ndim == 4:
                    return tg.mse(output, target, reduction="mean"), output
                return tg.mse(output, target), output
        if targets.dtype.kind in "iu":
            output = network(images)
            with tg.scope("loss"):
                return tg.cross_entropy(output, targets), output
        output = network.logits(images)
        with tg.scope("loss"):
            return self._cross_entropy(output, targets), output

    def weight(self, targets: NDArray[Any]) -> float:
        """What a batch counts in a mean over several: its examples, or their weights.

        >>> Loss("cross_entropy", class_weights=np.array([1.0, 3.0])).weight(np.eye(2))
        4.0
        """
        if self.class_weights is None:
            return float(len(targets))
        return float(self.class_weights[targets.argmax(axis=1)].sum())

    def _cross_entropy(self, output: tg.Tensor, targets: NDArray[Any]) -> tg.Tensor:
        if self.class_weights is None and not self.label_smoothing:
            return tg.cross_entropy(output, tg.Tensor(targets, name="target"))
        error: tg.Tensor = tg.cross_entropy(
            output,
            targets.argmax(axis=1),  # weighted means need class numbers
            self.class_weights,
            label_smoothing=self.label_smoothing,
        )
        return error


def balanced_weights(labels: NDArray[Any], classes: int) -> NDArray[np.float32]:
    """Factors by which classes count equally however many pictures they have.

    A class with n of N pictures has the factor N / (n · classes), one without pictures
    has 0.

    >>> balanced_weights(np.array([0, 0, 0, 1]), 2).round(3)
    array([0.667, 2.   ], dtype=float32)
    """
    counts = np.bincount(labels, minlength=classes)
    weights = len(labels) / (np.maximum(counts, 1) * classes)
    return np.where(counts, weights, 0).astype(np.float32)
