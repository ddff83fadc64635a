"""The contract's step guest in Python; see ../README.md."""

from wit_world.imports import run

from cm_sdk.errors import exhausted, invalid
from cm_sdk.step import command, place, policy, steps


def count(context, key):
    """Adds one to the shared state's value of this name."""
    entry = context.read(key)
    before = entry.value if entry else "0"
    if not (before.isascii() and before.isdigit()):
        raise invalid("not-a-number", f"the value of `{key}` is `{before}`, which is no number")
    after = str(int(before) + 1)
    context.write(key, after)
    return after


def race(context, line):
    """Runs a command and a timer; says which was over first."""
    work = context.command(place("command"), command(line), policy())
    timer = context.sleep(place("timer"), 60_000)
    first = run.next([work, timer])
    if first != 0:
        work.cancel()
        raise exhausted("timeout", "the timer was first")
    timer.cancel()
    reply = work.wait()
    code = "none" if reply.code is None else reply.code
    return f"{first} {code} {reply.text}"


def crash(context, input):
    """Fails in a way that the step did not foresee."""
    raise RuntimeError("the step crashed")


Step = steps(count, race, crash)
