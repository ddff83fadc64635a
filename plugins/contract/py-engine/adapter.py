"""The turn of the Python engine guest.

componentize-py looks for an exported resource in a module that is named for
its interface, so it cannot be in ``app.py``.
"""

import json

from wit_world.imports import events

from cm_sdk import engine
from cm_sdk.engine import count, emit, json_object, notice, option, spawn, string
from cm_sdk.errors import failure


class Turn(engine.Turn):
    def prepare(self):
        self.ended = None
        self.stopped = False

    def begin(self):
        code = option(self.request.options, "exit") or "0"
        return [spawn("sh", ["-c", 'cat; exit "$0"', code], stdin=self.request.prompt)]

    def line(self, line):
        said = json_object(line)
        match said.get("type"):
            case "session":
                return [emit(events.Event_Session(string(said.get("id"))))]
            case "text":
                return [emit(events.Event_Text(string(said.get("text"))))]
            case "call":
                arguments = json.dumps(said.get("arguments", {}), separators=(",", ":"))
                call = events.ToolCall(string(said.get("id")), string(said.get("name")), arguments, [])
                return [emit(events.Event_Call(call))]
            case "usage":
                cost = said.get("cost")
                usage = events.Usage(
                    count(said.get("input")), 0, count(said.get("output")), 0,
                    float(cost) if isinstance(cost, (int, float)) else None, [],
                )
                return [emit(events.Event_Usage(usage))]
            case "end":
                self.ended = said
                return []
        return [notice(line)] if line else []

    def cancelled(self):
        self.stopped = True
        return []

    def exited(self, code):
        text = string((self.ended or {}).get("text"))
        reason, problem = "end", None
        if self.stopped:
            reason, problem = "cancelled", failure("cancelled", "the turn was stopped")
        elif code != 0:
            how = "a signal" if code is None else f"exit code {code}"
            reason, problem = "exit", failure("exit", f"the program ended with {how}")
        elif self.ended is None:
            reason, problem = "cut", failure("cut", "the program ended before its last line")
        return [emit(events.Event_Finish(events.Finish(problem is None, text, reason, problem, [])))]
