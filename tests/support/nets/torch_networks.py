"""The networks of nets, as one writes them in PyTorch; each ends in softmax, too."""

import pytest

torch = pytest.importorskip("torch")
nn = torch.nn


class InOrder(nn.Module):
    """Named modules, one after the other, with functions between them."""

    def __init__(self, modules, steps):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self.steps = steps

    def forward(self, x):
        for step in self.steps:
            x = getattr(self, step)(x) if isinstance(step, str) else step(x)
        return x


def flat(x):
    return torch.flatten(x, 1)


def softmax(x):
    return torch.softmax(x, 1)


def pool(x):
    return nn.functional.max_pool2d(x, 2)


def mean(x):
    return nn.functional.avg_pool2d(x, 2)


def slide(classes, size, filters, kernels, hidden):
    modules, steps, channels = {}, [], 3
    for n, (count, kernel) in enumerate(zip(filters, kernels, strict=True), start=1):
        modules[f"conv{n}"] = nn.Conv2d(channels, count, kernel)
        steps += [f"conv{n}", torch.relu, pool]
        channels, size = count, (size - kernel + 1) // 2
    inputs, steps = channels * size**2, [*steps, flat]
    for n, outputs in enumerate(hidden, start=1):
        modules[f"fc{n}"] = nn.Linear(inputs, outputs)
        steps += [f"fc{n}", torch.relu]
        inputs = outputs
    modules["output"] = nn.Linear(inputs, classes)
    return InOrder(modules, [*steps, "output", softmax])


def lenet5(classes, channels=1, size=32):
    modules = {
        "conv1": nn.Conv2d(channels, 6, 5),
        "conv2": nn.Conv2d(6, 16, 5),
        "fc1": nn.Linear(16 * ((size - 12) // 4) ** 2, 120),
        "fc2": nn.Linear(120, 84),
        "output": nn.Linear(84, classes),
    }
    images = ["conv1", torch.tanh, mean, "conv2", torch.tanh, mean, flat]
    rows = ["fc1", torch.tanh, "fc2", torch.tanh, "output", softmax]
    return InOrder(modules, images + rows)


def vgg(stages, classes):
    layers, channels = [], 3
    for stage in stages:
        for filters in stage:
            layers += [nn.Conv2d(channels, filters, 3, padding=1)]
            layers += [nn.BatchNorm2d(filters), nn.ReLU()]
            channels = filters
        layers.append(nn.MaxPool2d(2))
    modules = {
        "features": nn.Sequential(*layers),
        "classifier": nn.Linear(channels, classes),
    }
    return InOrder(modules, ["features", flat, "classifier", softmax])


class BasicBlock(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = nn.Identity()
        if stride != 1 or channels != filters:
            shortcut = nn.Conv2d(channels, filters, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(filters))

    def forward(self, x):
        y = self.bn1(self.conv1(x)).relu()
        return (self.bn2(self.conv2(y)) + self.downsample(x)).relu()


def resnet20(classes):
    modules = {
        "conv1": nn.Conv2d(3, 16, 3, padding=1, bias=False),
        "bn1": nn.BatchNorm2d(16),
    }
    channels = 16
    for stage, filters in enumerate((16, 32, 64), start=1):
        blocks = []
        for place in range(3):
            stride = 2 if filters > 16 and place == 0 else 1
            blocks.append(BasicBlock(channels, filters, stride))
            channels = filters
        modules[f"layer{stage}"] = nn.Sequential(*blocks)
    modules["fc"] = nn.Linear(64, classes)
    stages = ["conv1", "bn1", torch.relu, "layer1", "layer2", "layer3"]
    return InOrder(modules, [*stages, lambda x: x.mean((2, 3)), "fc", softmax])


def autoencoder(size, channels, code):
    inner = 32 * (size // 4) ** 2
    encoder = nn.Sequential(
        nn.Conv2d(channels, 16, 4, 2, 1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 4, 2, 1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(inner, code),
    )
    drawing = nn.Sequential(
        nn.ConvTranspose2d(32, 16, 4, 2, 1),
        nn.ReLU(),
        nn.ConvTranspose2d(16, channels, 4, 2, 1),
    )
    decoder = nn.Sequential(nn.Linear(code, inner), nn.ReLU())
    modules = {"encoder": encoder, "decoder": decoder, "drawing": drawing}
    images = nn.Unflatten(1, (32, size // 4, size // 4))
    return InOrder(modules, ["encoder", "decoder", images, "drawing"])


class Block(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.attention = nn.MultiheadAttention(size, heads, batch_first=True)
        self.mlp = nn.Sequential(
            nn.Linear(size, 4 * size), nn.GELU(), nn.Linear(4 * size, size)
        )

    def forward(self, x):
        y, later = self.norm1(x), torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
        x = x + self.attention(y, y, y, attn_mask=later, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class GPT(nn.Module):
    def __init__(self, vocabulary, context, size, heads, depth):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, size)
        self.positions = nn.Embedding(context, size)
        self.blocks = nn.ModuleList(Block(size, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(size)
        self.head = nn.Linear(size, vocabulary, bias=False)

    def forward(self, x):
        y = self.tokens(x) + self.positions(torch.arange(x.shape[1]))
        for block in self.blocks:
            y = block(y)
        return self.head(self.norm(y))
