"""An autoencoder for images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import tinygraph as tg

from ..layers import (
    Conv2d,
    ConvTranspose2d,
    Flatten,
    Layer,
    Linear,
    ReLU,
    Sequential,
    glorot,
    set_names,
)

FILTERS = (16, 32)


@dataclass(frozen=True, eq=False)
class Autoencoder(Layer):
    """A network that describes images by few numbers, and draws them again.

    `encoder` maps (N, C, H, W) to codes (N, D), `decoder` maps codes to (N, F · H/4 ·
    W/4), and `drawing` maps these as images to (N, C, H, W). Training makes the output
    like the input. Hinton and Salakhutdinov, Reducing the dimensionality of data with
    neural networks, 2006.

    >>> network = Autoencoder.random(np.random.default_rng(0), size=32, code=10)
    >>> images = np.zeros((2, 3, 32, 32), np.float32)
    >>> network.encoder(images).shape, network(images).shape
    ((2, 10), (2, 3, 32, 32))
    """

    encoder: Sequential
    decoder: Sequential
    drawing: Sequential
    side: int  # of the smallest images

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        size: int = 32,
        channels: int = 3,
        code: int = 32,
        dtype: DTypeLike = np.float32,
    ) -> Autoencoder:
        """Random weights for images of `size` pixels and codes of `code` numbers.

        Raises `tg.ShapeError` unless 4 divides the size.
        """
        if size < 4 or size % 4:
            raise tg.ShapeError(
                f"images of {size} by {size} pixels cannot be halved twice: use a "
                f"size that 4 divides."
            )
        few, many = FILTERS
        halve: Any = {"stride": 2, "padding": 1}
        inner = many * (size // 4) ** 2
        last = ConvTranspose2d.random(rng, few, channels, 4, dtype, glorot, **halve)
        network = cls(
            encoder=Sequential(
                Conv2d.random(rng, channels, few, 4, dtype, **halve),
                ReLU(),
                Conv2d.random(rng, few, many, 4, dtype, **halve),
                ReLU(),
                Flatten(),
                Linear.random(rng, inner, code, dtype, glorot),
            ),
            decoder=Sequential(Linear.random(rng, code, inner, dtype), ReLU()),
            drawing=Sequential(
                ConvTranspose2d.random(rng, many, few, 4, dtype, **halve),
                ReLU(),
                last,
            ),
            side=size // 4,
        )
        set_names(network)
        return network

    def decode(self, codes: Any) -> Any:
        """The images that codes (N, D) describe."""
        images = self.decoder(codes)
        sizes = (images.shape[0], -1, self.side, self.side)
        return self.drawing(tg.reshape(images, sizes))

    def __call__(self, x: Any) -> Any:
        """The images, drawn again from their codes."""
        return self.decode(self.encoder(x))
