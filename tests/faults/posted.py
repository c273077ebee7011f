"""A command that sends mail, to a server that takes everything, hit by a fault: no mail is lost, and none comes twice unannounced."""

import contextlib
import sqlite3
import ssl
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import trustme

from tests.faults.deeds import MAILED
from tests.faults.nursery import Nursery
from tests.faults.world import TODAY, World, dump, store_ill
from tests.run import Result, world
from tests.session import behind, must
from tests.system.killed import read, told_in
from tests.system.postoffice import CANARY, Office, open_office, settings

ALONE = {"L1"}  # the one lead of the store, which has no source: what a mail tells of


class Posted(World):
    """A store with an alert that nobody was told of yet; what is told is looked for at the server."""

    def __init__(
        self, folder: Path, nursery: Nursery, stack: contextlib.ExitStack, now: Path | None = None
    ) -> None:
        authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.cert_pem.write_to_path(folder / "ca.pem")
        authority.issue_cert("localhost").configure_cert(context)
        self.office: Office = stack.enter_context(open_office(context))
        self.config = settings(folder, self.office.port)
        self.extra = {"SSL_CERT_FILE": str(folder / "ca.pem"), "MAIL_PASSWORD": CANARY}
        book = folder / "book.db"
        must("init --timezone Europe/Berlin", book)
        must("lead add Ada", book)
        super().__init__(folder, book, MAILED, nursery, now)
        assert [told_in(read(one)) for one in self.office.got] == [(ALONE, set())]

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of the deed: it knows the server, and the password."""
        return world(self.db, TODAY, self.config, self.extra)

    def fresh(self) -> None:
        """Put the folder back as it was, and let nothing have arrived."""
        super().fresh()
        self.office.got.clear()

    def judge(self, result: Result) -> str | None:
        """Return what was lost, or nothing: the mail arrives once, or twice where it was in doubt; no record changed."""
        doubtful = {name for name, state in self._mails().items() if state == "doubtful"}
        if dump(self.db) != self.before:
            return "a record changed"
        if result.code == 0 and not self.office.got:
            return "told as done, and nothing arrived"
        if "nothing was changed" in result.err and (doubtful or self.office.got):
            return f"told as not done, and is: {result.err!r}"
        # The wait before another attempt is tested elsewhere, and not waited for.
        behind(self.db, "UPDATE memory_mail SET next_at = created_at WHERE state <> 'sent'")
        following = self.do()
        if (following.code, following.out, following.err) != (0, "", ""):
            return f"the next command fails: {following}"
        return self._misdelivered(doubtful) or self._unsound()

    def _misdelivered(self, doubtful: set[str]) -> str | None:
        """Return what is wrong with what arrived, now that all is sent."""
        states, times = self._mails(), self.office.ids()
        if set(states.values()) != {"sent"} or states.keys() != times.keys():
            return f"kept are {states}, arrived are {times}"
        if twice := {name for name, number in times.items() if number > 1} - doubtful:
            return f"twice, and never in doubt: {twice}"
        told = Counter(lead for one in self.office.got for lead in told_in(read(one))[0])
        known = dict.fromkeys(ALONE, max(times.values()))
        return None if told == known else f"told is {told}"

    def _unsound(self) -> str | None:
        ill = store_ill(self.db)
        return f"unsound: {ill}" if ill else None

    def _mails(self) -> dict[str, str]:
        """Return how each mail of the outbox stands, by its Message-ID."""
        with contextlib.closing(sqlite3.connect(self.db, timeout=30)) as connection:
            return dict(connection.execute("SELECT message_id, state FROM memory_mail").fetchall())
