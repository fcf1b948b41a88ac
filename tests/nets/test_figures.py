"""Figures: what they are drawn from is right, and drawing changes nothing."""

import csv
import math

import numpy as np
import pytest
from PIL import Image

import nets
import tinygraph as tg
from nets import figures
from nets.__main__ import main
from nets.figures import landscape, style
from nets.networks import resnet20, slide_cnn
from nets.plots import read_gradients, save_gradients
from nets.run import initial_network

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def network():
    return slide_cnn(RNG(0), size=16)


def test_a_confusion_matrix_counts_pairs():
    labels, guesses = RNG(0).integers(0, 5, (2, 300))
    found = figures.confusion_matrix(labels, guesses, 5)
    pairs = [*zip(labels, guesses, strict=True)]
    expected = [[pairs.count((row, column)) for column in range(5)] for row in range(5)]
    assert found.tolist() == expected
    drawn = figures.confusion(labels, guesses, tuple("abcde"))
    texts = [text.get_text() for text in drawn.axes[0].texts]
    assert texts == [str(count) for row in expected for count in row]


def test_mistakes_are_those_with_the_largest_outputs():
    outputs = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]])
    labels, images = np.array([1, 1, 0, 0]), np.zeros((4, 3, 5, 5), np.uint8)
    drawn = figures.mistakes(images, labels, outputs, ("do$g", "cat"), most=2)
    assert [axes.get_xlabel() for axes in drawn.axes] == [
        "do\\$g 90%\nis cat",
        "cat 80%\nis do\\$g",
    ]
    assert drawn.get_suptitle() == "3 mistakes in 4 pictures"
    right = figures.mistakes(images, np.array([0, 1, 1, 1]), outputs, ("a", "b"))
    assert right.get_suptitle() == "0 mistakes in 4 pictures"
    assert figures.png(right)


def test_images_inside_are_those_of_the_layers(network):
    """Batch norm is asked as in use: its statistics stay."""
    x = RNG(0).standard_normal((2, 3, 16, 16)).astype("f4")
    inside = dict(figures.images_inside(network, x))
    convolution = network.groups["conv1"][0]
    np.testing.assert_array_equal(inside["conv1 Conv2d"], convolution(x).data)
    assert inside["conv2 MaxPool2d"].shape == (2, 16, 1, 1)
    other = resnet20(RNG(0))
    before = other.state_dict()
    assert len([*figures.images_inside(other, x)]) > 5
    for name, array in other.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_maps_that_never_fire_are_counted():
    planes = np.zeros((3, 4, 2, 2))
    planes[1, 2, 0, 1] = planes[0, 0, 1, 1] = 1.0
    assert figures.dead_share(planes) == 0.5


def test_a_figure_has_the_same_bytes_each_time(network):
    """The maps of features are drawn twice in a run, below."""
    w = network.parameters()["conv1.w"].data

    def drawn():
        yield figures.filters(w, 2 * w, RNG(1).standard_normal(w.shape))
        yield figures.gradient_norms({"w": [3.0, 0.1]}, {"conv1 ReLU": 0.25})

    for one, other in zip(drawn(), drawn(), strict=True):
        assert figures.png(one) == figures.png(other)


def test_the_surface_is_the_loss_around_the_parameters(network):
    """In the middle that of the network itself, which is as it was afterwards."""
    x = RNG(0).standard_normal((4, 3, 16, 16)).astype("f4")
    t = np.eye(4, dtype="f4")
    parameters = [*network.parameters().values()]
    before = [tensor.data.copy() for tensor in parameters]

    def loss():
        return tg.mse(network(x), t).item()

    places, losses = figures.loss_surface(loss, parameters, RNG(1), points=3, reach=0.5)
    assert places.tolist() == [-0.5, 0.0, 0.5] and losses.shape == (3, 3)
    assert losses[1, 1] == pytest.approx(loss())
    assert len({*losses.ravel().round(12)}) == 9
    for tensor, data in zip(parameters, before, strict=True):
        np.testing.assert_array_equal(tensor.data, data)
    assert figures.png(figures.surface(places, losses))


def test_a_filter_moves_by_its_own_length(network):
    parameters = [*network.parameters().values()]
    direction = landscape.random_direction(RNG(0), parameters)
    for tensor, step in zip(parameters, direction, strict=True):
        if tensor.ndim == 1:
            assert not step.any()
            continue
        for row, other in zip(tensor.data, step, strict=True):
            assert np.linalg.norm(other) == pytest.approx(np.linalg.norm(row), rel=1e-5)


def test_an_error_on_the_surface_leaves_the_parameters():
    w = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError), landscape.moved([w], (1.0, [np.ones(2)])):
        assert w.data.tolist() == [2.0, 3.0]
        raise RuntimeError
    assert w.data.tolist() == [1.0, 2.0]


def test_descent_on_a_parabola_is_a_power():
    """x after k steps on ½ a x² is (1 − lr a)^k times x."""
    path = figures.descend(lambda x, y: x**2 + 4 * y**2, (1.0, -2.0), 0.1, 6)
    k = np.arange(7)
    np.testing.assert_allclose(path, np.stack([0.8**k, -2 * 0.2**k], axis=1))


def test_descent_with_momentum_is_pytorchs():
    torch = pytest.importorskip("torch")
    path = figures.descend(figures.valley, (-2.0, 1.0), 0.05, 9, 0.9)
    x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (-2, 1))
    optimizer = torch.optim.SGD([x, y], lr=0.05, momentum=0.9)
    for place in path[1:]:
        optimizer.zero_grad()
        (0.5 * (x**2 / 4 + 2 * y**2) + torch.sin(1.5 * x) / 3).backward()
        optimizer.step()
        np.testing.assert_allclose(place, [x.item(), y.item()])


def test_an_animation_has_the_same_bytes_each_time():
    path = figures.descend(figures.valley, (-2.0, 1.0), 0.1, 3)

    def film():
        return figures.animation(*figures.descent(figures.valley, {"a": path}), 4)

    assert film() == film()


@pytest.mark.parametrize(
    ("values", "colours"), [([[0, 2.0]], "Greys"), ([[-1.0, 2.0]], "signed")]
)
def test_only_planes_with_negative_numbers_have_colours(values, colours):
    axes = style.sheet(1, 1).add_subplot()
    found = style.show_plane(axes, np.array(values), 2.0)
    assert found.get_cmap().name == colours


FIGURES = {"confusion", "curves", "gradients", "mistakes", "surface"}
OF_CONVOLUTIONS = {"feature-maps", "filters"}


@pytest.mark.parametrize("name", ["slide", "mlp"])
def test_the_figures_of_a_run(name, image_folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(landscape.loss_surface, "__defaults__", (3, 1.0))
    words = ["train", "--data", str(image_folder), "--out", str(tmp_path / "run")]
    assert main([*words, "--epochs", "2", "--network", name]) == 0
    with (tmp_path / "run" / "gradients.csv").open(newline="") as file:
        head, *lines = csv.reader(file)
    run = nets.load(tmp_path / "run" / "checkpoint.npz")
    assert head == ["epoch", *run.network.parameters()]
    assert [line[0] for line in lines] == ["1", "2"]
    assert all(0 < float(x) < math.inf for x in lines[1])
    capsys.readouterr()
    assert main(["plots", str(tmp_path / "run")]) == 0
    pictures = [*(tmp_path / "run" / "plots").iterdir()]
    wanted = FIGURES | OF_CONVOLUTIONS if name == "slide" else FIGURES
    assert {path.stem for path in pictures} == wanted
    assert capsys.readouterr().out.count("saved ") == len(wanted)
    again = ["plots", str(tmp_path / "run" / "checkpoint.npz"), "-o"]
    assert main([*again, str(tmp_path / "again")]) == 0
    for path in pictures:
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_the_network_before_training_is_that_of_step_1(image_folder):
    train, _ = nets.data.load(str(image_folder), size=16)
    settings = nets.Settings(data=str(image_folder), seed=3, epochs=1)
    run = nets.start(settings, train)
    shape = train.images.shape[1:]
    again = initial_network(settings, len(train.classes), shape).parameters()
    for name, tensor in run.network.parameters().items():
        np.testing.assert_array_equal(tensor.data, again[name].data)


def test_lines_of_epochs_that_are_repeated_are_replaced(image_folder, tmp_path):
    train, test = nets.data.load(str(image_folder), size=16)
    run = nets.start(nets.Settings(epochs=3, batch_size=8), train)
    path = tmp_path / "gradients.csv"
    path.write_text("not,ours\n")
    for _ in nets.fit(run, train, test):
        save_gradients(run, path)
    names = [*run.network.parameters()]
    first = read_gradients(path, names)
    run.progress.epoch = 2
    save_gradients(run, path)
    again = read_gradients(path, names)
    assert [row[0] for row in first] == ["1", "2", "3"]
    assert [row[0] for row in again] == ["1", "2"] and again[0] == first[0]
    path.write_text(path.read_text() + "5,x\n")
    assert read_gradients(path, names) == again


def test_gradient_descent_as_a_film(tmp_path, capsys):
    assert main(["descent", "--steps", "3", "-o", str(tmp_path / "d.gif")]) == 0
    with Image.open(tmp_path / "d.gif") as film:
        assert film.n_frames == 4
    assert main(["descent", "--lr", "7"]) == 2
    assert "lr is 7" in capsys.readouterr().err
    assert main(["plots", str(tmp_path)]) == 2
    assert "checkpoint.npz" in capsys.readouterr().err
