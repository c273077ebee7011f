"""A machine of a test's own: a crontab, a systemd and a sendmail that only keep what they are given.

They are programs on the PATH, as the real ones are, so that what is run is what would be run there.
"""

import email
import os
import shlex
from datetime import datetime
from email import policy
from pathlib import Path
from unittest.mock import patch

from improv.commands.desk import Desk
from tests.run import Result, run
from tests.session import must

CRONTAB = """#!/bin/sh
kept={folder}/crontab.kept
case "$1" in
-l) [ -f "$kept" ] && exec cat "$kept"; echo 'no crontab for sam' >&2; exit 1 ;;
-) exec cat > "$kept" ;;
-r) exec rm "$kept" ;;
esac
"""
# As the user's own systemd does it, a timer that is enabled is linked to from the folder of what is wanted.
SYSTEMCTL = """#!/bin/sh
echo "$@" >> {folder}/systemctl.asked
[ -f {folder}/systemd.runs ] || {{ echo 'Failed to connect to bus: No medium found' >&2; exit 1; }}
wanted={folder}/systemd/user/timers.target.wants
mkdir -p "$wanted"
case "$2" in
enable) shift 3; for timer; do ln -sf "../$timer" "$wanted/$timer"; done ;;
esac
"""
SENDMAIL = """#!/bin/sh
[ -f {folder}/sendmail.refuses ] && {{ echo 'no thanks' >&2; exit 75; }}
mkdir -p {folder}/mails
exec cat > {folder}/mails/$(ls {folder}/mails | wc -l)
"""


class Machine:
    """The programs, the mail settings, and a store in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.db = folder / "improv.db"
        self.config = folder / "config.toml"
        self.programs.mkdir()
        for name, text in (("crontab", CRONTAB), ("systemctl", SYSTEMCTL), ("sendmail", SENDMAIL)):
            self.program(name, text.format(folder=shlex.quote(str(folder))))
        self.configure(f'sendmail = "{self.programs / "sendmail"}"')

    def program(self, name: str, text: str) -> Path:
        """Put a program on the PATH."""
        path = self.programs / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)
        return path

    def configure(self, *lines: str) -> None:
        """Write the mail settings: to whom, and how."""
        self.config.write_text("\n".join(("[mail]", 'to = "sam@example.com"', *lines, "")), "utf-8")

    def started(self) -> "Machine":
        """Make a store with one client that nobody visited since January: two flags are up."""
        must("init --timezone Europe/Berlin", self.db)
        must("client add Acme --on 2026-01-05", self.db)
        return self

    def type(self, *words: object, at: str = "2026-11-23T06:00:00Z", tty: bool = False) -> Result:
        """Type a command at a moment of the clock."""
        moment = datetime.fromisoformat(at)
        with patch.object(Desk, "now", lambda _: moment):
            return run(*words, db=self.db, config=self.config, tty=tty, extra=self.world)

    @property
    def world(self) -> dict[str, str]:
        """The environment: these programs before the machine's own, and no day but that of the clock."""
        return {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "XDG_CONFIG_HOME": str(self.folder),
            "IMPROV_TODAY": "",
            "NO_COLOR": "1",
        }

    @property
    def crontab(self) -> bytes | None:
        """What is in the crontab; nothing where there is none."""
        kept = self.folder / "crontab.kept"
        return kept.read_bytes() if kept.exists() else None

    @crontab.setter
    def crontab(self, text: bytes) -> None:
        (self.folder / "crontab.kept").write_bytes(text)

    @property
    def mails(self) -> list[str]:
        """The text of each message that sendmail took, in one line."""
        found = []
        for path in sorted((self.folder / "mails").glob("*")):
            body = email.message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
            assert body is not None
            found.append(" ".join(body.get_content().split()))
        return found
