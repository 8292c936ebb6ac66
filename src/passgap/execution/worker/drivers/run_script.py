# ruff: noqa
"""Runs the tests of a script on a program that it gets as a text, one after the other, until one raises."""

import sys

if __name__ == "__main__":
    sys.path[:] = [each for each in sys.path if each]

import hashlib
import hmac
import json
import os
import typing


def channel(key: bytes) -> "typing.Callable[..., None]":
    """Return a function that sends one signed line, and can be told by no name from outside."""
    descriptor = os.dup(3)
    os.set_inheritable(descriptor, False)
    os.close(3)
    sent = [0]
    write, new, sha256, dumps = os.write, hmac.new, hashlib.sha256, json.JSONEncoder().encode

    def say(*fields: object) -> None:
        text = dumps([sent[0], *fields]).encode("ascii")
        sent[0] += 1
        line = new(key, text, sha256).hexdigest().encode("ascii") + b" " + text + b"\n"
        while line:
            line = line[write(descriptor, line) :]

    return say


def read_key() -> "typing.Tuple[bytes, bytes]":
    """Return the key, which nothing can read a second time."""
    given = os.fdopen(os.dup(0), "rb")
    key = given.readline().strip()
    rest = given.read()
    given.close()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return key, rest


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
