"""Arrays of other libraries share memory when one asks for it, and only then."""

import numpy as np
import pytest

import tinygraph as tg


def test_an_array_becomes_a_tensor_without_a_copy():
    array = np.arange(6.0).reshape(2, 3)
    x = tg.from_dlpack(array, requires_grad=True, name="x")
    assert np.shares_memory(x.data, array) and x.name == "x"
    (x * x).sum().backward()
    assert x.grad.tolist() == (2 * array).tolist()
    with pytest.raises(tg.ReadOnlyError):
        x.data[0] = 1.0
    array[0, 0] = 7.0  # still the owner's
    assert x.data[0, 0] == 7.0


def test_both_ways_with_pytorch():
    torch = pytest.importorskip("torch")
    theirs = torch.arange(6.0).reshape(2, 3).T
    ours = tg.from_dlpack(theirs)
    assert ours.data.ctypes.data == theirs.data_ptr()
    assert ours.tolist() == theirs.tolist()
    back = torch.from_dlpack(ours, copy=False)
    assert back.data_ptr() == theirs.data_ptr()
    assert torch.from_dlpack(ours).data_ptr() != theirs.data_ptr()
    with pytest.raises(tg.NotDifferentiableError):
        torch.from_dlpack(tg.Tensor([1.0], requires_grad=True), copy=False)
    with pytest.raises(tg.ArgumentError, match=r"from_dlpack: Tensor: .*detach"):
        tg.from_dlpack(theirs.clone().requires_grad_())


def test_what_is_no_array_is_refused():
    with pytest.raises(tg.ArgumentError, match=r"from_dlpack: list: .* give an array"):
        tg.from_dlpack([1.0])
    with pytest.raises(tg.DTypeError, match="int64 cannot require a gradient"):
        tg.from_dlpack(np.arange(3), requires_grad=True)
