"""What a red flag is: one declaration, from which come the alert, its reason, its age and the command that mends it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from sqlite3 import Row
from typing import Any, Final, Literal, get_args

from improv.named import NamedTuple
from improv.reader import Reader

Kind = Literal["lead", "opportunity", "client", "referral", "event", "quota", "task"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Rules = Literal["method", "charter"]

# What every flag's SQL returns, in any order; more columns may fill the reason and the command.
COLUMNS: Final = ("id", "letter", "name", "owner", "client_id", "since", "days", "worse", "detail")


class Flag(NamedTuple):
    """A condition that asks for action, with a stable code.

    `sql` returns a row for each record it is true of: `since` is the day the days are counted from (none where it is
    counted back from the days, or where there are no days and nobody knows), `worse` is 1 past the second limit,
    `detail` fills the reason. `reason` and `mend` are templates over those columns, the limits
    and the words of `improv.alerts.mending`. `covers` names the flags that say the same of a record less exactly.

    What no single query can tell is found by `find` instead, as the same rows; it names the `limits` it asks for.
    `given` are limits of a flag of the user's own, by their names in its query.
    `fields` are limits that each stage or kind of event has of its own: the list of the playbook, and the field.

    `among` is the list of `improv.once` that holds whoever its query is to rate.

    `group` is the row of the charter that a flag of the charter checks. Where its command says …, `asks` is what has to
    be chosen there.
    """

    code: str
    title: str
    sentence: str
    why: str
    kind: Kind
    reason: str
    mend: str
    sql: str = ""
    find: Callable[[Reader], Iterable[Mapping[str, Any]]] | None = None
    limits: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    given: Mapping[str, int] = {}
    covers: tuple[str, ...] = ()
    group: str = ""
    asks: str = ""
    among: str = ""

    @property
    def rules(self) -> Rules:
        """Whose rule it is: the method's, or the charter's."""
        return "charter" if self.group else "method"

    def rows(self, reader: Reader, now: str | None = None) -> Iterator[Row | Mapping[str, Any]]:
        """Yield a row for each record the flag is true of; `now` is the user's own time on the reader's day."""
        if self.find:
            yield from self.find(reader)
            return
        among = {"among": reader.once(self.among)} if self.among else {}
        yield from reader.each(self.sql, {"now": now, **among})
