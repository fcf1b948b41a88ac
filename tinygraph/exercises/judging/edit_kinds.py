"""Kinds of edits, the likely ones first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from .bracket_rules import exchanged_steps
from .edit_groups import (
    copied_lines,
    exchanged_values,
    grouped_edits,
    indexed_targets,
    sign_edits,
    statement_edits,
    stored_calls,
    swapped_names,
)
from .edit_names import Names
from .edit_rules import (
    Rule,
    added_up,
    left_out,
    more_terms,
    other_arguments,
    other_axes,
    other_comparisons,
    other_functions,
    other_keywords,
    other_names,
    other_numbers,
    other_operators,
    other_results,
    signs_and_copies,
    squares_and_functions,
)
from .edits import Change, Edit, Function, Slot, slots_in
from .index_rules import (
    columns,
    indexed_factors,
    moved_indices,
    one_index,
    other_elements,
    other_indices,
    other_lengths,
    other_letters,
    other_orders,
    other_shapes,
    rows_of_images,
    transposes,
)
from .move_edits import left_out_edits, order_edits

Kind = Callable[[Sequence[Slot], Names], Iterator[Edit]]


def edits_of(
    functions: Sequence[Function],
    kinds: Mapping[str, str] | None = None,
    *,
    simple: bool = False,
) -> Iterator[Edit]:
    """All edits of some functions, the likely ones first, or only the simple ones.

    The kinds are those of the first function's arguments.
    """
    found = [
        (list(slots_in(function)), Names(function, None if place else kinds))
        for place, function in enumerate(functions)
    ]
    for kind in SIMPLE if simple else (*SIMPLE, *OTHERS):
        for slots, names in found:
            yield from kind(slots, names)


def by(rule: Rule) -> Kind:
    """What a rule makes of one place at a time."""

    def edits(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
        for slot in slots:
            yield from (Edit((Change(slot, text),)) for text in rule(slot, names))

    return edits


SIMPLE: Sequence[Kind] = [  # after which what is computed is much as it was
    statement_edits,
    left_out_edits,
    swapped_names,
    by(left_out),
    by(other_names),
    by(exchanged_steps),
    by(other_numbers),
    by(other_operators),
    by(other_comparisons),
    by(other_axes),
    by(other_functions),
    by(other_arguments),
    by(other_keywords),
    by(other_indices),
    by(other_lengths),
    by(other_orders),
    by(transposes),
    by(columns),
    by(other_elements),
    by(other_letters),
    by(other_shapes),
    by(signs_and_copies),
    exchanged_values,
    sign_edits,
    grouped_edits,
    copied_lines,
    order_edits,
    stored_calls,
    indexed_targets,
]
OTHERS: Sequence[Kind] = [
    by(one_index),
    by(other_results),
    by(added_up),
    by(squares_and_functions),
    by(more_terms),
    by(moved_indices),
    by(rows_of_images),
    by(indexed_factors),
]
