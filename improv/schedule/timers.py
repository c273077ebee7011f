"""The user's systemd timers and services, and among them those of one store."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import ClassVar, Final

from improv.errors import Refused
from improv.memory import Way
from improv.schedule import Job

_SECONDS: Final = 60
_MARK_BYTES: Final = 4  # enough to tell the stores of one user apart

_SERVICE: Final = """\
[Unit]
Description={description}

[Service]
Type=oneshot
ExecStart={start}
"""
_TIMER: Final = """\
[Unit]
Description={description}

[Timer]
# It looks once an hour whether it is due: a mail that could not be sent is tried again.
OnCalendar=*-*-* *:{minute:02}:00 {zone}
Persistent=true

[Install]
WantedBy=timers.target
"""


class Timers:
    """The units of one store in the user's folder of units. `environment` is where `systemctl` is looked for."""

    name: ClassVar[Way] = "systemd"
    place: ClassVar[str] = "folder of systemd units"

    def __init__(self, store: Path, environment: Mapping[str, str], folder: Path) -> None:
        self._store = store
        self._environment = environment
        self._folder = folder
        self._wanted = folder / "timers.target.wants"
        self._mark = blake2b(bytes(store), digest_size=_MARK_BYTES).hexdigest()

    def wanted(self, jobs: Sequence[Job]) -> dict[str, str]:
        """Return the units that run these commands, by their files."""
        return {str(path): text for path, text in self._units(jobs).items()}

    def found(self) -> dict[str, str]:
        """Return the units of this store as they stand, by their files; empty where there are none."""
        return {str(path): path.read_text("utf-8", "replace") for path in self._files()}

    def install(self, jobs: Sequence[Job]) -> str | None:
        """Write the units of this store and start the timers; return the command that is left to do, if one is."""
        units = self._units(jobs)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._drop([path for path in self._files() if path not in units])
        for path, text in units.items():
            path.write_text(text, "utf-8")
        if self._systemctl("daemon-reload"):
            self._systemctl("enable", "--now", *self._timers())
        return self.left()

    def remove(self) -> bool:
        """Stop the timers of this store and take its units away; tell whether there were any."""
        files = self._files()
        self._drop(files)
        return bool(files)

    def left(self) -> str | None:
        """Return the command that lets the timers start with the user's systemd, where they do not yet."""
        timers = self._timers()
        if all((self._wanted / timer).is_symlink() for timer in timers):
            return None
        return f"systemctl --user daemon-reload && systemctl --user enable --now {' '.join(timers)}"

    def _units(self, jobs: Sequence[Job]) -> dict[Path, str]:
        units = {}
        for job in jobs:
            name = self._folder / f"improv-{job.command.replace(' ', '-')}-{self._mark}"
            description = _plain(f"improv {job.command} of {self._store}, due {job.due.in_words()}")
            units[name.with_suffix(".service")] = _SERVICE.format(
                description=description, start=" ".join(map(_word, job.words))
            )
            units[name.with_suffix(".timer")] = _TIMER.format(
                description=description, minute=job.due.at.minute, zone=job.zone
            )
        return units

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"improv-*-{self._mark}.*"))

    def _timers(self) -> list[str]:
        return [path.name for path in self._files() if path.suffix == ".timer"]

    def _drop(self, files: Sequence[Path]) -> None:
        if timers := [path.name for path in files if path.suffix == ".timer"]:
            self._systemctl("disable", "--now", *timers)
        for path in files:
            path.unlink()
            (self._wanted / path.name).unlink(missing_ok=True)
        if files:
            self._systemctl("daemon-reload")

    def _systemctl(self, *words: str) -> bool:
        """Ask the user's systemd for something; False where none runs."""
        program = shutil.which("systemctl", path=self._environment.get("PATH", ""))
        if program is None:
            return False
        try:
            done = subprocess.run(  # noqa: S603 - fixed words and names of ours; no shell
                [program, "--user", *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=dict(self._environment),
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return not done.returncode


def _plain(text: str) -> str:
    """Return a text as a unit holds it; what it cannot hold is refused."""
    if not text.isprintable():
        raise Refused("a unit of systemd cannot hold this name as it is", repr(text), "rename it")
    return text.replace("%", "%%")


def _word(text: str) -> str:
    """Return one word of a command line in a unit; words that need no quotes have none."""
    if text and all(char.isascii() and (char.isalnum() or char in "/=._:,+-") for char in text):
        return text
    quoted = _plain(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{quoted}"'
