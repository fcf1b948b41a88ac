"""What errors of Python and NumPy mean: a table.

The first row whose pattern is found in an error explains it. The named groups of the
pattern are fields of the sentence.
"""

from __future__ import annotations

from typing import NamedTuple

from ..language import marked


class Row(NamedTuple):
    """A pattern for an error, one for its line of code, and what they mean."""

    error: str
    sentence: str
    code: str = ""


ARRAYS_IN_PLACE_OF_NUMBERS = r"only (length-1|size-1|0-dimensional) arrays can be"
TABLE = [
    Row(
        r"bitwise_xor|for \^: ",
        marked("^ is not a power in Python: write ** instead, as in x ** 2"),
    ),
    Row(
        ARRAYS_IN_PLACE_OF_NUMBERS,
        marked(
            "math.{name} takes a single number, but gets an array: np.{name} takes "
            "arrays"
        ),
        r"math\.(?P<name>exp|log|sqrt|tanh|sin|cos|floor|ceil|isnan|cosh|sinh)\b",
    ),
    Row(
        ARRAYS_IN_PLACE_OF_NUMBERS,
        marked(
            "the functions of `math`, float() and int() take a single number, but get "
            "an array here: use NumPy's operators and functions, such as ** or np.exp"
        ),
    ),
    Row(
        r"setting an array element with a sequence\. The requested array has an inhom",
        marked(
            "the rows have different lengths or shapes, so they cannot become one array"
        ),
    ),
    Row(
        r"setting an array element with a sequence",
        marked("an array is stored where there is room for only one number"),
    ),
    Row(
        r"unexpected keyword argument '(?P<name>keep_?dim|axes|dim)'",
        marked(
            "NumPy has no `{name}` here: its words are `axis`, and `keepdims` with an s"
        ),
    ),
    Row(
        r"truth value of an array",
        marked(
            "`if`, `while`, `and` and `or` need one True or False, but comparing "
            "arrays gives one for each element: use np.where(condition, a, b), or "
            "multiply by the condition"
        ),
    ),
    Row(
        r"name '(?P<name>np|numpy)' is not defined",
        marked("NumPy is not imported: begin the file with `import numpy as np`"),
    ),
    Row(
        r"name '(?P<name>math|random|itertools|functools|copy)' is not defined",
        marked("{name} is not imported: begin the file with `import {name}`"),
    ),
    Row(
        r"name '(?P<name>nx|networkx)' is not defined",
        marked("networkx is not imported: begin the file with `import networkx as nx`"),
    ),
    Row(
        r"name '(?P<name>tg|tinygraph)' is not defined",
        marked(
            "tinygraph is not imported: begin the file with `import tinygraph as tg`"
        ),
    ),
    Row(
        r"name '(?P<name>\w+)' is not defined",
        marked(
            "{name} is not defined here: is it misspelt, not imported, or defined "
            "inside another function?"
        ),
    ),
    Row(
        r"cannot access local variable '(?P<name>\w+)'",
        marked(
            "{name} gets a value only on some paths through the function, or "
            "later: give it one before it is used"
        ),
    ),
    Row(
        r"EOFError: EOF when reading a line",
        marked(
            "input() waits for somebody to type, which nobody does in a check: use the "
            "arguments of the function"
        ),
    ),
    Row(
        r"No module named '?(?P<name>[\w.]+)'?|attempted relative import",
        marked(
            "only this file is run, so it cannot import your other files or packages "
            "that are not installed: copy what you need into it"
        ),
    ),
    Row(
        r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'",
        marked("{module} has no {name}: is it misspelt, or removed?"),
    ),
    Row(
        r"module 'numpy' has no attribute '(?P<name>int|float|bool|object|str)'",
        marked("np.{name} no longer exists: write {name}, without np"),
    ),
    Row(
        r"module '(?P<module>\w+)' has no attribute '(?P<name>\w+)'",
        marked("{module} has no {name}: is it misspelt, or removed?"),
    ),
    Row(
        r"'numpy\.ndarray' object has no attribute '(?P<name>exp|log|sqrt|abs|tanh)'",
        marked("arrays have no .{name}(): write np.{name}(x)"),
    ),
    Row(
        r"'(?P<kind>list|tuple)' object has no attribute|"
        r"for [-*/@+]+: '(?P<kind_left>list|tuple)' and|"
        r"can't multiply sequence by non-int|"
        r"(list|tuple) indices must be integers or slices, not tuple",
        marked(
            "a list or tuple is not an array: make one with np.array(...), and then "
            "calculate with it"
        ),
    ),
    Row(
        r"NoneType",
        marked(
            "a value is None here: a function without `return` returns None, and "
            "so do x.append(...) and x.sort(); .grad is None until backward() is "
            "called"
        ),
    ),
    Row(
        r"only integers, slices|slice indices must be integers|"
        r"(list|tuple) indices must be integers or slices, not (numpy\.)?float|"
        r"'(numpy\.)?float\w*' object cannot be interpreted as an integer|"
        r"expected a sequence of integers or a single integer",
        marked(
            "indices and lengths must be integers, but / always gives a float, "
            "such as 2.0: divide with //; an element of an array is not an index "
            "either"
        ),
    ),
    Row(
        r"mismatch in its core dimension.*size (?P<right>\d+) is different from "
        r"(?P<left>\d+)",
        marked(
            "@ multiplies rows by columns, so the left factor must have as many "
            "columns as the right one has rows, but these are {left} and {right}: "
            "must one of them be transposed, .T, or is the order wrong?"
        ),
    ),
    Row(
        r"shapes \((?P<left>\d+),\) and \((?P<right>\d+),\) not aligned",
        marked(
            "these two vectors have the lengths {left} and {right}, and a dot product "
            "needs equal lengths; np.outer multiplies all pairs of their elements"
        ),
    ),
    Row(
        r"not aligned: (?P<left>\d+) \(dim \d\) != (?P<right>\d+)",
        marked(
            "@ multiplies rows by columns, so the left factor must have as many "
            "columns as the right one has rows, but these are {left} and {right}: "
            "must one of them be transposed, .T, or is the order wrong?"
        ),
    ),
    Row(
        r"does not have enough dimensions|Scalar operands are not allowed",
        marked("@ needs arrays with axes, but one factor is a single number: use *"),
    ),
    Row(
        r"axis (?P<axis>-?\d+) is out of bounds for array of dimension (?P<count>\d+)",
        marked(
            "there is no axis {axis}: an array with n axes has the axes 0 to n - 1, or "
            "-1 for the last one, and this array has n = {count}"
        ),
    ),
    Row(
        r"(list|tuple)( assignment)? index out of range",
        marked(
            "the index is too large: n elements have the indices 0 to n - 1; does a "
            "loop run once too often, or is the list too short?"
        ),
    ),
    Row(
        r"too many indices for array: array is (?P<own>\d+)-dimensional, but "
        r"(?P<used>\d+) were indexed",
        marked(
            "an array with n axes takes at most n indices: here n = {own}, but there "
            "are {used} indices"
        ),
    ),
    Row(
        r"maximum recursion depth",
        marked(
            "a function calls itself without end: there must be a case in which it "
            "returns without calling itself"
        ),
    ),
    Row(r"ZeroDivisionError", marked("something is divided by 0")),
    Row(
        r"cannot reshape array of size (?P<size>\d+) into shape "
        r"(?P<shape>\([\d, -]*\))",
        marked(
            "reshape keeps all elements, and {size} of them do not fill the shape "
            "{shape}"
        ),
    ),
    Row(
        r"axis remapping|broadcast a non-scalar to a scalar",
        marked(
            "np.broadcast_to only repeats elements, so it cannot make an array "
            "smaller: sum over axes for that"
        ),
    ),
    Row(
        r"(?P<name>[\w<>]+)\(\) takes (from \d+ to )?(?P<count>\d+) positional "
        r"arguments? but (?P<given>\d+) w",
        marked(
            "the number of arguments of {name} is {count}, but it is called with "
            "{given}"
        ),
    ),
    Row(
        r"(?P<name>[\w<>]+)\(\) missing (?P<count>\d+) required positional argument",
        marked("{name} is called with too few arguments: {count} more must be given"),
    ),
    Row(
        r"could not broadcast input array from shape (?P<one>\([\d,]*\)) into shape "
        r"(?P<other>\([\d,]*\))",
        marked(
            "an array of shape {one} does not fit where it is stored, which has the "
            "shape {other}"
        ),
    ),
    Row(
        r"Cannot cast ufunc '\w+' output from dtype\('float64'\) to dtype\('u?int",
        marked(
            "an integer array cannot hold fractions: start with floats, as "
            "np.zeros(shape) makes them, or use .astype(float)"
        ),
    ),
    Row(
        r"Integers to negative integer powers",
        marked("an integer array cannot be raised to negative powers: use floats"),
    ),
    Row(
        r"can only concatenate str|concatenate str \(not|for [-*/+%]+: '?\w*'? ?and "
        r"'str'|for [-*/+%]+: 'str'|dtype\('<U\d+'\)",
        marked(
            "text and numbers are mixed: text is only for print(...); the answer "
            "needs numbers"
        ),
    ),
    Row(
        r"'(numpy\.(ndarray|float64)|float|int|tuple|list)' object is not callable",
        marked(
            "( ) after a value calls it like a function: use [ ] for an index, and "
            "write * between factors"
        ),
    ),
    Row(
        r"'(function|builtin_function_or_method|numpy\._\w+Dispatcher)' object",
        marked("a function is used as a value: call it, with ( ) after its name"),
    ),
    Row(
        r"'generator' object (is not|has no)",
        marked("a generator is not an array: make a list of it with list(...)"),
    ),
    Row(
        r"KeyError: (?P<key>.+)",
        marked(
            "a dictionary has no entry for the key {key}: give it a value first, or "
            "read it with .get({key}, 0.0)"
        ),
    ),
    Row(
        r"cannot unpack non-iterable (numpy\.)?(int|float)",
        marked(
            "a single number cannot be unpacked into several names; "
            "np.unravel_index or divmod turns a position from argmax into a row "
            "and a column"
        ),
    ),
    Row(
        r"(argmax|argmin) of an empty|reduction operation (maximum|minimum)|"
        r"(max|min)\(\) (iterable )?arg(ument)? is (an )?empty|zero-size array",
        marked(
            "an empty array has no largest or smallest element: is a slice empty, "
            "because it begins outside of the array?"
        ),
    ),
    Row(
        r"float\(\) argument must be a string or a real number, not '(?P<kind>\w+)'|"
        r"must be real number, not (?P<other>\w+)",
        marked("a number is needed here, but something else is given"),
    ),
    Row(
        r"(too many values|not enough values) to unpack \(expected (at least )?"
        r"(?P<wanted>\d+)",
        marked(
            "the number of names on the left of = is {wanted}, but there are more or "
            "fewer values on the right; a shape has one number for each axis"
        ),
    ),
    Row(
        r"'(numpy\.)?(float|int)\w*' object is not (iterable|subscriptable)|"
        r"invalid index to scalar variable|"
        r"object of type '(numpy\.)?(int|float)\w*' has no len",
        marked("a single number is used like an array: it has no elements"),
    ),
    Row(
        r"\bread-only\b",
        marked(
            "the data of a tensor is read-only: make a new array and assign it, "
            "{tensor}.data = ..."
        ),
        r"(?P<tensor>\w+(\[\w+\])?)\.data\b",
    ),
    Row(
        r"(assignment destination|output array) is read-only",
        marked("this array must not be changed: work on a copy, x.copy()"),
    ),
    Row(
        r"expected an indented block|unexpected indent|unindent does not match",
        marked("the indentation is wrong: use four spaces for each level"),
    ),
]
