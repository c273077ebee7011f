"""What the records name that the playbook does not offer: open sales that stand nowhere, and keys it does not know."""

from collections import Counter
from collections.abc import Mapping, Sequence

from improv.journal import columns_of
from improv.named import NamedTuple
from improv.nouns import BY_LETTER, ref
from improv.playbook import Playbook
from improv.reader import Reader
from improv.recorded import RECORDED


class Stray(NamedTuple):
    """An open opportunity in a stage that the playbook lacks or has retired; `haven` is the one as far along."""

    number: int
    stage: str
    name: str
    haven: str

    @property
    def ref(self) -> str:
        """Its id."""
        return ref("opportunity", self.number)

    def __str__(self) -> str:
        return f"{self.ref} in {self.name}"

    @property
    def mend(self) -> str:
        """The command that moves it to where a sale may stand."""
        return f"improv opportunity move {self.ref} {self.haven}"


def strays(reader: Reader, before: Playbook | None = None) -> list[Stray]:
    """Return the open opportunities that no stage of the playbook holds.

    `before` is the playbook that knew their stages, where that is another.
    """
    return _strays(reader, before or reader.playbook)


def put_back(reader: Reader, entry: int) -> list[Stray]:
    """Return those of them that undoing a command has put where they stand."""
    # The plus keeps to the index of commands: one changes a few records of a table, and an index of tables finds all.
    moved = "SELECT record_id FROM journal_change WHERE entry_id = :entry AND +record = 'stage_stay'"
    return _strays(reader, reader.playbook, f"AND id IN ({moved})", {"entry": entry})


def _strays(
    reader: Reader, before: Playbook, among: str = "", bound: Mapping[str, int] | None = None
) -> list[Stray]:
    stages = reader.playbook.sale_stages
    offered = {stage.key for stage in stages}
    names = {stage.key: (stage.name, stage.position) for stage in before.stages}
    found = []
    for row in reader.rows(
        "SELECT opportunity_id AS number, stage FROM stage_stay "
        f"WHERE until IS NULL {among} ORDER BY opportunity_id",
        bound,
    ):
        if row["stage"] not in offered:
            name, place = names.get(row["stage"], (row["stage"], 1))
            haven = stages[min(place, len(stages)) - 1].key
            found.append(Stray(row["number"], row["stage"], name, haven))
    return found


def by_stage(found: Sequence[Stray]) -> dict[str, list[Stray]]:
    """Return the stray ones of each stage."""
    stages: dict[str, list[Stray]] = {}
    for one in found:
        stages.setdefault(one.stage, []).append(one)
    return stages


def moving(found: Sequence[Stray], use: str, told: Mapping[str, str] | None = None) -> str:
    """Return the command that moves all stray ones: stage by stage as far as it is told whereto, else to a proposal."""
    moves = {stage: those[0].haven for stage, those in by_stage(found).items()} | dict(told or {})
    return " ".join((f"improv playbook use {use}", *(f"--move {old}={to}" for old, to in moves.items())))


def stray_of(reader: Reader, subject: str | None) -> Stray | None:
    """Return the opportunity that a record such as E12 is about, or is itself, where no stage of the playbook holds it."""
    if not subject:
        return None
    table, number = BY_LETTER[subject[0]].table, int(subject[1:])
    if table != "opportunity":
        if "opportunity_id" not in columns_of(reader.connection, table):
            return None
        number = reader.value(f"SELECT opportunity_id FROM {table} WHERE id = :id", {"id": number})
    if not number:
        return None
    found = _strays(reader, reader.playbook, "AND opportunity_id = :number", {"number": number})
    return found[0] if found else None


def unknown(reader: Reader, before: Playbook) -> dict[str, Counter[str]]:
    """Return what the records name that `before` knew and the reader's playbook does not: list → key → how often."""
    found: dict[str, Counter[str]] = {}
    for listed, columns in RECORDED.items():
        for table, column in columns:
            for key, n in reader.rows(f"SELECT {column}, COUNT(*) FROM {table} GROUP BY {column}"):
                if before.entry(listed, key) and not reader.playbook.entry(listed, key):
                    found.setdefault(listed, Counter())[key] += n
    return found
