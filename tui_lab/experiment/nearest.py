"""Suggestions for misspelt names."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` if one of `known` is close, otherwise nothing."""
    near = nearest(given, known)
    return f" (did you mean {near!r}?)" if near else ""


def nearest(given: str, known: Iterable[str]) -> str:
    """The one of `known` that is closest to what was typed; empty if none is close."""
    return next(iter(get_close_matches(given[:100].lower(), list(known), n=1, cutoff=0.6)), "")
