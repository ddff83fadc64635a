"""The contract's engine guest in Python; see ../README.md."""

from wit_world import exports
from wit_world.exports import adapter

from cm_sdk.engine import health, info


class Adapter(exports.Adapter):
    def describe(self):
        return info(
            "echo-py",
            "Echo (Python)",
            programs=[adapter.Program("sh", "part of every system")],
            models=["echo"],
            features=["usage"],
        )

    def diagnose(self, findings):
        return health(installed=True)
