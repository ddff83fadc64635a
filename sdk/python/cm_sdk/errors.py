"""The contract's errors (``cm:types/base``), as Python raises them."""

import functools
import traceback

from componentize_py_types import Err
from wit_world.imports import base


def failure(code, message, retry=False, retry_after_ms=None, details=None):
    """Why something did not work, for a person and for the host's retry rules."""
    return base.Failure(code, message, retry, retry_after_ms, details)


def _kind(case):
    def make(code, message, **more):
        return Err(case(failure(code, message, **more)))

    return make


# Raise them: `raise invalid("no-text", "...")`.
invalid = _kind(base.Error_Invalid)
denied = _kind(base.Error_Denied)
missing = _kind(base.Error_Missing)
unavailable = _kind(base.Error_Unavailable)
exhausted = _kind(base.Error_Exhausted)
other = _kind(base.Error_Other)


def cancelled():
    """Somebody stopped it."""
    return Err(base.Error_Cancelled())


def as_error(thrown):
    """What was raised, as an error of the contract.

    Anything else than one would end the whole component without a word, so it
    becomes ``other`` with its traceback.
    """
    if isinstance(thrown, Err):
        return thrown
    message = f"{type(thrown).__name__}: {thrown}"
    return other("exception", message, details="".join(traceback.format_exception(thrown)))


def guard(call):
    """The same function, which raises nothing but errors of the contract."""

    @functools.wraps(call)
    def guarded(*arguments, **named):
        try:
            return call(*arguments, **named)
        except Exception as thrown:
            raise as_error(thrown) from None

    return guarded
