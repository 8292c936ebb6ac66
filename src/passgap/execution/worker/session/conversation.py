"""Asks one program one question at a time; it may use objects of the tests before it answers."""

from __future__ import annotations

from typing import Any

from ..exchange.frames import pack
from ..exchange.shared_folder import SharedFolder
from ..exchange.value_types import Malformed
from ..stops import BadAnswer
from .answers import Answer, checked
from .channel import Channel
from .names import Names
from .noticed import Noticed
from .shared_process import ProgramOutput
from .translator import Translator


class Conversation:
    """Asks one program, and keeps equal on both sides what both sides hold.

    Args:
        channel: to the program's process.
        translator: of values.
        names: of the program.
    """

    def __init__(self, channel: Channel, translator: Translator, names: Names) -> None:
        self._channel = channel
        self._translator = translator
        self._names = names
        self.output: ProgramOutput | None = None
        """Takes what the program prints, if the tests look at it."""
        self.noticed: Noticed | None = None
        """Takes what the program does to its process, if the tests look at it."""
        self.files: SharedFolder | None = None
        """The folder of the tests that the program works in, if it does."""

    def begin(self) -> None:
        """Begin, now that the program is loaded."""

    def close(self) -> None:
        """End."""

    def ask(self, operation: str, operands: list[Any], keywords: dict[str, Any], by_name: bool = False) -> Answer:
        """Ask a question and return the answer; before it, do what the program asks of the tests' objects.

        ``by_name`` says whether tests ask for the value by a capitalised name.
        """
        self._send(self._question(operation, operands, keywords))
        return self.answer()

    def _question(self, operation: str, operands: list[Any], keywords: dict[str, Any]) -> list[Any]:
        self._translator.heap.prune()
        nodes = [self._translator.encode(operand) for operand in operands]
        return [operation, nodes, {key: self._translator.encode(value) for key, value in keywords.items()}]

    def answer(self) -> Answer:
        """Wait for an answer, doing what the program asks of the tests' objects before it.

        Raises:
            BadAnswer: something came that is not an answer.
        """
        while True:
            message = self._received()
            if not message or message[0] != "ask":
                return checked(message)
            table = self._translator.table
            performed = table.perform(table.read(message))
            self._send(table.reply(performed))  # while its value is held: no message may release what it brings

    def _received(self) -> list[Any]:
        """Wait for a message, make the changes that come with it, and return the rest."""
        message = self._channel.receive()
        try:
            self._apply(message.pop())
        except (Malformed, TypeError, ValueError, AttributeError, LookupError) as error:
            raise BadAnswer(f"malformed changes: {error}") from None
        except (MemoryError, RecursionError):
            raise BadAnswer("a value too large to be read") from None
        return message

    def _send(self, message: list[Any]) -> None:
        """Send a message, with changes to containers and the numbers of objects that are no longer used."""
        released = self._translator.released()
        files = None if self.files is None else self.files.changes()
        self._channel.send(pack([*message, [*self._translator.heap.changes(), files, released]]))

    def _apply(self, changes: Any) -> None:
        entries, unused, names, printed, notices, files = changes
        self._translator.heap.apply([entries, unused])
        self._names.update(names)
        if self.output is not None:
            self.output.write(printed)
        if self.noticed is not None:
            self.noticed.take(notices)
        if self.files is not None and files is not None:
            self.files.apply(files)
