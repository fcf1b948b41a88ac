"""Settings for building this documentation as a site.

Run `python -m sphinx -W docs docs/_site`. Chapters are MyST notebooks: the build runs
every cell, and fails if a cell fails.
"""

import os
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

from tinygraph import Primitive, names

sys.path.insert(0, str(Path(__file__).parent))
import families

project = "tinygraph"
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["_site", "pictures/*.py"]

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
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
html_show_search_summary = False  # it would need a server
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"

default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "none"


def write_inline(translator: Any, node: nodes.math) -> None:
    """Write a formula within a line of text."""
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def write_block(translator: Any, node: nodes.math_block) -> None:
    """Write a formula on its own lines."""
    formula = convert(node.astext(), display="block")
    translator.body.append(f'<div class="math">{formula}</div>')
    raise nodes.SkipNode


def add_formulas(
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


def fill_in(app: Sphinx, page: str, source: list[str]) -> None:
    """Insert the families' operations, and PyTorch's names into their page."""
    source[0] = families.fill_in(source[0])
    if page == "coming-from-pytorch":
        source[0] = source[0].format(
            of_tensors=table("Tensor of PyTorch", names.OF_TENSORS),
            of_module=table("torch", names.OF_MODULE),
        )


def table(head: str, rows: dict[str, str]) -> str:
    """A table of PyTorch's names and what to write instead."""
    lines = [f"| {head} | tinygraph, with `t` the tensor |", "|---|---|"]
    return "\n".join(lines + [f"| `{name}` | {ours} |" for name, ours in rows.items()])


def setup(app: Sphinx) -> None:
    """Use MathML for formulas: browsers show it without scripts or a network."""
    app.connect("autodoc-process-docstring", add_formulas)
    app.connect("source-read", fill_in)
    app.add_html_math_renderer("mathml", (write_inline, None), (write_block, None))
