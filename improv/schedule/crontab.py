"""The user's crontab, and in it the lines of one store; every other line of it stays byte for byte."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from improv.errors import ImprovError, Refused
from improv.memory import Way
from improv.schedule import Job

_SECONDS: Final = 60
_WHY: Final = "# each looks once an hour whether it is due: a machine that slept catches up, and no clock change matters"
_SYSTEMD: Final = "improv schedule install --systemd"
# What `crontab -l` says where there is none yet; anything else is a failure, and what is there must not be lost.
_NONE_YET: Final = ("no crontab", "no such file")


class Crontab:
    """The lines of one store in the user's crontab. `environment` is where the program is looked for."""

    name: ClassVar[Way] = "cron"
    place: ClassVar[str] = "crontab"

    def __init__(self, store: Path, environment: Mapping[str, str]) -> None:
        self._store = store
        self._environment = environment

    def wanted(self, jobs: Sequence[Job]) -> dict[str, str]:
        """Return the lines that run these commands, between comments of ours, by the place they belong to."""
        first, last = self._markers()
        return {self.place: "\n".join((first, _WHY, *map(_line, jobs), last)) + "\n"}

    def found(self) -> dict[str, str]:
        """Return the lines of this store as they stand, by their place; empty where there are none."""
        kept = "".join(text for text, ours in self._parts(self.read()) if ours)
        return {self.place: kept} if kept else {}

    def install(self, jobs: Sequence[Job]) -> None:
        """Put the lines of this store in the place of those that are there, else at the end; nothing is left to do."""
        lines = self.wanted(jobs)[self.place]
        parts = self._parts(self.read())
        at = next((number for number, (_, ours) in enumerate(parts) if ours), len(parts))
        others = [[text for text, ours in half if not ours] for half in (parts[:at], parts[at:])]
        before = "".join(others[0])
        if before and not before.endswith("\n"):
            before += "\n"
        self._replace(before + lines + "".join(others[1]))

    def remove(self) -> bool:
        """Take the lines of this store out; tell whether there were any."""
        if self._program() is None:
            return False
        parts = self._parts(self.read())
        if not any(ours for _, ours in parts):
            return False
        self._replace("".join(text for text, ours in parts if not ours))
        return True

    def gives(self, variable: str) -> bool:
        """Tell whether a line of the user's own gives a variable to what is run."""
        return re.search(rf"^\s*(['\"]?){re.escape(variable)}\1\s*=", self.read(), re.MULTILINE) is not None

    def read(self) -> str:
        """Return the whole crontab, empty where there is none; bytes that are no text come through unchanged."""
        done = self._run("-l")
        said = os.fsdecode(done.stderr)
        if done.returncode and not any(words in said.casefold() for words in _NONE_YET):
            raise _failed("the crontab cannot be read", said)
        return "" if done.returncode else os.fsdecode(done.stdout)

    def _replace(self, text: str) -> None:
        done = self._run("-", text) if text else self._run("-r")
        if done.returncode:
            raise _failed("the crontab was not changed", os.fsdecode(done.stderr))

    def _markers(self) -> tuple[str, str]:
        return f"# improv schedule: {self._store}", f"# end of improv schedule: {self._store}"

    def _parts(self, text: str) -> list[tuple[str, bool]]:
        """Return the crontab in its lines, those of this store as one; each says whether it is ours."""
        first, last = self._markers()
        parts: list[tuple[str, bool]] = []
        block = ""
        for line in re.findall(r"[^\n]*\n|[^\n]+", text):
            bare = line.rstrip("\n")
            if block or bare == first:
                block += line
            else:
                parts.append((line, False))
            if block and bare == last:
                parts.append((block, True))
                block = ""
        if block:
            raise Refused("the crontab has a beginning of ours and not its end", first, "crontab -e")
        return parts

    def _program(self) -> str | None:
        return shutil.which("crontab", path=self._environment.get("PATH", os.defpath))

    def _run(self, argument: str, text: str | None = None) -> subprocess.CompletedProcess[bytes]:
        program = self._program()
        if program is None:
            raise ImprovError(
                "there is no crontab on this machine", "crontab", f"install cron, or {_SYSTEMD}"
            )
        try:
            return subprocess.run(  # noqa: S603 - a fixed word, no shell; what is written goes to its stdin
                [program, argument],
                input=b"" if text is None else os.fsencode(text),
                capture_output=True,
                env={**self._environment, "LC_ALL": "C"},
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = getattr(error, "strerror", None) or "it did not end"
            raise _failed("crontab cannot be run", reason) from error


def _failed(what: str, said: str) -> ImprovError:
    return ImprovError(what, " ".join(said.split()) or "no words", f"crontab -l, or {_SYSTEMD}")


def _line(job: Job) -> str:
    """Return the line of a command."""
    for word in job.words:
        if "\\" in word or not word.isprintable():
            raise Refused("a crontab cannot hold this name as it is", repr(word), f"rename it, or {_SYSTEMD}")
    # To cron a bare % ends the line.
    return f"{job.minute} * * * * {shlex.join(job.words)}".replace("%", "\\%")
