"""What cannot be traced or saved is refused with words that help."""

import pytest
from leaves import parameter
from losses import quartic

import tinygraph as tg


@pytest.mark.parametrize(
    ("call", "builtin", "words"),
    [
        (lambda: tg.trace(3.0), RuntimeError, "float"),
        (lambda: tg.trace(tg.Tensor(1.0)), RuntimeError, "requires_grad"),
        (lambda: tg.trace(parameter([1.0, 2.0]) * 2), ValueError, "seed"),
        (lambda: tg.trace(quartic()[2], order="random"), ValueError, "breadth_first"),
        (
            lambda: tg.trace(
                quartic()[2], lr=1.0, optimizer=tg.optimize.SGD([parameter(1.0)], 1.0)
            ),
            ValueError,
            "not both",
        ),
        (lambda: tg.trace(quartic()[2], lr=-1.0), ValueError, "lr"),
        (lambda: tg.trace(quartic()[2]).save("a.docx"), RuntimeError, r"\.html"),
    ],
)
def test_mistakes_are_explained(call, builtin, words):
    with pytest.raises(tg.TinygraphError, match=words) as caught:
        call()
    assert isinstance(caught.value, builtin)


@pytest.mark.parametrize("depth", [-1, "x", 1.5])
def test_a_depth_that_is_none_is_refused(depth, tmp_path):
    _, _, loss = quartic()
    with pytest.raises(tg.ArgumentError, match="depth"):
        tg.draw(loss, depth=depth)
    with pytest.raises(tg.ArgumentError, match="depth"):
        tg.trace(loss).save(tmp_path / "a.html", depth=depth)
