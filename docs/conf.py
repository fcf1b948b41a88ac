"""How this documentation becomes a site: `python -m sphinx -W docs docs/_site`.

Chapters are MyST notebooks: every cell is run while the site is built, and an error
in one of them is an error of the build.
"""

import os
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

from tinygraph import Primitive, names

project = "tinygraph"
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["_site", "pictures/*.py"]

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
nb_code_prompt_show = "Show the code of this figure"
nb_code_prompt_hide = "Hide the code of this figure"
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # the same numbers on every machine

html_theme = "furo"
html_title = "tinygraph"
html_copy_source = False
html_show_copyright = html_show_sphinx = False
html_show_search_summary = False  # which would need a server
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"

default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "none"


def inline(translator: Any, node: nodes.math) -> None:
    """A formula in a line of text."""
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    """A formula in lines of its own."""
    formula = convert(node.astext(), display="block")
    translator.body.append(f'<div class="math">{formula}</div>')
    raise nodes.SkipNode


def gradients(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Add the formulas of an operation's VJPs to its docstring."""
    if isinstance(thing, Primitive):
        named = zip(thing.argument_names, thing.formulas, strict=False)
        formulas = [
            rf"\bar{{{name}}} = {formula}" for name, formula in named if formula
        ]
        if formulas:
            lines += ["", ".. math:: " + r", \quad ".join(formulas), ""]


def names_from_next_door(app: Sphinx, page: str, source: list[str]) -> None:
    """Write the tables of names into the page that is made of them."""
    if page == "coming-from-pytorch":
        source[0] = source[0].format(
            of_tensors=table("Tensor of PyTorch", names.OF_TENSORS),
            of_module=table("torch", names.OF_MODULE),
        )


def table(head: str, rows: dict[str, str]) -> str:
    """Two columns of code."""
    lines = [f"| {head} | tinygraph, with `t` the tensor |", "|---|---|"]
    return "\n".join(lines + [f"| `{name}` | {ours} |" for name, ours in rows.items()])


def setup(app: Sphinx) -> None:
    """Formulas are MathML, which browsers show without a script or a network."""
    app.connect("autodoc-process-docstring", gradients)
    app.connect("source-read", names_from_next_door)
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
