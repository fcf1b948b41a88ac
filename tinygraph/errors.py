"""The errors that a user meets.

Every error is a `TinygraphError` and also the built-in type that one would expect, so
both `except tg.TinygraphError` and `except ValueError` catch it.

>>> issubclass(ShapeError, TinygraphError) and issubclass(ShapeError, ValueError)
True
"""

import numpy as np


class TinygraphError(Exception):
    """The base of every error that tinygraph raises on purpose."""


class ArgumentError(TinygraphError, ValueError):
    """An argument with a value that it cannot have."""


class ShapeError(TinygraphError, ValueError):
    """Shapes that do not match, or an argument that does not fit a shape."""


class ShapeIndexError(ShapeError, IndexError):
    """An index or an axis that an array does not have."""


class ReadOnlyError(TinygraphError, ValueError):
    """An array that must not be written into, because a recorded graph relies on it."""


class DTypeError(TinygraphError, TypeError):
    """A value of a type that an operation or a gradient cannot work with."""


class MatrixError(TinygraphError, np.linalg.LinAlgError):
    """A matrix that is singular, not square or not positive definite."""


class GraphError(TinygraphError, RuntimeError):
    """A question that the recorded graph cannot answer."""


class NotDifferentiableError(TinygraphError, NotImplementedError, TypeError):
    """A function that would lose the gradient, called on a tensor."""


class UnknownOperatorError(TinygraphError, NotImplementedError):
    """An operator of another library that has no counterpart here."""


class MissingNameError(TinygraphError, AttributeError):
    """A name that tinygraph does not have, and what to use instead."""


class DrawingError(TinygraphError, RuntimeError):
    """A picture that cannot be made on this machine, and what to install."""


class FileError(TinygraphError, OSError):
    """A file that cannot be read or written."""


class TinygraphWarning(UserWarning):
    """Something that a user should know, although the work goes on."""
