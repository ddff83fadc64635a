"""The contract's errors (``cm:types/base``), as Python raises them."""

import functools

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
    return other("exception", message, details=_trace(thrown.__traceback__))


def _trace(frame):
    """Where an exception came from. The standard module would open the source
    files to show their lines, and there are no files."""
    lines = []
    while frame is not None:
        code = frame.tb_frame.f_code
        lines.append(f"{code.co_filename}:{frame.tb_lineno} in {code.co_name}")
        frame = frame.tb_next
    return "\n".join(lines) or None


def guard(call):
    """The same function, which raises nothing but errors of the contract."""

    @functools.wraps(call)
    def guarded(*arguments, **named):
        try:
            return call(*arguments, **named)
        except Exception as thrown:
            raise as_error(thrown) from None

    return guarded
