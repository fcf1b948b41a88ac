"""Declared: an operation's name, signature, and VJPs with their formulas."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, Self, TypeAlias, TypeVar, overload

from .errors import ArgumentError, DTypeError, GraphError

# A VJP, vjp(g, y, x, ...), of arrays or tensors. One Callable for each number of
# parameters lets type checkers infer those of a lambda.
VJP: TypeAlias = (
    Callable[[Any, Any, Any], Any]
    | Callable[[Any, Any, Any, Any], Any]
    | Callable[[Any, Any, Any, Any, Any], Any]
    | Callable[[Any, Any, Any, Any, Any, Any], Any]
    | Callable[[Any, Any, Any, Any, Any, Any, Any], Any]
    | Callable[..., Any]
)
R = TypeVar("R", bound=Callable[..., Any])
ARGUMENT = inspect.Parameter.POSITIONAL_OR_KEYWORD
PARAMETER = inspect.Parameter.KEYWORD_ONLY
EMPTY = inspect.Parameter.empty


class Declared:
    """A forward function and its VJPs: the part of a `Primitive` that is written down.

    Arguments, the arrays, come first. Parameters follow a `*`, or a `/` if they may
    also be given by position: `f(x, *, stride)`, `f(x, /, axis)`. (Here, `/` only
    separates the two: arguments may be named.) An argument with the default None may
    be left out.
    """

    __qualname__: str

    def __init__(self, forward: Callable[..., Any], name: str | None = None) -> None:
        functools.update_wrapper(self, forward)  # type: ignore[arg-type]
        self.forward = forward
        self.name = name or forward.__name__.lstrip("_")
        self.signature = signature_of(forward)
        declared = self.signature.parameters.values()
        arguments = [p for p in declared if p.kind is ARGUMENT]
        parameters = [p for p in declared if p.kind is PARAMETER]
        self.variadic = any(p.kind is p.VAR_POSITIONAL for p in declared)
        self.argument_names = [argument.name for argument in arguments]
        self.arity = len(arguments)
        # Without a default, it is EMPTY, which is not None.
        self.required = sum(argument.default is not None for argument in arguments)
        # An ordered set, to compare with the keys of a call.
        self.parameter_names = dict.fromkeys(p.name for p in parameters).keys()
        self.defaults = {
            p.name: p.default for p in parameters if p.default is not EMPTY
        }
        self.vjps: list[VJP | None] = [
            functools.partial(undeclared, self.name, name)
            for name in self.argument_names
        ]
        self.formulas = [""] * self.arity
        self.shared_vjp: VJP | None = None

    def __repr__(self) -> str:
        return f"<primitive {self.name}{self.signature}>"

    def __reduce__(self) -> str:
        """An operation is pickled as functions are, by its name in its module."""
        name = self.__qualname__
        found: Any = sys.modules.get(self.__module__)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is not self:
            raise GraphError(
                f"{self.name} cannot be pickled, because it is not found as "
                f"{self.__module__}.{name}: define it at the top of a module, "
                f"or pickle results without their graph, y.detach()"
            )
        return name

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def _repr_latex_(self) -> str:
        """The formulas of the VJPs, as a notebook shows them."""
        return "$" + r",\quad ".join(filter(None, self.formulas)) + "$"

    @overload
    def vjp(self, name: str, formula: str = "", /) -> Callable[[R], R]: ...
    @overload
    def vjp(self, vjp: R, /) -> R: ...
    @overload
    def vjp(
        self, /, *vjps: VJP | str | None, **named: VJP | tuple[VJP, str] | None
    ) -> Any: ...
    def vjp(
        self, /, *vjps: VJP | str | None, **named: VJP | tuple[VJP, str] | None
    ) -> Any:
        r"""Declare the VJPs, all of them in order or each by its argument's name.

        A string after a VJP is its formula, in LaTeX. Give None for an argument that
        has no gradient, an index for instance. What was declared before is replaced.
        Any of these will do:

            f.vjp(vjp_x, r"\bar{y}", vjp_w, r"\bar{y}\, x")
            f.vjp(x=(vjp_x, r"\bar{y}"), w=vjp_w)
            @f.vjp("x", r"\bar{y}")          above the VJP for x
            @f.vjp                           above the VJP of the only argument

        VJPs of arguments that may be left out may be omitted.

        Raises ArgumentError for a name that is not an argument, and unless there are as
        many VJPs as arguments; DTypeError for a VJP that is not a function, or cannot
        be called as vjp(g, y, *arguments, **parameters).
        """
        if vjps and isinstance(vjps[0], str):
            name, formula = vjps[0], vjps[1:]
            self._position(name)
            return lambda vjp: self._set_vjps({name: (vjp, *formula)})
        in_order: dict[str, Any] = self._in_order(vjps)
        return self._set_vjps(in_order | named)

    def _in_order(self, vjps: tuple[VJP | str | None, ...]) -> dict[str, Any]:
        """VJPs and the formulas after them, each under its argument's name."""
        found: list[Any] = []
        for vjp in vjps:
            if isinstance(vjp, str):
                found[-1] = (found[-1][0], vjp)
            else:
                found.append((vjp,))
        if found and not self.required <= len(found) <= self.arity:
            raise ArgumentError(
                f"{self.name}.vjp: got {len(found)} VJPs, but there are {self.arity} "
                f"arguments ({', '.join(self.argument_names)}): give one for each, "
                f"None where there is no gradient, or name the argument, "
                f'@{self.name}.vjp("{self.argument_names[-1] if self.arity else "x"}")'
            )
        return dict(zip(self.argument_names, found, strict=False))

    def _set_vjps(self, named: dict[str, Any]) -> Any:
        """Set VJPs, all or none of them, and return the last."""
        vjps, formulas, vjp = [*self.vjps], [*self.formulas], None
        for name, declared in named.items():
            position = self._position(name)
            pair: Any = declared if type(declared) is tuple else (declared,)
            vjp, formula = pair if len(pair) == 2 else (*pair, "")
            # Backward passes all arguments, or leaves out optional ones at the end.
            self._check(vjp, name, {self.arity, max(self.required, position + 1)})
            vjps[position], formulas[position] = vjp, formula
        self.vjps, self.formulas = vjps, formulas
        return vjp

    def _position(self, name: Any) -> int:
        """The position of an argument of that name."""
        if name in self.argument_names:
            return self.argument_names.index(name)
        arguments = ", ".join(self.argument_names) or "none with a name: vjp_for_each"
        raise ArgumentError(
            f"{self.name}.vjp: there is no argument {name!r}; there are: {arguments}"
        )

    def _check(self, vjp: Any, name: str, counts: set[int], **more: Any) -> None:
        """Raise DTypeError for what cannot be called as a VJP is."""
        parameters = dict.fromkeys(self.parameter_names) | more
        if vjp is None or all(surely_fits(vjp, n, parameters) for n in counts):
            return
        try:
            if not callable(vjp):
                raise TypeError(f"{vjp!r} is not a function")
            signature = inspect.signature(vjp)
            for count in counts:
                signature.bind("g", "y", *self.argument_names[:count], **parameters)
        except ValueError:  # a function that is written in C tells no signature
            return
        except TypeError as error:
            wanted = ", ".join(["g", "y", *self.argument_names, *parameters])
            raise DTypeError(
                f"{self.name}.vjp: the VJP of {name!r} must be a function of "
                f"({wanted}), which are the gradient, the result, the arguments and "
                f"the parameters: {error}"
            ) from None

    @overload
    def vjp_for_each(self, formula: str, /) -> Callable[[R], R]: ...
    @overload
    def vjp_for_each(self, vjp: R, /, formula: str = "") -> R: ...
    def vjp_for_each(self, vjp: Any, /, formula: str = "") -> Any:
        """Declare the one VJP of an operation on any number of arguments.

        It gets the keyword `position`, the argument whose gradient is asked for. With
        a formula alone, it is a decorator: @f.vjp_for_each(formula).
        """
        if isinstance(vjp, str):
            return functools.partial(self.vjp_for_each, formula=vjp)
        self._check(vjp, "each argument", {self.arity}, position=0)
        self.shared_vjp, self.formulas = vjp, [formula]
        return vjp

    def vjp_at(self, position: int) -> VJP | None:
        """The VJP of the argument at `position`; None if it has no gradient."""
        if position < self.arity:
            return self.vjps[position]
        vjp: Callable[..., Any] = self.shared_vjp or missing(self)
        return functools.partial(vjp, position=position)


def signature_of(forward: Callable[..., Any]) -> inspect.Signature:
    """The signature of a forward function, as `separated` gives it.

    A recording makes many partials of a few functions, each of which is looked at once.
    """
    if isinstance(forward, functools.partial) and not forward.keywords:
        function = forward.func
        if type(function) is FunctionType and not function.__closure__:
            return signature_of_partial(function, len(forward.args))
    return separated(inspect.signature(forward))


@functools.lru_cache(maxsize=64)
def signature_of_partial(function: FunctionType, count: int) -> inspect.Signature:
    """The signature of a function whose first arguments are given."""
    return separated(inspect.signature(functools.partial(function, *[None] * count)))


def separated(signature: inspect.Signature) -> inspect.Signature:
    """A signature as `f(arrays, *, parameters)`, without annotations.

    >>> separated(inspect.signature(lambda x, /, axis=None, *, keepdims=False: x))
    <Signature (x, *, axis=None, keepdims=False)>
    """
    given = signature.parameters.values()
    slash = any(p.kind is p.POSITIONAL_ONLY for p in given)

    def kind(p: inspect.Parameter) -> Any:
        if p.kind is p.POSITIONAL_ONLY:
            return ARGUMENT
        return PARAMETER if slash and p.kind is ARGUMENT else p.kind

    plain = [p.replace(annotation=EMPTY, kind=kind(p)) for p in given]
    return inspect.Signature(plain)


def surely_fits(vjp: Any, count: int, parameters: Mapping[str, Any]) -> bool:
    """Whether a plain function can be called this way, by a quick look at its code.

    False means unknown: `inspect.signature`, which is slow, decides.
    """
    if type(vjp) is not FunctionType:
        return False
    code, given = vjp.__code__, 2 + count
    if code.co_kwonlyargcount or code.co_posonlyargcount:
        return False
    if code.co_argcount < given and not code.co_flags & inspect.CO_VARARGS:
        return False
    positional = code.co_varnames[: code.co_argcount]
    if not parameters.keys().isdisjoint(positional[:given]):
        return False
    names = {*positional[given:]}
    if code.co_flags & inspect.CO_VARKEYWORDS:
        return names <= parameters.keys()
    return names == parameters.keys()


def missing(declared: Declared) -> VJP:
    """A placeholder for the missing VJP of an operation on any number of arguments."""
    return functools.partial(undeclared, declared.name, "*arguments")


def undeclared(name: str, argument: str, *_: Any, **__: Any) -> Any:
    """A placeholder for a VJP that is not declared yet: raises GraphError."""
    remedy = "vjp_for_each(...)" if argument[0] == "*" else f"vjp({argument}=...)"
    raise GraphError(
        f"{name} has no VJP for its argument {argument!r}: "
        f"give it one with {name}.{remedy}"
    )
