"""A small GPT: a transformer that predicts the next character."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

import tinygraph as tg

from ..layers import (
    GELU,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    LearnedPositionalEncoding,
    Linear,
    MultiHeadAttention,
    Sequential,
    normal,
    set_names,
)
from ..layers.tree import evaluating

small = partial(normal, deviation=0.02)


@dataclass(frozen=True, eq=False)
class Block(Layer):
    """x + attention(norm1(x)), and then x + mlp(norm2(x))."""

    norm1: LayerNorm
    attention: MultiHeadAttention
    norm2: LayerNorm
    mlp: Sequential
    dropout: Dropout | None = None

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        size: int,
        heads: int,
        dtype: DTypeLike,
        dropout: Dropout | None,
    ) -> Block:
        """A block with normal random weights of deviation 0.02."""
        options: Any = {"dtype": dtype, "weights": small}
        return cls(
            LayerNorm(size, dtype=dtype),
            MultiHeadAttention.random(rng, size, heads, dropout=dropout, **options),
            LayerNorm(size, dtype=dtype),
            Sequential(
                Linear.random(rng, size, 4 * size, **options),
                GELU(),
                Linear.random(rng, 4 * size, size, **options),
            ),
            dropout,
        )

    def __call__(self, x: Any) -> Any:
        """The batch (N, T, E) after attention and two linear layers."""
        x = x + self._thinned(self.attention(self.norm1(x), causal=True))
        return x + self._thinned(self.mlp(self.norm2(x)))

    def _thinned(self, x: Any) -> Any:
        return x if self.dropout is None else self.dropout(x)


@dataclass(frozen=True, eq=False)
class GPT(Layer):
    """A transformer for sequences of numbers, such as those of characters.

    Maps (N, T) integers below `vocabulary` to logits (N, T, vocabulary): a guess at the
    next number after each place, from those up to this place. Radford et al., Improving
    language understanding by generative pre-training, 2018.

    >>> rng = np.random.default_rng(0)
    >>> network = GPT.random(rng, vocabulary=65, context=16, size=32, heads=4, depth=2)
    >>> network(np.zeros((2, 16), int)).shape
    (2, 16, 65)
    """

    tokens: Embedding
    positions: LearnedPositionalEncoding
    blocks: tuple[Block, ...]
    norm: LayerNorm
    head: Linear

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        vocabulary: int,
        context: int = 64,
        size: int = 64,
        heads: int = 4,
        depth: int = 2,
        dtype: DTypeLike = np.float32,
        dropout: Dropout | None = None,
    ) -> GPT:
        """A network of `depth` blocks for at most `context` places.

        Weights are normal random numbers of deviation 0.02. `dropout` is applied in
        every block.
        """
        options: Any = {"dtype": dtype, "weights": small}
        network = cls(
            Embedding.random(rng, vocabulary, size, **options),
            LearnedPositionalEncoding.random(rng, context, size, **options),
            tuple(Block.random(rng, size, heads, dtype, dropout) for _ in range(depth)),
            LayerNorm(size, dtype=dtype),
            Linear.random(rng, size, vocabulary, bias=False, **options),
        )
        set_names(network)
        return network

    def __call__(self, x: Any) -> Any:
        """The logits of the next number, after each place."""
        y = self.positions(self.tokens(x))
        for number, block in enumerate(self.blocks):
            with tg.scope(f"block{number}"):
                y = block(y)
        return self.head(self.norm(y))

    def generate(
        self,
        rng: np.random.Generator,
        prompt: Any,
        count: int,
        temperature: float = 1.0,
    ) -> NDArray[np.int64]:
        """`count` more numbers after those of `prompt`, drawn one at a time.

        A low `temperature` prefers likely numbers; at 0, the likeliest is taken. Raises
        `tg.ArgumentError` for an empty prompt and a negative temperature.
        """
        numbers = [int(number) for number in prompt]
        if not numbers or not temperature >= 0:
            raise tg.ArgumentError(
                f"generate: the prompt has {len(numbers)} numbers and temperature is "
                f"{temperature}: give at least one number, and a temperature from 0 up"
            )
        longest = self.positions.w.shape[0]
        with tg.no_grad(), evaluating(self):
            for _ in range(count):
                seen = np.array([numbers[-longest:]])
                logits = np.asarray(self(seen).data[0, -1], np.float64)
                numbers.append(drawn(rng, logits, temperature))
        return np.array(numbers[len(numbers) - count :], np.int64)


def drawn(
    rng: np.random.Generator, logits: NDArray[np.float64], temperature: float
) -> int:
    """A number, drawn with probabilities softmax(logits / temperature)."""
    if temperature == 0:
        return int(logits.argmax())
    shares = np.exp((logits - logits.max()) / temperature)
    return int(rng.choice(len(shares), p=shares / shares.sum()))
