"""`improv sample`: a year-long sample book to try improv on."""

from improv import storefile
from improv.commands.desk import desk
from improv.commands.doors import noun_app, quoted, told, writes
from improv.errors import Refused

app = noun_app("Make a year-long sample book to try improv on.", "")
APPS = {"sample": app}
COUNTED = ("lead", "opportunity", "client", "visit")


@writes(app, "sample", "", examples="improv sample --db sample.db\nimprov --db sample.db report weekly")
def sample() -> None:
    """Make a new store with a year of one consultant in it; `improv undo` empties it again."""
    here = desk()
    if not storefile.missing(here.path):
        storefile.open_to_read(here.path).close()  # what is damaged says so itself
        raise Refused("there is a store already", str(here.path), "improv --db another-file sample")
    from improv.nouns import BY_TABLE  # noqa: PLC0415 - only what writes needs it
    from improv.sample import fill  # noqa: PLC0415 - only what writes loads SQLModel

    # Nobody fills the user's own fields there, and a deal must not wait for them.
    here.read["playbook"] = here.playbook().without_fields()
    with here.writing() as work:
        fill(work)
        counts = [
            f"{work.reader.value(f'SELECT COUNT(*) FROM {table}'):,} {BY_TABLE[table].plural}"
            for table in COUNTED
        ]
    told(
        f"made {here.path}",
        "a year of one consultant: " + ", ".join(counts),
        then=f"improv --db {quoted(str(here.path))} report weekly",
    )
