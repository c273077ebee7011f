"""A mailbox for tests: a local `sendmail` that keeps what it is given, or refuses, and commands that send by it."""

import email
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from unittest.mock import patch

from improv.commands.desk import Desk
from tests.run import Result, run

TAKES = 'number=$(ls "{folder}" | wc -l); cat > "{folder}/$((number + 1000)).eml"'


@dataclass
class Mailbox:
    """A store, settings that send to a folder, and a clock that only tests set: instants in UTC."""

    folder: Path
    mail: str = ""
    time: datetime = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)

    def __post_init__(self) -> None:
        self.letters_folder.mkdir()
        self.takes(TAKES)
        self.set(self.mail)

    @property
    def db(self) -> Path:
        """The store."""
        return self.folder / "improv.db"

    @property
    def letters_folder(self) -> Path:
        """Where mails arrive."""
        return self.folder / "letters"

    @property
    def config(self) -> Path:
        """The settings."""
        return self.folder / "config.toml"

    @property
    def sendmail(self) -> Path:
        """The local program."""
        return self.folder / "sendmail"

    def set(self, mail: str) -> None:
        """Write the settings."""
        self.config.write_text(f'[mail]\nto = "sam@example.com"\nsendmail = "{self.sendmail}"\n{mail}\n')

    def takes(self, script: str = TAKES) -> None:
        """Let the local program do something else."""
        self.sendmail.write_text(f"#!/bin/sh\n{script.format(folder=self.letters_folder)}\n")
        self.sendmail.chmod(0o700)

    def type(self, command: str, **extra: str) -> Result:
        """Type a command at the time it is."""
        with patch.object(Desk, "now", lambda _desk: self.time):
            return run(
                *shlex.split(command), db=self.db, today="", config=self.config, extra={"TZ": "UTC", **extra}
            )

    def must(self, *commands: str) -> None:
        """Type commands that have to succeed."""
        for command in commands:
            result = self.type(command)
            assert result.code == 0, (command, result.err)

    def silent(self, command: str, code: int = 0) -> None:
        """Type a command as cron does, when all is well: it says nothing."""
        result = self.type(command)
        assert (result.code, result.out, result.err) == (code, "", ""), command

    def letters(self) -> list[EmailMessage]:
        """Return the mails that arrived, the first one first."""
        found = [
            email.message_from_bytes(path.read_bytes(), policy=default)
            for path in sorted(self.letters_folder.iterdir())
        ]
        assert all(isinstance(one, EmailMessage) for one in found)
        return found

    def subjects(self) -> list[str]:
        """Return the subjects of the mails that arrived."""
        return [str(one["Subject"]) for one in self.letters()]

    def text(self) -> list[str]:
        """Return the lines of the text of the mail that arrived last."""
        body = self.letters()[-1].get_body(("plain",))
        assert body is not None
        return list(body.get_content().splitlines())
