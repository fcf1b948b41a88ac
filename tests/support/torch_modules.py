"""PyTorch's modules and functions that `from_torch` follows, each with an example.

Functions are gathered in modules with one result each, because exporting takes longer
than everything else.
"""

from collections.abc import Callable

import pytest

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

Example = tuple[nn.Module, tuple[object, ...]]


class Functions(nn.Module):
    """Several functions of the same inputs, as a tuple of results."""

    def __init__(self, *functions: Callable[..., object]) -> None:
        super().__init__()
        self.functions = functions

    def forward(self, *inputs: torch.Tensor) -> tuple[object, ...]:
        return tuple(function(*inputs) for function in self.functions)


class Several(nn.Module):
    """Several modules, each on inputs of its own, as a tuple of results."""

    def __init__(self, *modules: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(modules)

    def forward(self, *inputs: torch.Tensor) -> tuple[object, ...]:
        return tuple(part(x) for part, x in zip(self.parts, inputs, strict=True))


def on(modules: list[nn.Module], *shape: int) -> Example:
    """Modules that take inputs of the same shape."""
    return Several(*modules), tuple(torch.randn(*shape) for _ in modules)


class Block(nn.Module):
    """Two convolutions and a way around them. He et al., 2015."""

    def __init__(self, channels: int, filters: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = nn.Sequential()
        if stride > 1 or channels != filters:
            way = nn.Conv2d(channels, filters, 1, stride, bias=False)
            self.downsample = nn.Sequential(way, nn.BatchNorm2d(filters))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += self.downsample(x)
        return self.relu(y)


def resnet18(width: int) -> nn.Module:
    """ResNet-18, with `width` filters in the first layer instead of 64."""
    layers, channels = [], width
    for filters, stride in ((1, 1), (2, 2), (4, 2), (8, 2)):
        first = Block(channels, width * filters, stride)
        channels = width * filters
        layers += [nn.Sequential(first, Block(channels, channels, 1))]
    return nn.Sequential(
        nn.Conv2d(3, width, 7, 2, 3, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),
        *layers,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(channels, 10),
    )


def lenet() -> nn.Module:
    """LeNet-5 on images of 28 by 28."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 10), nn.Softmax(-1)),
    )


class Tied(nn.Module):
    """Weights used twice, a buffer, no_grad, detach and writing in place."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.register_buffer("scale", torch.tensor([1.0, 2.0, 3.0]))
        self.frozen = nn.Parameter(torch.randn(3), requires_grad=False)

    def forward(self, x: torch.Tensor) -> dict[str, object]:
        with torch.no_grad():
            mean = x.mean()
        y = self.second(self.first(x) * self.scale) * mean + x.detach() * self.frozen
        y[0] = y[1] * 2
        y[:, 1] += 3.0
        y[1, 2] = 5.0
        y[y > 1] = 0.5
        return {"y": y, "nothing": None, "number": 3, "pair": (x * mean, [y])}


def networks() -> dict[str, Example]:
    """Whole networks."""
    randn = torch.randn
    mlp = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
    state = (randn(2, 4).double(), randn(2, 4).double())
    encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    both = nn.Transformer(8, 2, 1, 1, 16, dropout=0.0, batch_first=True)
    return {
        "MLP": (mlp, (randn(4, 3),)),
        "LeNet": (lenet(), (randn(2, 1, 28, 28),)),
        "ResNet-18, training": (resnet18(4), (randn(2, 3, 32, 32),)),
        "ResNet-18, in use": (resnet18(4).eval(), (randn(1, 3, 32, 32),)),
        "encoder layer": (encoder, (randn(2, 3, 8),)),
        "Transformer": (both, (randn(2, 3, 8), randn(2, 4, 8))),
        "LSTM cell": (nn.LSTMCell(3, 4), (randn(2, 3), state)),
        "LSTM": (nn.LSTM(3, 4, 2, batch_first=True), (randn(2, 3, 3),)),
        "GRU": (nn.GRU(3, 4, bidirectional=True), (randn(3, 2, 3),)),
        "tied weights": (Tied(), (randn(2, 3),)),
    }


def modules() -> dict[str, Example]:
    """PyTorch's layers."""
    randn = torch.randn
    tokens = torch.tensor([[1, 2, 3], [3, 3, 9]])
    attention = nn.MultiheadAttention(8, 2)
    activations = [
        *(nn.ELU(), nn.SELU(), nn.CELU(1.3), nn.GELU(), nn.GELU("tanh"), nn.SiLU()),
        *(nn.Mish(), nn.Hardswish(), nn.Hardsigmoid(), nn.Hardtanh(), nn.ReLU6()),
        *(nn.LeakyReLU(0.2), nn.LogSigmoid(), nn.Softplus(), nn.Softplus(2.0, 3.0)),
        *(nn.Softsign(), nn.Softshrink(), nn.Hardshrink(), nn.Tanhshrink()),
        *(nn.Threshold(0.1, 2.0), nn.Softmin(-1), nn.LogSoftmax(0), nn.PReLU(7)),
        *(nn.Dropout().eval(), nn.Dropout(0.0), nn.AlphaDropout().eval()),
        *(nn.Flatten(0), nn.Unflatten(1, (7, 1)), nn.LayerNorm(7), nn.RMSNorm(7)),
        *(nn.BatchNorm1d(7), nn.BatchNorm1d(7, track_running_stats=False)),
    ]
    images = [
        *(nn.BatchNorm2d(4).eval(), nn.InstanceNorm2d(4, affine=True)),
        *(nn.GroupNorm(2, 4), nn.LayerNorm([4, 8, 6])),
        nn.Conv2d(4, 6, 3, padding="same", groups=2),
        nn.Conv2d(4, 6, 3, padding=1, padding_mode="reflect"),
        nn.Conv2d(4, 4, (3, 1), (2, 1), 1, padding_mode="circular"),
        nn.Conv2d(4, 4, 3, dilation=2, padding=1, padding_mode="replicate"),
        nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1),
        nn.AvgPool2d(3, 2, 1, count_include_pad=False),
        *(nn.AvgPool2d(2, divisor_override=3), nn.MaxPool2d(3, 2, 1, ceil_mode=True)),
        *(nn.AdaptiveAvgPool2d(3), nn.AdaptiveAvgPool2d((1, None)), nn.PReLU(4)),
        nn.Upsample(scale_factor=1.7),
        nn.Upsample(size=(5, 7)),
        nn.Upsample(scale_factor=1.7, mode="bilinear"),
        nn.Upsample(size=(5, 7), mode="bilinear", align_corners=True),
        *(nn.PixelShuffle(2), nn.PixelUnshuffle(2), nn.ZeroPad2d(1)),
        *(nn.ReflectionPad2d((1, 2, 0, 1)), nn.ReplicationPad2d(2)),
        *(nn.Unfold(2, stride=2), nn.ChannelShuffle(2)),
    ]
    lines = [
        nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2),
        *(nn.Conv1d(4, 6, 3, padding="valid"), nn.ConvTranspose1d(4, 3, 3, stride=2)),
        *(nn.AvgPool1d(2), nn.MaxPool1d(3, 2, 1), nn.AdaptiveAvgPool1d(4)),
        nn.ConstantPad1d((-1, 2), 3.0),
    ]
    return {
        "activations": on(activations, 3, 7),
        "images": on(images, 2, 4, 8, 6),
        "lines": on(lines, 2, 4, 9),
        "embedding": (nn.Embedding(10, 4, padding_idx=1), (tokens,)),
        "attention": (attention, (randn(3, 2, 8), randn(4, 2, 8), randn(4, 2, 8))),
        "cells": on([nn.RNNCell(3, 4), nn.GRUCell(3, 4)], 2, 3),
    }


def functions() -> dict[str, Example]:
    """PyTorch's functions, by what they do."""
    randn = torch.randn
    labels, rows = torch.tensor([0, 1, 3]), torch.tensor([[0, 1], [2, 2], [3, 0]])
    weight = torch.rand(4).double()
    elementwise = Functions(
        lambda x, y: x**2 + x.abs() ** 1.5 + 2**x + x.abs() ** y,
        lambda x, y: x.sin() + x.cos() + x.tan() + x.sinh() + x.cosh() + x.tanh(),
        lambda x, y: x.atan() + x.asinh() + (x.abs() + 2).acosh() + torch.atan2(x, y),
        lambda x, y: x.tanh().asin() + x.tanh().acos() + x.tanh().atanh(),
        lambda x, y: x.abs().log() + x.abs().log1p() + x.abs().log2() + x.exp(),
        lambda x, y: x.abs().log10() + x.expm1() + x.abs().sqrt() + x.abs().rsqrt(),
        lambda x, y: 1 / x + x.reciprocal() + x.erf() + x.sigmoid().logit() - 3 * x,
        lambda x, y: x.fmod(1.0) + x.remainder(0.7) + torch.div(x, y) * 2,
        lambda x, y: x.floor() + x.ceil() + x.round() + x.trunc() + x.sign() * x,
        lambda x, y: torch.where(x > y, x, y * 2) + x.masked_fill(x > 0, -1.0),
        lambda x, y: x.clamp(min=-0.5) * x.clamp(-1, 1) + torch.max(x, y.clamp(min=x)),
        lambda x, y: torch.logaddexp(x, y) + torch.hypot(x, y) + torch.xlogy(x, y * y),
        lambda x, y: torch.lerp(x, y, 0.3) + torch.addcmul(x, x, y, value=0.5),
        lambda x, y: x * ((x > 0) & ~(y > 0) | (x == y) ^ (x != y)) + x.sub(y, alpha=2),
        lambda x, y: x * (x.isnan() | x.isinf()).logical_not() + x.exp2(),
        lambda x, y: x * torch.div(x, 0.3, rounding_mode="trunc").detach(),
        lambda x, y: x.float().double() * x.to(torch.int64) + torch.nan_to_num(x),
        lambda x, y: x.gt(y).logical_or(x.le(0)).logical_xor(x.lt(1)) * x * x.ge(y),
    )
    reductions = Functions(
        lambda x, y: x.sum() + x.sum(0) + x.mean() + x.mean((0, 1)) + x.prod(0),
        lambda x, y: x.std() + x.var(0, unbiased=False) + torch.var_mean(x, 0)[1],
        lambda x, y: (x.max(1), x.min(0), x.amax(0), x.amin((0, 1)), x.max() * x.min()),
        lambda x, y: (x.sort(descending=True), x.topk(2), x.argmax(1), x.argmin()),
        lambda x, y: x.cumsum(1) * x.cumprod(0) + x.logsumexp(1, keepdim=True),
        lambda x, y: (torch.linalg.norm(x), x.norm(dim=1), x.norm(1), F.normalize(x)),
        lambda x, y: F.softmax(x, 1, dtype=torch.float64) * (x > 9).any() + x.prod(),
        lambda x, y: F.cosine_similarity(x, y) + F.pairwise_distance(x, y),
    )
    shapes = Functions(
        lambda x, y: (x.chunk(2, 1), x.unbind(0), x.split([1, 3], 1), x.split(3, 1)),
        lambda x, y: torch.stack([x, y], 1).squeeze() + torch.cat([x, y])[:3, None],
        lambda x, y: x[None].expand(2, -1, -1).reshape(6, 4) + x.repeat(2, 1),
        lambda x, y: x.roll((1, 2), (0, 1)) + x.roll(1) + x.flip(0) + torch.rot90(x, 2),
        lambda x, y: torch.tril(x) + torch.triu(x, 1) + x.T.contiguous().view(3, 4),
        lambda x, y: x[..., None].movedim(0, 2).squeeze() + x.swapaxes(0, 1),
        lambda x, y: (x.diagonal(), x[:3, :3].trace(), torch.diag(x[0])),
        lambda x, y: (x.unfold(1, 2, 1), x.repeat_interleave(2, 0), x.flatten()),
        lambda x, y: F.pad(x, (1, 2, -1, 0), value=2.0) + F.pad(x, (3, 0))[:2],
        lambda x, y: torch.meshgrid(x[0], y[0], indexing="ij"),
        lambda x, y: x * torch.arange(4) + torch.ones_like(x) + torch.full((4,), 2.0),
    )
    indexing = Functions(
        lambda x, y: x[[0, 2], 1:3] * x[:, torch.tensor([0, 1])][1] + x[-1, ::2],
        lambda x, y: x.gather(1, rows) + x.index_select(1, torch.tensor([1, 0])),
        lambda x, y: torch.zeros(3, 5).double().scatter_add(1, rows, x[:, :2]),
        lambda x, y: x.scatter(0, torch.tensor([[0, 1, 2, 0]]), y[:1] * 2),
        lambda x, y: x.index_add(0, torch.tensor([1, 1, 0]), y) + x.select(0, 1),
        lambda x, y: x.select_scatter(y[0], 0, 1) + x.slice_scatter(y[:, :2], 1, 2),
        lambda x, y: x.index_put((torch.tensor([0, 0]),), y[:2], accumulate=True),
        lambda x, y: F.one_hot(labels, 4) * x + x.take_along_dim(rows, 1).sum(),
    )
    products = Functions(
        lambda x, y: x @ y.T @ x[:, 0] + torch.outer(x[0], y[0])[0, 0],
        lambda x, y: torch.addmm(x[:, :3], x, y.T, alpha=2.0, beta=0.5),
        lambda x, y: torch.einsum("ij,kj->ik", x, y) + torch.inner(x, y) + x[0] @ y[0],
        lambda x, y: torch.bmm(x[None], y.T[None]) + torch.kron(x, y).sum(),
    )
    heads = Functions(
        lambda q: F.scaled_dot_product_attention(q, q, q, is_causal=True),
        lambda q: F.scaled_dot_product_attention(q, q, q, q @ q.mT, scale=0.3),
        lambda q: F.scaled_dot_product_attention(
            q, q, q, torch.ones(3, 3).tril().bool()
        ),
    )
    losses = Functions(
        lambda x, y: F.cross_entropy(x, labels, label_smoothing=0.1),
        lambda x, y: F.cross_entropy(x, labels, weight, reduction="sum"),
        lambda x, y: F.cross_entropy(x, y.softmax(1), reduction="none"),
        lambda x, y: F.nll_loss(F.log_softmax(x, 1), labels) + F.glu(x).sum(),
        lambda x, y: F.mse_loss(x, y) + F.l1_loss(x, y, reduction="sum"),
        lambda x, y: F.huber_loss(x, y) + F.smooth_l1_loss(x, y, beta=0.5),
        lambda x, y: F.binary_cross_entropy_with_logits(x, y.sigmoid()),
        lambda x, y: F.binary_cross_entropy(x.sigmoid(), y.sigmoid()),
        lambda x, y: F.kl_div(x.log_softmax(1), y.softmax(1), reduction="batchmean"),
        lambda x, y: F.triplet_margin_loss(x, y, x + 1),
    )
    pair = (randn(3, 4), randn(3, 4))
    return {
        "elementwise": (elementwise, pair),
        "reductions": (reductions, pair),
        "shapes": (shapes, pair),
        "indexing": (indexing, pair),
        "products": (products, pair),
        "heads": (heads, (randn(2, 2, 3, 4),)),
        "losses": (losses, pair),
    }
