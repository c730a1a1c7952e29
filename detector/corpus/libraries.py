"""The libraries of the extra `corpus`, which may be missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from detector.errors import UnspunError


@contextmanager
def needed(library: str, purpose: str) -> Iterator[None]:
    """Around an import. Raises UnspunError where the library is missing, and another where something in it fails."""
    try:
        yield
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == library:
            raise UnspunError(f"{purpose} needs {library}: pip install 'unspun[corpus]'") from None
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UnspunError(f"{library} cannot be loaded: {reason}: pip install --upgrade 'unspun[corpus]'") from error
