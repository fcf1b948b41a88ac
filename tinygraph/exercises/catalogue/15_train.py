"""Training a small LeNet

Write the loop that trains a convolutional network with tinygraph, which you may import
in this exercise. The network for images (N, 1, 10, 10) is

    conv2d with w1 (2, 1, 3, 3) and b1 (2,)      -> (N, 2, 8, 8)
    relu, max_pool2d with a window of 2          -> (N, 2, 4, 4)
    conv2d with w2 (3, 2, 3, 3) and b2 (3,)      -> (N, 3, 2, 2)
    relu, reshape                                -> (N, 12)
    linear with w3 (3, 12) and b3 (3,)           -> (N, 3)

and its loss on a batch is `cross_entropy` of that and the labels. There is no padding;
the stride is 1 for the filters and 2 for the pooling.

`images` is an array (steps, N, 1, 10, 10), and `labels` one of integers (steps, N).
For each batch, in order, take one step of gradient descent: w <- w - lr dL/dw for all
six parameters at once. Return the final parameters as arrays, in the order in which
you got them.

With up to three batches you must get the same parameters as our solution. One case
has twenty batches, and counts what was learned: the loss over all their images must go
down, and 90% of the images must get the largest logit at their label.
"""

import numpy as np

import tinygraph as tg

POINTS = 3
AFTER = ["13_conv_vjp", "14_maxpool_vjp"]
CORNERS = 3
IMPORTS = ["numpy", "tinygraph"]
ENOUGH = 0.9  # of the images of many batches must get the right label
GOOD_START = 6  # a seed of filters that learn from all data of this kind
HINTS = [
    "Make each parameter a Tensor with requires_grad=True, compute the loss of a "
    "batch, and call its backward(). Each tensor then has its gradient in .grad.",
    "A second backward() adds to the gradients that are already there. What must "
    "happen between two steps?",
    "tinygraph.optimize.SGD(parameters, lr) has step() and zero_grad(). For each "
    "batch: zero_grad, loss, backward, step. At the end the arrays are in .data.",
]


def train(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """Return w1, b1, w2, b2, w3, b3 after one step on each batch, as a tuple."""
    tensors = [tg.Tensor(p, requires_grad=True) for p in (w1, b1, w2, b2, w3, b3)]
    w1, b1, w2, b2, w3, b3 = tensors
    optimizer = tg.optimize.SGD(tensors, lr=lr)
    for x, label in zip(images, labels, strict=True):
        optimizer.zero_grad()
        first = tg.max_pool2d(tg.relu(tg.conv2d(x, w1, b1)), 2)
        second = tg.relu(tg.conv2d(first, w2, b2))
        logits = tg.linear(second.reshape(len(x), -1), w3, b3)
        tg.cross_entropy(logits, label).backward()
        optimizer.step()
    return tuple(tensor.data for tensor in tensors)


def cases(rng, k):
    if k == 2:
        return _many_batches(rng)
    steps, n = (1, 2) if k == 0 else (3, 4) if k == 1 else (2, 2 + k % 2)
    shapes = [(2, 1, 3, 3), (2,), (3, 2, 3, 3), (3,), (3, 12), (3,)]
    while True:
        params = [0.5 * rng.normal(size=shape) for shape in shapes]
        images = rng.normal(size=(steps, n, 1, 10, 10))
        labels = rng.integers(0, 3, (steps, n))
        lr = float(rng.uniform(0.05, 0.1))
        if _is_lively(params, images, labels, lr):
            return *params, images, labels, lr


def _is_lively(params, images, labels, lr):
    """Whether in all steps both ReLUs have work to do, and the loss is not small."""
    for x, label in zip(images, labels, strict=True):
        w1, b1, w2, b2, w3, b3 = params
        first = tg.max_pool2d(tg.relu(tg.conv2d(x, w1, b1)), 2)
        second = tg.relu(tg.conv2d(first, w2, b2))
        logits = tg.linear(second.reshape(len(x), -1), w3, b3)
        shares = sorted(np.mean(np.asarray(part) > 0.0) for part in (first, second))
        if shares[0] < 0.3 or shares[1] > 0.95 or tg.cross_entropy(logits, label) < 1:
            return False
        params = _trained(params, [x], [label], lr)
    return True


def accept(name, yours, *inputs):
    """After many batches, any parameters that tell the images apart."""
    *start, images, labels, _ = inputs
    yours = yours if isinstance(yours, tuple) else (yours,)
    if len(images) <= 3 or [p.shape for p in yours] != [p.shape for p in start]:
        return None
    before, _ = _scored(start, images, labels)
    loss, share = _scored(yours, images, labels)
    said = f"after {len(images)} batches {share:.1%} of their images get the right "
    said += f"label, and their loss has gone from {before:.2f} to {loss:.2f}"
    if loss < before and share >= ENOUGH:
        return said
    raise AssertionError(
        f"{said}; {ENOUGH:.0%} and a lower loss are needed. Up to three batches are "
        "right: what is different with more?"
    )


def explain(name, yours, right, *inputs):
    """Which parameters have moved how far."""
    start, steps = inputs[:6], len(inputs[6])
    names = ("w1", "b1", "w2", "b2", "w3", "b3")
    factors = [
        _factor(y - s, r - s) for y, r, s in zip(yours, right, start, strict=True)
    ]
    fixed = [n for n, y, s in zip(names, yours, start, strict=True) if (y == s).all()]
    when = "one step" if steps == 1 else f"{steps} steps"
    if fixed and len(fixed) < len(names):
        return f"Unchanged after {when}: {', '.join(fixed)}."
    if steps == 1 and (output := _squared(start, yours, *inputs[6:])):
        return (
            f"You use a square error of the {output}. The loss is cross_entropy of the "
            "logits and the labels."
        )
    if None not in factors and factors[0] and np.allclose(factors, factors[0]):
        if abs(factors[0]) < 1e-4:
            return "Hardly anything has moved."
        return f"Everything has moved {factors[0]:.4g} times as far as it should."
    wrong = [n for n, f in zip(names, factors, strict=True) if f != 1.0]
    said = f"Not moved as they should be after {when}: {', '.join(wrong)}."
    return said if len(wrong) < len(names) else ""


def _squared(start, yours, images, labels, lr):
    """Of what a square error is that gives the same step, but for its length."""
    losses = {
        "logits": lambda z, t: tg.mse(z, np.eye(3)[t]),
        "softmax": lambda z, t: tg.mse(tg.softmax(z), np.eye(3)[t]),
    }
    for name, loss in losses.items():
        grads = _gradients(start, images[0], labels[0], loss)
        moved = [_factor(s - y, g) for s, y, g in zip(start, yours, grads, strict=True)]
        if None not in moved and moved[0] and np.allclose(moved, moved[0]):
            return name
    return ""


def _factor(one, other):
    """The factor between two arrays; None without one."""
    size = np.vdot(other, other)
    factor = float(np.vdot(other, one) / size) if size else 1.0
    factor = 1.0 if np.isclose(factor, 1.0, rtol=1e-6) else factor
    return factor if np.allclose(one, factor * other, rtol=1e-5, atol=1e-9) else None


def _many_batches(rng):
    """Twenty batches of images with a bright bar above, in the middle or below.

    Which of them is called 0, 1 or 2 is drawn. In the first five batches there is no
    2, so that whoever uses only them cannot know it.
    """
    labels = rng.integers(0, 3, (20, 16))
    labels[:5] %= 2
    bars = np.abs(np.arange(10) - np.array([[1.5], [4.5], [7.5]])) < 2
    bars = np.where(bars, 1.0, -1.0)[rng.permutation(3)]
    noise = rng.normal(size=(*labels.shape, 1, 10, 10))
    images = bars[labels][:, :, None, :, None] + 0.5 * noise
    good = np.random.default_rng(GOOD_START)
    w1, w2 = 0.3 * good.normal(size=(2, 1, 3, 3)), 0.3 * good.normal(size=(3, 2, 3, 3))
    start = w1, np.ones(2), w2, np.ones(3), np.zeros((3, 12)), np.zeros(3)
    params = [param + 0.03 * rng.normal(size=param.shape) for param in start]
    return *params, images, labels, 0.1


def _scored(params, images, labels):
    """The mean loss of all images, and the share that gets the right label."""
    logits = _logits(params, images.reshape(-1, 1, 10, 10))
    loss = float(tg.cross_entropy(logits, labels.ravel()))
    return loss, float(np.mean(logits.argmax(axis=1) == labels.ravel()))


def _logits(params, x, rules=(tg.relu, tg.relu), pool=tg.max_pool2d):
    """What the network makes of images, or another network of the same shapes."""
    w1, b1, w2, b2, w3, b3 = params
    first = pool(rules[0](tg.conv2d(x, w1, b1)), 2)
    second = rules[1](tg.conv2d(first, w2, b2))
    return tg.linear(second.reshape(len(x), -1), w3, b3)


def _gradients(arrays, x, label, loss=tg.cross_entropy, **network):
    """The gradients of a loss of one batch."""
    tensors = [tg.Tensor(array, requires_grad=True) for array in arrays]
    loss(_logits(tensors, x, **network), label).backward()
    return [tensor.grad for tensor in tensors]


def _trained(arrays, images, labels, lr, moving=range(6), **network):
    """Steps of gradient descent that move some of the parameters."""
    arrays = list(arrays)
    for x, label in zip(images, labels, strict=True):
        grads = _gradients(arrays, x, label, **network)
        for place in moving:
            arrays[place] = arrays[place] - lr * grads[place]
    return tuple(arrays)


def wrong_not_reset(*inputs):
    """The gradients are not reset between steps: backward() adds to the gradients that
    are there, so each step repeats earlier ones. Call zero_grad() for each batch."""
    return _remembering(inputs, 1.0)


def wrong_uphill(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """You walk uphill: the loss grows along the gradient, so subtract it."""
    return _trained((w1, b1, w2, b2, w3, b3), images, labels, -lr)


def wrong_filters_fixed(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """The filters never change: only the fully connected layer learns. Do you update
    every parameter, and does each have requires_grad=True?"""
    return _trained((w1, b1, w2, b2, w3, b3), images, labels, lr, [4, 5])


def wrong_biases_fixed(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """The biases never change: they are parameters too."""
    return _trained((w1, b1, w2, b2, w3, b3), images, labels, lr, [0, 2, 4])


def wrong_first_batch_only(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """Only the first batch is used. Is there a return inside the loop?"""
    return _trained((w1, b1, w2, b2, w3, b3), images[:1], labels[:1], lr)


def wrong_first_batch_again(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """Every step uses the first batch: use the next batch in each step."""
    images, labels = [images[0]] * len(images), [labels[0]] * len(labels)
    return _trained((w1, b1, w2, b2, w3, b3), images, labels, lr)


def wrong_last_batch_only(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """Only the last batch is used: the step is after the loop instead of inside it."""
    return _trained((w1, b1, w2, b2, w3, b3), images[-1:], labels[-1:], lr)


def wrong_backwards(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """You use the batches in reverse order: begin with the first."""
    return _trained((w1, b1, w2, b2, w3, b3), images[::-1], labels[::-1], lr)


def wrong_lr_ignored(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """The learning rate is not used: a step is lr times the gradient."""
    return _trained((w1, b1, w2, b2, w3, b3), images, labels, 1.0)


def wrong_old_place(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """Every gradient is computed at the initial parameters: each step must compute the
    loss with the parameters from the step before."""
    start = (w1, b1, w2, b2, w3, b3)
    grads = [_gradients(start, *batch) for batch in zip(images, labels, strict=True)]
    return tuple(a - lr * sum(own) for a, *own in zip(start, *grads, strict=True))


def wrong_summed_loss(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """Your steps are too long by the number of images in a batch: the loss is the mean
    over the batch, not the sum."""
    return _trained((w1, b1, w2, b2, w3, b3), images, labels, lr * labels.shape[1])


def wrong_nothing_learned(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """The parameters come back unchanged. Is a step taken after each backward(), with
    zero_grad() before backward() and not after it? And do you return the parameters as
    they are after the last step?"""
    return w1, b1, w2, b2, w3, b3


def wrong_three_batches(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """Only the first three batches are used: continue until there are no more, however
    many there are."""
    return _trained((w1, b1, w2, b2, w3, b3), images[:3], labels[:3], lr)


def wrong_many_left_out(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """More than three batches change nothing: one loop works for any number."""
    some = slice(0, None if len(images) <= 3 else 0)
    return _trained((w1, b1, w2, b2, w3, b3), images[some], labels[some], lr)


def wrong_lr_twice(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """lr is applied twice: a step is lr times the gradient, not lr * lr times."""
    return _trained((w1, b1, w2, b2, w3, b3), images, labels, lr * lr)


def wrong_last_layer_fixed(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """The fully connected layer never changes: update w3 and b3 as well."""
    return _trained((w1, b1, w2, b2, w3, b3), images, labels, lr, [0, 1, 2, 3])


def wrong_first_image_only(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """Only the first image of each batch is used: pass the whole batch at once."""
    return _trained((w1, b1, w2, b2, w3, b3), images[:, :1], labels[:, :1], lr)


def wrong_two_epochs(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """You go through all batches twice: take one step for each batch."""
    images, labels = (np.concatenate([part, part]) for part in (images, labels))
    return _trained((w1, b1, w2, b2, w3, b3), images, labels, lr)


def wrong_decay(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """You divide lr by the number of the step: it is the same for all batches."""
    arrays = (w1, b1, w2, b2, w3, b3)
    for k in range(len(images)):
        arrays = _trained(arrays, images[k : k + 1], labels[k : k + 1], lr / (k + 1))
    return arrays


def wrong_momentum(*inputs):
    """This is descent with momentum: take plain steps, w <- w - lr dL/dw."""
    return _remembering(inputs, 0.9)


def wrong_no_first_relu(*inputs):
    """The ReLU after the first filters is missing."""
    return _changed(inputs, rules=(lambda x: x, tg.relu))


def wrong_no_second_relu(*inputs):
    """The ReLU after the second filters is missing."""
    return _changed(inputs, rules=(tg.relu, lambda x: x))


def wrong_no_relu(*inputs):
    """Both ReLUs are missing: without them, only the pooling is not linear."""
    return _changed(inputs, rules=(lambda x: x, lambda x: x))


def wrong_last_batch_left_out(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """The last batch is not used: take one step for each batch."""
    return _trained((w1, b1, w2, b2, w3, b3), images[:-1], labels[:-1], lr)


def wrong_first_batch_left_out(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """The first batch is not used: take one step for each batch."""
    return _trained((w1, b1, w2, b2, w3, b3), images[1:], labels[1:], lr)


def wrong_one_big_batch(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """You take a single step with the mean gradient of all batches: take one step for
    each batch, with the parameters from the step before."""
    images, labels = images.reshape(1, -1, *images.shape[2:]), labels.reshape(1, -1)
    return _trained((w1, b1, w2, b2, w3, b3), images, labels, lr)


def wrong_softmax_before_loss(*inputs):
    """You apply softmax before cross_entropy, which contains it: give it the logits."""
    return _changed(inputs, loss=lambda z, t: tg.cross_entropy(tg.softmax(z), t))


def wrong_relu_on_logits(*inputs):
    """There is a ReLU after the last layer: give cross_entropy the plain logits."""
    return _changed(inputs, loss=lambda z, t: tg.cross_entropy(tg.relu(z), t))


def wrong_average_pooling(*inputs):
    """You use average pooling: the network has max_pool2d."""
    return _changed(inputs, pool=tg.avg_pool2d)


def wrong_tanh(*inputs):
    """You use tanh as the activation: it is ReLU, after both convolutions."""
    return _changed(inputs, rules=(tg.tanh, tg.tanh))


def wrong_sigmoid(*inputs):
    """You use the sigmoid as the activation: it is ReLU, after both convolutions."""
    return _changed(inputs, rules=(tg.sigmoid, tg.sigmoid))


def wrong_one_after_the_other(w1, b1, w2, b2, w3, b3, images, labels, lr):
    """You change one parameter and then compute the gradient of the next. Compute all
    six gradients first, at the same point, and then change all six."""
    arrays = (w1, b1, w2, b2, w3, b3)
    for x, label in zip(images, labels, strict=True):
        for place in range(6):
            arrays = _trained(arrays, [x], [label], lr, [place])
    return arrays


def _changed(inputs, **changes):
    """Training with another network or another loss."""
    *arrays, images, labels, lr = inputs
    return _trained(arrays, images, labels, lr, **changes)


def _remembering(inputs, share):
    """Steps along the gradient and a share of the step before."""
    *arrays, images, labels, lr = inputs
    total = [np.zeros_like(array) for array in arrays]
    for x, label in zip(images, labels, strict=True):
        grads = _gradients(arrays, x, label)
        total = [share * old + new for old, new in zip(total, grads, strict=True)]
        arrays = [a - lr * t for a, t in zip(arrays, total, strict=True)]
    return tuple(arrays)
