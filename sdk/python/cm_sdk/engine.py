"""Engines: the world ``cm:engine/engine``."""

import json

from wit_world.exports import adapter
from wit_world.imports import base, events

from .errors import as_error


def emit(event):
    """An event of the turn, ready to be returned by ``next``."""
    return adapter.Action_Emit(event)


def notice(text):
    """A line that is not of the engine's protocol."""
    body = json.dumps({"text": text})
    return emit(events.Event_Other(base.Extension("notice", body)))


def spawn(program, arguments=(), environment=(), stdin=None, interactive=False,
          framing=adapter.Framing.LINES, files=(), collect=(), options=()):
    """Starts the turn's program, whose output comes as ``Input_Line``."""
    return adapter.Action_Spawn(
        adapter.Command(program, list(arguments), list(environment), stdin, interactive,
                        framing, list(files), list(collect), list(options))
    )


def option(options, name):
    """One of the named values of a record, or None."""
    return dict(options).get(name)


def json_object(line):
    """The JSON object in a line, or an empty one."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def string(value):
    """The value if it is a string, else an empty one.

    What a program printed may be anything, and a value of the wrong type in an
    action ends the component: it is only found after ``next`` has returned, where
    nothing can catch it.
    """
    return value if isinstance(value, str) else ""


def count(value):
    """The value if it is a whole number that fits into a ``u32``, else 0."""
    return value if type(value) is int and 0 <= value <= 0xFFFFFFFF else 0


def info(id, name, programs=(), models=(), features=(), probes=(), tested=(),
         environment=(), options=()):
    """What ``describe`` gives."""
    return adapter.Info(id, name, list(programs), list(models), list(features), list(probes),
                        list(tested), list(environment), list(options))


def health(installed, version=None, signed_in=None, remedy=None, options=()):
    """What ``diagnose`` gives."""
    return adapter.Health(installed, version, signed_in, remedy, list(options))


class Turn(adapter.Turn):
    """The base of an engine's turns: override ``begin`` and what else is needed.

    Each method returns a list of actions. What it raises becomes an error of the
    contract.
    """

    def __init__(self, request):
        self.request = request
        self._failure = None
        # A constructor of the contract cannot fail, so the failure waits for the
        # first input.
        try:
            self.prepare()
        except Exception as thrown:
            self._failure = as_error(thrown)

    def next(self, input):
        if self._failure is not None:
            raise self._failure
        try:
            return self._dispatch(input)
        except Exception as thrown:
            raise as_error(thrown) from None

    def _dispatch(self, input):
        match input:
            case adapter.Input_Begin():
                return self.begin()
            case adapter.Input_Line(line):
                return self.line(line)
            case adapter.Input_Stdout(chunk):
                return self.stdout(chunk)
            case adapter.Input_Stderr(chunk):
                return self.stderr(chunk)
            case adapter.Input_Exited(code):
                return self.exited(code)
            case adapter.Input_Granted(id):
                return self.answered(id, True)
            case adapter.Input_Denied(id):
                return self.answered(id, False)
            case adapter.Input_Cancelled():
                return self.cancelled()
            case _:
                return []

    def prepare(self):
        """Called once, when the turn is made; ``self.request`` is there."""

    def begin(self):
        """The first input: usually a `spawn`."""
        return []

    def line(self, line):
        """A line of standard output, with framing by lines."""
        return []

    def stdout(self, chunk):
        """A piece of standard output, with framing by bytes."""
        return []

    def stderr(self, chunk):
        """A piece of standard error."""
        return []

    def exited(self, code):
        """The program is gone; None when a signal ended it. Emit ``finish`` here."""
        return []

    def answered(self, id, granted):
        """The permission was given or refused."""
        return []

    def cancelled(self):
        """The host ends the turn."""
        return []
