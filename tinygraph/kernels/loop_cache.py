"""What Numba compiled, kept for the next process; what is damaged is compiled again.

Numba reads back whatever bytes it finds, as pickles and as machine code, and ends with
what these raise. So each file has a SHA-256 of its content at its end.
"""

from __future__ import annotations

import functools
import hashlib
import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, TypeVar

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile

from ..errors import TinygraphWarning

Loop = TypeVar("Loop", bound=Callable[..., Any])
# Sums may be added up in any order, so that one instruction adds eight numbers.
SUMS = frozenset({"reassoc", "nsz", "contract"})
# Products may be added with one rounding for both.
FUSED = frozenset({"contract"})
CALLED = (
    "compiled_functions.py", "error_function.py", "row_loops.py", "tap_loops.py",
)  # fmt: skip
DIGEST = hashlib.sha256().digest_size


def compiled(
    freedom: frozenset[str] = frozenset(),
    inline: Literal["never", "always", "late"] = "never",
) -> Callable[[Loop], Loop]:
    """Compile a loop when it is called first, and keep it for the next process.

    A division by 0 gives an infinity or NaN, as in NumPy. Code that is put in place of
    a call has the freedom of the caller, or, put there late, its own: a call with
    arrays takes as long as 50 numbers.
    """
    late = inline == "late"
    options: dict[str, Any] = {"forceinline": True} if late else {"inline": inline}

    def compile_later(loop: Loop) -> Loop:
        later: Any = numba.njit(
            loop, nogil=True, fastmath=set(freedom), error_model="numpy", **options
        )
        with suppress(RuntimeError):  # there is no folder to keep it in
            later._cache = CheckedCache(loop)  # as `cache=True` does with Numba's own
        return later

    return compile_later


class CheckedFile(IndexDataCacheFile):  # type: ignore[misc]  # numba has no types
    """The files of one function: an index, and machine code for each type of data."""

    def _load_index(self) -> dict[Any, str]:
        if self._is_sound(self._index_path, b""):
            index: dict[Any, str] = super()._load_index()
            return index
        return {}

    def _load_data(self, name: str) -> Any:
        """None, so that the function is compiled again, where it is damaged."""
        if self._is_sound(self._data_path(name), self._source()):
            return super()._load_data(name)
        return None

    def _is_sound(self, path: str, source: bytes) -> bool:
        """Whether a file ends in its digest; nothing is said about a missing one."""
        try:
            content = Path(path).read_bytes()
        except FileNotFoundError:
            return False
        except OSError as error:
            tell(f"{path} cannot be read ({error.strerror}): loops are compiled again")
            return False
        if digest(content[:-DIGEST], source) == content[-DIGEST:]:
            return True
        folder = Path(path).parent
        tell(f"what Numba kept in {folder} is damaged: loops are compiled again")
        return False

    def _source(self) -> bytes:
        """Machine code belongs to a source; an index says itself to which."""
        return repr(self._source_stamp).encode()

    @contextmanager
    def _open_for_write(  # pyright: ignore  # what Numba writes to is all it asks for
        self, filepath: str
    ) -> Iterator[io.BytesIO]:
        source = b"" if filepath == self._index_path else self._source()
        with super()._open_for_write(filepath) as file:
            content = io.BytesIO()
            yield content
            file.write(content.getvalue() + digest(content.getvalue(), source))


class CheckedCache(FunctionCache):  # type: ignore[misc]
    """Numba's cache of one function, on such files."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp(), digest_of_sources()
        name = f"{self._impl.filename_base}-checked"
        self._cache_file = CheckedFile(self.cache_path, name, stamp)

    def save_overload(  # pyright: ignore  # Numba gives both by position
        self, signature: Any, result: Any
    ) -> None:
        """Keep what was compiled, where the disk takes it."""
        try:
            super().save_overload(signature, result)
        except OSError as error:
            reason = error.strerror or error
            tell(f"compiled loops cannot be kept in {self.cache_path}: {reason}")


@functools.lru_cache(maxsize=1)
def digest_of_sources() -> bytes:
    """SHA-256 of the functions that loops call, which are compiled into them."""
    sources = map(Path(__file__).with_name, CALLED)
    return digest(b"".join(map(Path.read_bytes, sources)), b"")


def digest(content: bytes, source: bytes) -> bytes:
    """SHA-256 of a file's content and of what it was made from."""
    return hashlib.sha256(source + content).digest()


def tell(text: str) -> None:
    """Warn, in one sentence."""
    warnings.warn(text, TinygraphWarning, stacklevel=1)
