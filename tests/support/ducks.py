"""Duck: an array of another library, as strict as CuPy's.

It calculates with NumPy, inside; outside, it is no array of NumPy's and never becomes
one. It knows NumPy's two protocols and nothing of its memory. What meets it is of its
kind, or a number, or an index: arrays of NumPy's are refused, as CuPy refuses them.
Whoever turns one into an array of NumPy's gets an error, and is noted, in case that the
error is caught.
"""

import contextlib
from typing import ClassVar

import numpy as np

# What takes NumPy's arrays to where the ducks are.
ARRIVALS = (np.asarray, np.array, np.asanyarray, np.ascontiguousarray)
# What CuPy has no function for.
UNKNOWN = (np.vecdot, np.insert, np.linalg.multi_dot, np.lib.stride_tricks.as_strided)


# What CuPy's functions and methods have no such argument for.
NO_SUCH = {"subok", "initial", "where"}


def refuse_unknown(name, keywords):
    """As CuPy does, where NumPy has more arguments."""
    if name != "copyto" and (unknown := keywords.keys() & NO_SUCH):
        raise TypeError(f"{name}() got an unexpected keyword argument {min(unknown)!r}")


def unwrapped(value):
    """A duck as what is inside, also in lists and tuples; no array of NumPy's."""
    if isinstance(value, Duck):
        return value._inner
    if isinstance(value, list | tuple):
        return type(value)(map(unwrapped, value))
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}: NumPy's array meets a duck")
    return value


def wrapped(value):
    """A result: every array in it is a duck, one without axes, too."""
    if isinstance(value, tuple):
        parts = map(wrapped, value)
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, list):
        return [*map(wrapped, value)]
    return Duck(value) if isinstance(value, np.ndarray | np.generic) else value


def index_of(index):
    """An index, which may have arrays of NumPy's, as in CuPy."""
    if isinstance(index, tuple):
        return tuple(map(index_of, index))
    return index._inner if isinstance(index, Duck) else index


class Duck(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that is elsewhere."""

    conversions: ClassVar = []  # what was asked to become an array of NumPy's
    reads = 0  # of numbers, for each of which a GPU would have to be waited for

    def __init__(self, array):
        self._inner = np.array(array)

    @classmethod
    def around(cls, array):
        """A duck around this very array: a view, which writes into another's memory."""
        duck = object.__new__(cls)
        duck._inner = array
        return duck

    def get(self):
        """The numbers as NumPy's array, because somebody wants it."""
        return self._inner.copy()

    # NumPy's protocols

    def __array__(self, dtype=None, copy=None):
        Duck.conversions.append((self.shape, dtype))
        raise TypeError("Implicit conversion to a NumPy array is not allowed: .get()")

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        if method != "__call__" or ufunc in UNKNOWN:
            return NotImplemented
        refuse_unknown(ufunc.__name__, keywords)
        out = keywords.pop("out", None)
        keywords = {name: unwrapped(value) for name, value in keywords.items()}
        if out is not None:
            keywords["out"] = tuple(map(unwrapped, out))
        inputs = [x if np.isscalar(x) else unwrapped(x) for x in inputs]
        result = ufunc(*inputs, **keywords)
        return wrapped(result) if out is None else out[0]

    def __array_function__(self, function, types, arguments, keywords):
        if function in UNKNOWN or any(
            not issubclass(t, Duck | np.ndarray) for t in types
        ):
            return NotImplemented
        refuse_unknown(function.__name__, keywords)
        if function in ARRIVALS and isinstance(arguments[0], np.ndarray):
            return Duck(function(*arguments, **keywords))
        out = keywords.get("out")
        arguments = tuple(map(unwrapped, arguments))
        given = {name: unwrapped(value) for name, value in keywords.items()}
        result = function(*arguments, **given)
        if function is np.count_nonzero:  # a number of Python's in older NumPy
            result = np.asarray(result)
        return wrapped(result) if out is None else out

    # What arrays have

    shape = property(lambda self: self._inner.shape)
    dtype = property(lambda self: self._inner.dtype)
    ndim = property(lambda self: self._inner.ndim)
    size = property(lambda self: self._inner.size)
    nbytes = property(lambda self: self._inner.nbytes)
    itemsize = property(lambda self: self._inner.itemsize)
    T = property(lambda self: Duck.around(self._inner.T))
    real = property(lambda self: Duck.around(self._inner.real))
    imag = property(lambda self: Duck.around(self._inner.imag))

    def __len__(self):
        return len(self._inner)

    def __getitem__(self, index):
        part = self._inner[index_of(index)]
        return Duck.around(part) if isinstance(part, np.ndarray) else Duck(part)

    def __setitem__(self, index, value):
        self._inner[index_of(index)] = unwrapped(value)

    def scatter_add(self, index, value):
        """Add, also to elements that an index takes twice; CuPy's name of it."""
        np.add.at(self._inner, index_of(index), unwrapped(value))

    def __iter__(self):
        return (self[place] for place in range(len(self)))

    def reshape(self, *shape):
        return Duck.around(self._inner.reshape(*shape))

    def __repr__(self):
        return f"Duck({self._inner!r})"

    # Numbers, which leave on purpose

    def _read(self, kind):
        Duck.reads += 1
        return kind(self._inner)

    def __bool__(self):
        return self._read(bool)

    def __int__(self):
        return self._read(int)

    def __float__(self):
        return self._read(float)

    def __index__(self):
        return self._read(lambda inner: inner.__index__())

    def item(self):
        return self._read(lambda inner: inner.item())

    def tolist(self):
        return self._read(lambda inner: inner.tolist())


def method(name):
    """A method of arrays, which is NumPy's."""

    def call(self, *arguments, **keywords):
        refuse_unknown(name, keywords)
        given = {key: unwrapped(value) for key, value in keywords.items()}
        return wrapped(getattr(self._inner, name)(*map(unwrapped, arguments), **given))

    return call


for _name in (
    *("all", "any", "argmax", "argmin", "argsort", "astype", "clip", "copy", "cumprod"),
    *("cumsum", "diagonal", "dot", "fill", "flatten", "max", "mean", "min", "nonzero"),
    *("prod", "ravel", "repeat", "round", "sort", "squeeze", "std", "sum", "swapaxes"),
    *("take", "trace", "transpose", "var"),
):
    setattr(Duck, _name, method(_name))


@contextlib.contextmanager
def no_conversions():
    """Nothing becomes an array of NumPy's in here."""
    before = len(Duck.conversions)
    yield
    assert Duck.conversions[before:] == []
