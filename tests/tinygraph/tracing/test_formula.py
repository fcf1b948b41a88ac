"""The formula of each step says what the step computes, in names and in numbers."""

import re
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from cases import CASES, for_each
from leaves import parameter
from losses import HOSTILE

import tinygraph as tg
from tinygraph.tracing.formula import (
    BARRED,
    LETTER,
    in_latex,
    letters,
    of_argument,
    upright,
)
from tinygraph.tracing.page.mathml import mathml

MATHML = "{http://www.w3.org/1998/Math/MathML}"

# Letters that stand for something else than an argument, and what that is.
COUNTS_AND_PARAMETERS, EULERS_NUMBER, INDICES = "nNkdsap", "e", "ij"
KNOWN = {*COUNTS_AND_PARAMETERS, *EULERS_NUMBER, *INDICES}


@for_each(CASES)
def test_every_formula_is_written_in_the_letters_of_its_vjp(case):
    output = case.call(*(parameter(array) for array in case.arrays()))
    for node, primitive in output.graph.nodes(data="primitive"):
        inputs = output.graph.at(node).inputs
        for position in range(len(inputs)) if primitive else ():
            if primitive.vjp_at(position) is None:
                continue
            text, names = of_argument(primitive, position), letters(primitive, position)
            assert "vjp" not in text, f"{primitive.name} has no formula"
            barred = BARRED.findall(text)
            assert set(barred) <= {names[0]}, (primitive.name, text)
            words = re.sub(r"\\(text|mathrm)\{[^}]*\}", "", BARRED.sub("", text))
            assert set(LETTER.findall(words)) <= {*names, *KNOWN}, primitive.name


def test_formulas_in_a_notebook():
    x = parameter(3.0, "x")
    step = tg.trace(x * x)[1]
    assert step._repr_latex_() == (
        r"$\overline{\text{x}} \leftarrow \overline{\text{multiply}}\, \text{x}$"
    )
    assert step.plugged == r"1.000 \cdot  3.000 = 3.000"
    assert tg.exp._repr_latex_() == r"$\bar{y}\, y$"


def test_a_stretched_argument_is_summed():
    x, b = parameter([1.0, 2.0], "x"), parameter(3.0, "b")
    steps = {step.source_name: step for step in tg.trace((x * b).sum())}
    assert r"\sum" in steps["b"].formula
    assert r"\sum" not in steps["x"].formula
    assert r"\sum" in steps["b"].plugged and steps["b"].plugged.endswith(" = 3.000")
    assert r"\sum" not in steps["x"].plugged


def test_the_seed_is_in_its_formula():
    x = parameter([1.0, 2.0], "x")
    y = x * 3
    y.name = "y"
    assert "5.000 & 7.000" in tg.trace(y, seed=[5.0, 7.0])[0].formula
    assert tg.trace(y.sum())[0].formula.endswith(r"\leftarrow 1.000")
    long = tg.trace(parameter(np.ones(9)) * 2.0, seed=np.ones(9))[0].formula
    assert long.endswith(r"\text{seed}")


def test_parameters_stand_in_formulas_as_numbers():
    x, s = parameter([1.0, 2.0], "x"), tg.Tensor([0.0, 1.0], name="s")
    assert r"\, 1.000\, (\text{x} - \text{s})" in tg.trace(tg.mse(x, s))[1].formula
    steps = tg.trace(tg.leaky_relu(x, negative_slope=0.3).sum())
    assert "0.300" in steps[2].formula
    image = parameter(np.ones((1, 1, 4, 4)), "image")
    pooled = tg.trace(tg.avg_pool2d(image, (2, 1)).sum())
    assert pooled[2].formula.endswith("/ 2")
    pooled = tg.trace(tg.avg_pool2d(image, 2, divisor_override=3).sum())
    assert pooled[2].formula.endswith("/ 3")
    more = dict(padding=1, count_include_pad=False)  # windows have 1, 2 or 4 pixels
    pooled = tg.trace(tg.avg_pool2d(image, 2, **more).sum())
    assert pooled[2].formula.endswith("/ k") and pooled[2].plugged is None


@pytest.mark.parametrize(("kernel", "elements"), [(3, 9), ((2, 5), 10)])
def test_k_is_the_number_of_elements_in_a_window_also_of_ones_own(kernel, elements):
    @tg.primitive
    def pooled(x, *, kernel):
        return 1.0 * x

    pooled.vjp(lambda g, y, x, kernel: g, r"\frac{\bar{y}}{k}")
    step = tg.trace(pooled(parameter(3.0, "x"), kernel=kernel))[1]
    assert step.formula.endswith(rf"{{{elements}}}")


def test_a_row_of_numbers_is_not_taken_for_a_column():
    matrix, vector = parameter([[1.0, 2.0], [3.0, 4.0]]), parameter([1.0, 5.0])
    for y in (matrix @ vector, vector @ vector, tg.linear(vector, matrix)):
        assert all(step.plugged is None for step in tg.trace(y.sum())[2:])
    product = tg.trace((matrix @ matrix).sum())
    assert all(step.plugged for step in product[2:])


def test_one_number_for_all_elements_is_no_equation():
    x = parameter([1.0, 2.0, 4.0], "x")
    assert tg.trace(x.mean())[1].plugged.startswith(r"1.000 / 3 \to {\begin")
    assert tg.trace(x.sum())[1].plugged.startswith(r"1.000 \to {\begin")


def test_minus_is_written_once():
    a, b = parameter(1.0, "a"), parameter(2.0, "b")
    steps = [step for step in tg.trace(a - b - b) if step.source_name == "b"]
    assert r"\overline{\text{b}} - \overline" in steps[1].formula


def test_an_operation_without_formulas():
    @tg.primitive
    def twice(x, *, unused=(1, (2, 3))):
        return 2 * x

    twice.vjp(lambda g, *rest, **more: 2 * g)
    x = parameter(3.0, "x")
    step = tg.trace(twice(x))[1]
    assert step.contribution == 2.0
    assert "vjp" in step.formula


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_never_markup(name):
    x = parameter(3.0, name)
    formula = ElementTree.fromstring(mathml(tg.trace(x * x)[1].formula))
    tags = {part.tag.removeprefix(MATHML) for part in formula.iter()}
    assert tags <= {"math", "mrow", "mover", "mtext", "mo", "mspace"}
    drawn = name[:20].translate(str.maketrans(r"\^~{}", "∖ˆ∼❴❵"))  # LaTeX has no others
    assert drawn in "".join(formula.itertext())


def test_names_of_24_characters_are_whole_and_longer_ones_end_in_dots():
    assert upright("n" * 24) == rf"\text{{{'n' * 24}}}"
    assert upright("n" * 25) == rf"\text{{{'n' * 23}…}}"


def test_arrays_of_up_to_four_numbers_are_written_in_a_formula():
    rows = r"{\begin{bmatrix}1.000 & -2.000 \\ 3.000 & 4.000\end{bmatrix}}"
    assert in_latex(np.array([[1.0, -2.0], [3.0, 4.0]])) == rows
    assert in_latex(np.ones(5)) is None
    assert in_latex(np.ones((2, 1, 2))) is None
    assert in_latex(-2.5) == "(-2.500)"


def test_formulas_without_the_library_stay_latex(monkeypatch):
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    assert mathml(r"a < \bar{b}") == r"<code>a &lt; \bar{b}</code>"


def test_products_of_elements_and_of_matrices_have_different_signs():
    a, b = (parameter([[1.0, 2.0], [3.0, 4.0]], name) for name in "ab")
    elements = tg.trace(a * b, seed=np.ones((2, 2)))[1].plugged
    matrices = tg.trace(a @ b, seed=np.ones((2, 2)))[1].plugged
    assert r"\odot" in elements and r"\cdot" not in elements
    assert r"\odot" not in matrices
