"""Bad images, signals and windows: mistakes are answered in words that help."""

import numpy as np
import pytest
from together import together

import tinygraph as tg


def tensor(*shape):
    return tg.Tensor(np.ones(shape), requires_grad=True)


image = tensor(2, 4, 5, 5)


def conv(filters, **sliding):
    return lambda: tg.conv2d(image, tensor(*filters), **sliding)


def pool(kernel, **sliding):
    return lambda: tg.max_pool2d(image, kernel, **sliding)


IMAGES = {
    "channels": (conv((2, 3, 2, 2)), r"conv2d.*4 channels.*\(2, 3, 2, 2\)"),
    "filters": (conv((2, 4, 2)), r"conv2d.*`w`.*\(2, 4, 2\)"),
    "kernel": (conv((2, 4, 6, 2)), "conv2d.*6x2.*5x5"),
    "dilated": (conv((2, 4, 3, 3), dilation=3), "conv2d.*7x7.*5x5"),
    "stride": (conv((2, 4, 2, 2), stride=0), "conv2d.*`stride`.*0"),
    "padding": (conv((2, 4, 2, 2), padding=-1), "conv2d.*`padding`.*-1"),
    "dilation": (conv((2, 4, 2, 2), dilation=0), "conv2d.*`dilation`.*0"),
    "half": (conv((2, 4, 2, 2), stride=1.5), "conv2d.*1.5.*integer"),
    "triple": (conv((2, 4, 2, 2), stride=(1, 2, 3)), "conv2d.*pair"),
    "groups": (conv((3, 2, 2, 2), groups=2), "conv2d.*`groups`.*2"),
    "no-groups": (conv((2, 4, 2, 2), groups=0), "conv2d.*`groups`.*0"),
    "bias": (
        lambda: tg.conv2d(image, tensor(2, 4, 2, 2), tensor(3)),
        r"conv2d.*`b`.*\(3,\).*2 filters",
    ),
    "no-batch": (
        lambda: tg.conv2d(tensor(5, 5), tensor(2, 4, 2, 2)),
        r"conv2d.*\(5, 5\).*\(N, C, H, W\).*\(C, H, W\)",
    ),
    "padding-text": (
        conv((2, 4, 2, 2), padding="sane"),
        'conv2d.*`padding`.*\'sane\'.*"same" or "valid"',
    ),
    "same-stride": (
        conv((2, 4, 2, 2), padding="same", stride=2),
        r"conv2d.*`padding`.*\"same\".*`stride`.*\(2, 2\)",
    ),
    "groups-text": (
        conv((2, 4, 2, 2), groups="2"),
        "conv2d.*`groups`.*'2'",
    ),
    "pool": (pool(6), "max_pool2d.*6x6.*5x5"),
    "pool-kernel": (pool(0), "max_pool2d.*`kernel`.*0"),
    "pool-text": (pool("two"), "max_pool2d.*`kernel`.*'two'"),
    "pool-padding": (pool(2, padding=2), "max_pool2d.*`padding`.*half"),
    "pool-same": (pool(2, padding="same"), "max_pool2d.*`padding`.*'same'"),
    "pool-dilation": (pool(2, dilation=0), "max_pool2d.*`dilation`.*0"),
    "pool-dilated": (pool(3, dilation=3), "max_pool2d.*7x7.*5x5"),
    "pool-leaping": (
        lambda: tg.max_pool2d(tensor(1, 1, 1), 2, padding=1, dilation=2),
        r"max_pool2d.*dilation \(2, 2\).*1x1.*nothing but padding",
    ),
    "avg-divisor": (
        lambda: tg.avg_pool2d(image, 2, divisor_override=0),
        "avg_pool2d.*`divisor_override` is 0",
    ),
    "avg-no-batch": (lambda: tg.avg_pool2d(tensor(2, 3), 2), r"avg_pool2d.*\(2, 3\)"),
    "im2col": (lambda: tg.im2col(image, 7), "im2col.*7x7.*5x5"),
    "col2im": (
        lambda: tg.col2im(tensor(1, 5, 4), size=(3, 3), kernel=2),
        r"col2im.*\(1, 5, 4\)",
    ),
    "transposed": (
        lambda: tg.conv_transpose2d(image, tensor(3, 4, 2, 2)),
        r"conv_transpose2d.*\(3, 4, 2, 2\)",
    ),
    "transposed-padding": (
        lambda: tg.conv_transpose2d(tensor(1, 1, 2, 2), tensor(1, 1, 2, 2), padding=3),
        "conv_transpose2d.*3",
    ),
    "transposed-more": (
        lambda: tg.conv_transpose2d(
            image, tensor(4, 2, 2, 2), stride=2, output_padding=(0, 2)
        ),
        r"conv_transpose2d.*`output_padding` is \(0, 2\).*stride \(2, 2\)",
    ),
    "transposed-groups": (
        lambda: tg.conv_transpose2d(image, tensor(4, 2, 2, 2), groups=3),
        "conv_transpose2d.*`groups` is 3.*4 channels",
    ),
    "transposed-same": (
        lambda: tg.conv_transpose2d(image, tensor(4, 2, 2, 2), padding="same"),
        "conv_transpose2d.*`padding`.*'same'",
    ),
    "transposed-bias": (
        lambda: tg.conv_transpose2d(image, tensor(4, 2, 2, 2), tensor(2, 1)),
        r"conv_transpose2d.*`b`.*\(2, 1\)",
    ),
}

SIGNALS = {
    "rank": (
        lambda: tg.conv1d(tensor(5), tensor(2, 4, 2)),
        r"conv1d.*\(5,\).*\(C, L\)",
    ),
    "filters": (
        lambda: tg.conv1d(tensor(4, 5), tensor(2, 4, 2, 2)),
        r"conv1d.*`w`.*\(2, 4, 2, 2\).*\(F, C/groups, K\)",
    ),
    "channels": (
        lambda: tg.conv1d(tensor(4, 5), tensor(2, 3, 2)),
        r"conv1d.*\(4, 5\).*4 channels.*\(2, 3, 2\)",
    ),
    "kernel": (
        lambda: tg.conv1d(tensor(4, 5), tensor(2, 4, 6)),
        "conv1d: a kernel of 1x6.*1x5",
    ),
    "stride": (
        lambda: tg.conv1d(tensor(4, 5), tensor(2, 4, 2), stride=(1, 2)),
        r"conv1d: `stride` is \(1, 2\).*integer",
    ),
    "padding": (
        lambda: tg.conv1d(tensor(4, 5), tensor(2, 4, 2), padding=-1),
        "conv1d: `padding` is -1.*at least 0",
    ),
    "padding-text": (
        lambda: tg.conv1d(tensor(4, 5), tensor(2, 4, 2), padding="full"),
        "conv1d: `padding` is 'full'.*\"same\"",
    ),
    "same": (
        lambda: tg.conv1d(tensor(4, 5), tensor(2, 4, 2), padding="same", stride=2),
        'conv1d: `padding` is "same" and `stride`.*stride 1',
    ),
    "bias": (
        lambda: tg.conv1d(tensor(4, 5), tensor(2, 4, 2), tensor(3)),
        r"conv1d: `b` of shape \(3,\).*2 filters",
    ),
    "transposed": (
        lambda: tg.conv_transpose1d(tensor(4, 5), tensor(3, 2, 2)),
        r"conv_transpose1d.*\(4, 5\).*\(3, 2, 2\).*4 channels",
    ),
    "transposed-same": (
        lambda: tg.conv_transpose1d(tensor(4, 5), tensor(4, 2, 2), padding="same"),
        "conv_transpose1d: `padding` is 'same'",
    ),
    "transposed-more": (
        lambda: tg.conv_transpose1d(tensor(4, 5), tensor(4, 2, 2), output_padding=1),
        r"conv_transpose1d: `output_padding` is \(0, 1\)",
    ),
    "transposed-nothing": (
        lambda: tg.conv_transpose1d(tensor(4, 1), tensor(4, 2, 2), padding=1),
        "conv_transpose1d: padding .* leaves no pixel",
    ),
    "pool": (
        lambda: tg.max_pool1d(tensor(4, 5), 6),
        "max_pool1d: a kernel of 1x6.*1x5",
    ),
    "pool-rank": (lambda: tg.avg_pool1d(image, 2), r"avg_pool1d.*\(2, 4, 5, 5\)"),
    "pool-padding": (
        lambda: tg.avg_pool1d(tensor(4, 5), 2, padding=2),
        r"avg_pool1d: `padding` \(0, 2\) exceeds half of the kernel \(1, 2\)",
    ),
    "adaptive": (
        lambda: tg.adaptive_avg_pool1d(tensor(4, 5), 0),
        "adaptive_avg_pool1d: `output_size` is 0",
    ),
    "adaptive-empty": (
        lambda: tg.adaptive_avg_pool2d(tensor(4, 0, 2), 1),
        "adaptive_avg_pool2d: an axis of `x` has no elements",
    ),
}


@together(
    ("call", "words"),
    [*IMAGES.values(), *SIGNALS.values()],
    ids=[*IMAGES, *(f"signal-{name}" for name in SIGNALS)],
)
def test_mistake(call, words):
    with pytest.raises(tg.TinygraphError, match=f"(?s){words}") as caught:
        call()
    assert isinstance(caught.value, ValueError)
