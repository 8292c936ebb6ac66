# ruff: noqa
"""Runs the tests of a script on a program that it gets as a text, one after the other, until one raises."""

import json
import os
import sys
import typing

if typing.TYPE_CHECKING:
    from passgap.execution.worker.drivers.signed_channel import channel, read_key


def main() -> None:
    key, rest = read_key()
    say = channel(key)
    del key
    given = json.loads(rest.decode("utf-8"))
    sys.path.insert(0, os.getcwd())
    namespace = {"__name__": "passgap_tests", "solution": given["program"]}  # type: typing.Dict[str, object]
    told, number = 0, 0
    try:
        exec(compile(given["code"], "tests.py", "exec"), namespace)
    except BaseException as error:  # the program was not looked at yet: the tests or the environment are at fault
        say("", "unusable", (type(error).__name__ + ": " + str(error))[:300])
        return
    say("", "ready")
    try:
        for number, call in enumerate(given["calls"]):
            exec(compile(call, "call.py", "exec"), namespace)
            say(str(number), "passed")
            told += 1
    except BaseException as error:
        say(str(number), "failed", (type(error).__name__ + ": " + str(error))[:300])
        told += 1
    say("", "end", told, 0)


if __name__ == "__main__":
    main()
