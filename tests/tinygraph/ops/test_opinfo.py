"""PyTorch's own samples of its operations, with ours beside them.

Each sample that has a translation must give PyTorch's value, and its gradient in every
input for a random upstream gradient.
"""

import itertools

import numpy as np
import pytest
from together import check_each, together
from torch_samples import NONE, TRANSLATIONS
from torch_words import UntranslatedError

import tinygraph as tg

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

SAMPLES = 15  # of one operation


@pytest.fixture(scope="module")
def operations():
    """PyTorch's operations by name, in all variants; the list takes seconds to load."""
    module = "torch.testing._internal.common_methods_invocations"
    found = {}
    for info in pytest.importorskip(module).op_db:
        found.setdefault(info.name, []).append(info)
    return found


def ours(value, leaves):
    """A sample's argument for our functions; tensors with a gradient become leaves."""
    if isinstance(value, torch.Tensor):
        array = value.detach().numpy(force=True)
        if not value.requires_grad:
            return array
        leaves.append(tg.Tensor(array, requires_grad=True))
        return leaves[-1]
    if isinstance(value, torch.dtype | torch.Generator | torch.layout):
        raise UntranslatedError
    if isinstance(value, list | tuple):
        parts = [ours(part, leaves) for part in value]
        return parts if isinstance(value, list) else tuple(parts)
    if isinstance(value, dict):
        return {key: ours(part, leaves) for key, part in value.items()}
    return value


def theirs(value, leaves):
    """The leaves of PyTorch, in the same order."""
    if isinstance(value, torch.Tensor) and value.requires_grad:
        leaves.append(value)
    elif isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            theirs(part, leaves)


def outcome(info, sample):
    """Whether values and gradients agree; UntranslatedError where there is no word."""
    arguments = (sample.input, *sample.args)
    given = ours(arguments, leaves := [])
    words = ours(sample.kwargs, leaves)
    try:
        output = TRANSLATIONS[info.name](*given, **words)
    except tg.ShapeIndexError:  # NumPy has no axis of a number, PyTorch takes 0 and -1
        if np.ndim(given[0]):
            raise
        raise UntranslatedError from None
    others = []
    theirs((arguments, sample.kwargs), others)
    expected = info.op(*arguments, **sample.kwargs)
    if isinstance(expected, tuple | list):  # with indices, or a sign, beside the values
        expected = (
            torch.stack(expected)
            if info.name == "unbind"
            else expected[-1 if info.name == "linalg.slogdet" else 0]
        )
    value = output.data if isinstance(output, tg.Tensor) else np.asarray(output)
    assert value.shape == tuple(expected.shape), (value.shape, expected.shape)
    close(value, expected.detach().numpy(force=True))
    if not expected.requires_grad:
        return
    seed = np.random.default_rng(0).normal(size=value.shape)
    found = torch_gradients(expected, others, seed)
    if found is None:
        return
    for leaf, right in zip(leaves, found, strict=True):
        [gradient] = tg.gradients(output, [leaf], seed)
        close(gradient, right.numpy(force=True))


def torch_gradients(output, leaves, seed):
    """PyTorch's gradients; None where it has none of its own."""
    try:
        return torch.autograd.grad(
            output,
            leaves,
            torch.tensor(seed),
            allow_unused=True,
            materialize_grads=True,
        )
    except RuntimeError as error:
        if "is not implemented" not in str(error):
            raise
        return None


def values_of(name, expected):
    """What is compared of several results: values without indices or signs."""
    if not isinstance(expected, tuple | list):
        return expected
    if name == "unbind":
        return torch.stack(expected)
    return expected[-1 if name == "linalg.slogdet" else 0]


def close(found, expected):
    single = expected.dtype == np.float32
    rtol, atol = (1e-4, 1e-5) if single else (1e-7, 1e-9)
    np.testing.assert_allclose(found, expected, rtol, atol, equal_nan=True)


def samples(info):
    """The first samples in double precision that are no complex numbers.

    `info.sample_inputs` would seed every device, and look for a test on the stack,
    before each of them: that takes longer than all the rest.
    """
    torch.testing._internal.common_utils.set_rng_seed(0)
    made = info.sample_inputs_func(info, "cpu", torch.float64, True)
    return itertools.islice(made, SAMPLES)


def named(info):
    return "-".join(filter(None, (info.name, info.variant_test_name)))


@pytest.mark.filterwarnings("ignore")  # PyTorch's, of old names and of odd samples
@together("name", TRANSLATIONS)
def test_samples_of_torch(name, operations):
    check_each(check_samples, operations[name], named)


def check_samples(info):
    """That ours agrees for each sample that has a translation, and for one at least."""
    compared = 0
    for sample in samples(info):
        try:
            outcome(info, sample)
        except UntranslatedError:
            continue
        compared += 1
    assert bool(compared) != (named(info) in NONE)


def test_every_translation_has_its_operation(operations):
    assert set(TRANSLATIONS) <= set(operations)
    variants = {named(info) for name in TRANSLATIONS for info in operations[name]}
    assert set(NONE) <= variants
