"""Steps: the world ``cm:flow/steps``."""

from wit_world import exports
from wit_world.exports import step
from wit_world.imports import run

from .errors import guard, missing


def place(id, parent=None, label=None):
    """Where a task stands in the workflow."""
    return run.Placement(id, parent, label)


def policy(
    timeout_ms=None,
    attempts=1,
    options=(),
    idle_ms=None,
    backoff_ms=None,
    retry=(),
    at_limit=None,
    class_=None,
):
    """A task's limits: one attempt, and the host's own time limit."""
    return run.Policy(
        timeout_ms, idle_ms, attempts, backoff_ms, list(retry), at_limit, class_, list(options)
    )


def grants(tools=(), directives=(), helpers=(), servers=()):
    """What an agent or a command may ask of the host: nothing that is not named."""
    return run.Grants(list(tools), list(directives), list(helpers), list(servers))


def command(line, environment=(), granted=None, options=(), workspace=None):
    """A command for the shell."""
    return run.Command(line, list(environment), workspace, granted or grants(), list(options))


def steps(*functions):
    """The class that a step component must hold under the name ``Step``.

    Each function takes the context and the input and returns the result; its
    name (with ``-`` for ``_``) is the step's, its docstring the description.
    """
    named = {function.__name__.replace("_", "-"): function for function in functions}

    class Step(exports.Step):
        def describe(self):
            return [
                step.StepInfo(name, (function.__doc__ or "").strip())
                for name, function in named.items()
            ]

        @guard
        def run(self, context, name, input):
            if name not in named:
                raise missing("unknown-step", f"there is no step `{name}`")
            return named[name](context, input)

    return Step
