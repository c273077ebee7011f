"""Programs that keep all their records in one file of text."""

import json
from collections.abc import Sequence
from pathlib import Path

from bench import installed
from bench.generate import TODAY
from bench.programs.program import Program, Words
from bench.records import ADDED, FAIR, SINCE, SOURCES, Record


class Watson(Program):
    """Frames of an hour, the source as their project; a frame has no name, and is shown by its number."""

    name, command = "Watson", "watson"
    pinned = ("td-watson==2.1.0",)

    @property
    def world(self) -> dict[str, str]:
        return {**super().world, "WATSON_DIR": str(self.home / "watson")}

    def fill(self, records: Sequence[Record]) -> None:
        frames = []
        for one in records:
            began = _seconds(one) + 9 * 3600
            frames.append([began, began + 3600, one.source, f"{one.number:07x}{0:025}", [], began + 3600])
        self.write("watson/config", "[options]\npager = false\n")
        self.write("watson/frames", json.dumps(frames, indent=1))

    def add(self, name: str) -> Words:
        when = ("--from", "2023-01-01 09:00", "--to", "2023-01-01 10:00")
        return self.say("add", *when, ADDED, f"+{name}")

    def listed(self) -> Words:
        return self.say("log", "--from", SINCE.isoformat(), "--to", TODAY.isoformat(), "--project", FAIR)

    def report(self) -> Words:
        return self.say("report", "--from", "2022-01-01", "--to", TODAY.isoformat())

    def shown(self, record: Record) -> str:
        return f"{record.number:07x}"

    def told(self, count: int) -> str:
        return f"{count}h 00m 00s"


class Topydo(Program):
    """Lines of a todo.txt with a project; it lists its projects, but does not count."""

    name, command = "topydo", "topydo"
    pinned = ("topydo==0.16",)
    most = 10_000  # with 100,000 lines it ends in an error

    def say(self, *words: str) -> list[str]:
        return super().say("-t", str(self.home / "todo.txt"), *words)

    def fill(self, records: Sequence[Record]) -> None:
        self.write("todo.txt", "".join(f"{one.day} {one.name} +{one.source}\n" for one in records))

    def add(self, name: str) -> Words:
        return self.say("add", f"{name} +{ADDED}")

    def listed(self) -> Words:
        return self.say("ls", f"+{FAIR}")

    def report(self) -> Words:
        return self.say("lsprj")

    def told(self, count: int) -> str:
        del count
        return ""


class Jrnl(Program):
    """Entries of a diary with a tag."""

    name, command = "jrnl", "jrnl"
    pinned = ("jrnl==4.6",)

    def fill(self, records: Sequence[Record]) -> None:
        diary = self.write(
            "diary.txt",
            "".join(f"[{one.day} 09:00] {one.name} @{one.source}\n\n" for one in records),
        )
        self.write(
            "config/jrnl/jrnl.yaml",
            f"version: v{self.version()}\njournals:\n  default:\n    journal: {diary}\neditor: ''\nencrypt: false\n"
            "template: false\ndefault_hour: 9\ndefault_minute: 0\ntimeformat: '%Y-%m-%d %H:%M'\ntagsymbols: '@'\n"
            "highlight: false\nlinewrap: 100\nindent_character: '|'\ncolors: {}\n",
        )

    def add(self, name: str) -> Words:
        return self.say(f"{name} @{ADDED}")

    def listed(self) -> Words:
        return self.say(f"@{FAIR}", "--short")

    def report(self) -> Words:
        return self.say("--tags")


class BeanQuery(Program):
    """Bookings to an account, asked in SQL; Beancount has no command that adds one."""

    name, command = "bean-query", "bean-query"
    pinned = ("beanquery==0.2.0", "beancount==3.2.3")

    def fill(self, records: Sequence[Record]) -> None:
        accounts = ["Assets:Open", *(f"Income:{source.title()}" for source in (*SOURCES, FAIR))]
        opened = [f"2020-01-01 open {account}\n" for account in accounts]
        booked = [
            f'{one.day} * "{one.name}"\n  Assets:Open  100 EUR\n  Income:{one.source.title()}\n'
            for one in records
        ]
        self.write("book.beancount", "".join(opened + booked))

    def listed(self) -> Words:
        return self._ask(f"SELECT date, narration, position WHERE account = 'Income:{FAIR.title()}'")

    def report(self) -> Words:
        return self._ask("SELECT account, COUNT(*) WHERE account ~ 'Income' GROUP BY account")

    def _ask(self, query: str) -> Words:
        return self.say(str(self.home / "book.beancount"), query)


class Taskwarrior(Program):
    """Tasks of a project."""

    name, command, python = "taskwarrior", "task", False

    def install(self) -> Path:
        return installed.from_debian("taskwarrior", self.command)

    @classmethod
    def version(cls) -> str:
        return installed.debian_version("taskwarrior")

    def fill(self, records: Sequence[Record]) -> None:
        self.write(
            ".taskrc",
            f"data.location={self.home}/task\nconfirmation=no\ndefaultwidth=200\nverbose=affected,new-id\n",
        )
        lines = (
            f'[description:"{one.name}" entry:"{_seconds(one)}" modified:"{_seconds(one)}" project:"{one.source}" '
            f'status:"pending" uuid:"00000000-0000-4000-8000-{one.number:012x}"]\n'
            for one in records
        )
        self.write("task/pending.data", "".join(lines))

    def add(self, name: str) -> Words:
        return self.say("add", name, f"project:{ADDED}")

    def listed(self) -> Words:
        return self.say(f"project:{FAIR}", "list")

    def report(self) -> Words:
        return self.say("projects")


class Hledger(Program):
    """Bookings to an account."""

    name, command, python = "hledger", "hledger", False

    def install(self) -> Path:
        return installed.from_debian("hledger", self.command)

    @classmethod
    def version(cls) -> str:
        return installed.debian_version("hledger")

    @property
    def world(self) -> dict[str, str]:
        return {**super().world, "LEDGER_FILE": str(self.home / "book.journal")}

    def fill(self, records: Sequence[Record]) -> None:
        booked = (
            f"{one.day} {one.name}\n    assets:open    100 EUR\n    income:{one.source}\n\n"
            for one in records
        )
        self.write("book.journal", "".join(booked))

    def add(self, name: str) -> Words:
        del name
        return self.say("add")

    def typed(self, name: str) -> str:
        return f"{TODAY}\n{name}\nassets:open\n100 EUR\nincome:{ADDED}\n-100 EUR\n.\ny\n.\n"

    def listed(self) -> Words:
        return self.say("register", "--width", "120", f"income:{FAIR}")

    def report(self) -> Words:
        return self.say("balance", "income")

    def told(self, count: int) -> str:
        return f"-{100 * count} EUR"


def _seconds(one: Record) -> int:
    return (one.day.toordinal() - 719163) * 86400
