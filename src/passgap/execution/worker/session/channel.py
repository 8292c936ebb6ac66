"""Messages to and from one program's process."""

from __future__ import annotations

from typing import Any

from ..exchange.frames import FrameError, from_json
from ..processes.sample_process import Process
from ..stops import BadAnswer, ProgramGone


class Channel:
    """The socket of one process, on which both sides send frames of JSON."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def send(self, data: bytes) -> None:
        """Send frames.

        Raises:
            ProgramGone: the process hung up.
        """
        try:
            self._process.channel.sendall(data)
        except OSError as error:
            raise ProgramGone from error

    def receive(self) -> list[Any]:
        """Wait for the next message.

        Raises:
            ProgramGone: the process hung up.
            BadAnswer: it sent something that is not a message.
        """
        try:
            body = self._process.frames.read()
            if body is None:
                raise ProgramGone
            message = from_json(body)
        except (FrameError, ValueError, RecursionError) as error:
            raise BadAnswer(str(error)) from None
        if type(message) is not list or not message:
            raise BadAnswer("a message that is not a list")
        return message
