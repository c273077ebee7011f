"""Programs that improv starts: each by its words, never by a shell; what else could run a text is not there at all."""

import ast
import re
from collections.abc import Iterator

from tests.run import ROOT

# What runs a text, takes a program's memory for data, or lets SQLite load a program.
NEVER = {
    *(
        "os.system",
        "os.popen",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
        "eval",
        "exec",
        "compile",
    ),
    *("pickle.load", "pickle.loads", "marshal.loads", "shelve.open", "connection.enable_load_extension"),
}
STARTS = {
    "subprocess.run",
    "subprocess.Popen",
    "subprocess.call",
    "subprocess.check_output",
    "subprocess.check_call",
}


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield every call of the program: its place, what is called, and the call."""
    for path in sorted((ROOT / "improv").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", ast.unparse(node.func), node


def test_no_shell_is_ever_started() -> None:
    """A program is a list of words; a text, which a shell would read, is none."""
    started, faults = [], []
    for place, name, call in calls():
        words = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        if name in NEVER or name.startswith(("os.exec", "os.spawn", "os.posix_spawn")) or "shell" in words:
            faults.append(f"{place} {name}")
        if name in STARTS:
            started.append(place)
            if isinstance(call.args[0], ast.Constant | ast.JoinedStr):
                faults.append(f"{place} starts a text")
    assert faults == []
    assert len(started) >= 7


def test_every_promise_names_the_test_that_shows_it() -> None:
    """SECURITY.md has a row for each, and the tests are there."""
    page = (ROOT / "SECURITY.md").read_text("utf-8")
    promises = [line for line in page.splitlines() if line.startswith("| **")]
    named = [re.findall(r"`(tests/[\w/]+\.py)`", line.rsplit("|", maxsplit=2)[1]) for line in promises]
    assert len(promises) >= 10
    assert all(named)
    assert [test for tests in named for test in tests if not (ROOT / test).exists()] == []
