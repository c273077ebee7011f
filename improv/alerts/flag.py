"""What a red flag is: one declaration, from which come the alert, its reason, its age and the command that mends it."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Kind = Literal["lead", "opportunity", "client", "referral", "event"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

# What every flag's SQL returns, in any order; more columns may fill the reason and the command.
COLUMNS: Final = ("id", "letter", "name", "owner", "client_id", "since", "days", "worse", "detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A condition that asks for action, with a stable code.

    `sql` returns a row for each record it is true of: `since` is the day the days are counted from, `worse` is 1
    past the second limit, `detail` fills the reason. `reason` and `mend` are templates over those columns, the limits
    and the words of `improv.alerts.mending`. `covers` names the flags that say the same of a record less exactly.
    """

    code: str
    title: str
    sentence: str
    why: str
    kind: Kind
    sql: str
    reason: str
    mend: str
    covers: tuple[str, ...] = ()
