"""Nobody else can read what improv writes: every file of a whole session is 0600 and every folder 0700, at any umask."""

import re
import shutil
import stat
from pathlib import Path

import pytest

from tests.faults.tally import FULL, Tally
from tests.faults.world import TODAY
from tests.machine import CRONTAB
from tests.run import spawn

pytestmark = pytest.mark.system("strace")

SESSION = (
    "lead add Ada --email ada@example.com",
    "opp add L1 --value 12k",
    "event schedule O1 discovery-meeting +3d",
    "report weekly -o pages/weekly.html",
    "event invite E1 -o pages/invite.eml",
    "export -o pages/whole.zip",
    "backup",
    "backup pages/copy.db",
    "import files/people.csv --as leads --failed pages/failed.csv --save-mapping pages/people.toml",
    "alerts --email",
    "playbook new mine",
    "playbook use mine",
    "schedule install --at 07:00 --systemd",
    "restore pages/copy.db",
    "undo",
)
UMASKS = ("000", "777", "027", "077")
PRIVATE = {"-rw-------", "drwx------"}
MAIL = (
    '[me]\nname = "Sam"\nemail = "sam@example.com"\n[mail]\nto = "sam@example.com"\nsendmail = "/bin/true"\n'
)


@pytest.mark.parametrize("umask", UMASKS if FULL else UMASKS[:1])
def test_all_that_a_session_writes_is_private(tmp_path: Path, umask: str, tally: Tally) -> None:
    """The store, its journal while it is written, locks, backups, pages, exports, drafts, settings, timers, files of failed rows."""
    home = tmp_path / "home"
    for name in ("pages", "files", "bin"):
        (home / name).mkdir(parents=True)
    (home / "files" / "people.csv").write_text("Name,Received\nBob,2026-11-02\nEve,2026-02-31\n")
    (home / "files" / "config.toml").write_text(MAIL)
    for name, text in (("crontab", CRONTAB), ("systemctl", "#!/bin/sh\n")):
        (home / "bin" / name).write_text(text.format(folder=home / "files"))
        (home / "bin" / name).chmod(0o755)
    given, log = set(home.rglob("*")), tmp_path / "strace.log"
    config = shutil.copy(home / "files" / "config.toml", home / "config.toml")
    Path(config).chmod(0o600)
    world = {
        "PATH": f"{home}/bin:/usr/bin:/bin",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "settings"),
        "XDG_DATA_HOME": str(home / "data"),
        "IMPROV_CONFIG": str(config),
        "IMPROV_DB": str(home / "data" / "improv" / "improv.db"),
    }
    strace = ("strace", "-f", "-qq", "-A", "--seccomp-bpf", "-e", "trace=openat,mkdir", "-o", str(log))
    before = ("sh", "-c", f'umask {umask}; exec "$@"', "sh", *strace)
    log.touch(0o600)
    for words in SESSION:
        result = spawn(*words.split(), db=home, today=TODAY, extra=world, before=before, cwd=home)
        assert result.code == 0, (words, result)
    made = {path for path in home.rglob("*") if path not in given and not path.is_symlink()}
    open_to_others = [
        f"{path.relative_to(home)} {mode(path)}" for path in sorted(made) if mode(path) not in PRIVATE
    ]
    journals = re.findall(r'improv\.db-journal", [^,]*O_CREAT[^,]*, (\d+)\)', log.read_text())
    open_to_others += [f"the journal {asked}" for asked in set(journals) - {"0600"}]
    tally.add(f"umask {umask}: files and folders that others may read", len(made), len(open_to_others), [])
    assert open_to_others == []
    assert journals
    assert {path.suffix for path in made} >= {".db", ".html", ".eml", ".zip", ".csv", ".toml", ".timer"}


def mode(path: Path) -> str:
    """Return a file's permissions, as `ls -l` shows them."""
    return stat.filemode(path.stat().st_mode)
