"""`improv testimonial` and `improv story`: what clients say, and what was achieved with them."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from improv.commands.declared import Argument
from improv.commands.desk import desk
from improv.commands.doors import (
    On,
    also_said,
    ask_missing,
    day_words,
    noun_app,
    past,
    told,
    typed,
    writes,
)
from improv.commands.listing import VisitOption, pick, with_common_verbs, with_edit
from improv.resolve import Found, resolve

testimonial_app = noun_app(
    "Testimonials: a client's praise, and where it may be used.",
    """
    improv testimonial add acme --content "Best audit ever" --permission yes
    improv testimonial edit T3 --published-on fri --published-where "web site"
    """,
)
story_app = noun_app(
    "Stories: what was achieved at a client, with the numbers in it.",
    """
    improv story add acme --achieved "halved the incidents" --numbers "40 to 19 a month"
    """,
)
APPS = {"testimonial": testimonial_app, "story": story_app}
ClientArgument = Annotated[str, Argument(metavar="CLIENT", help="an id such as C3, or a name")]


def _add(
    noun: str,
    client: str,
    visit: str | None,
    on: str | None,
    fields: dict[str, Any],
    write: Callable[..., Any],
    words: str,
) -> None:
    ask_missing(noun, fields)
    with desk().writing() as work:
        found = resolve(work.reader, client, ["client"])
        day = past(on, work.today)
        origin = pick(work.reader, visit, "visit").id if visit else None
        values = typed(work.reader, noun, fields)
        made = write(work, found.id, day, values, origin)
        ref = str(work.subject)
    said = getattr(made, words)
    told(
        f"{ref} {noun} of {found.ref} {found.name}, {day_words(day, work.today)}"
        + (f": {said}" if said else ""),
        also_said(work.reader, noun, values),
        then=f"improv {noun} show {ref}" if made.permission else f"improv {noun} edit {ref} --permission yes",
    )


@writes(
    testimonial_app,
    "testimonial",
    "add",
    fields="testimonial",
    examples='improv testimonial add acme --content "Best audit ever"',
)
def add_testimonial(client: ClientArgument, visit: VisitOption = None, on: On = None, **fields: Any) -> None:  # noqa: ANN401 - one option per field
    """Record a testimonial that a client gave."""
    from improv.actions import visits  # noqa: PLC0415 - only what writes loads SQLModel

    _add("testimonial", client, visit, on, fields, visits.add_testimonial, "content")


@writes(
    story_app,
    "story",
    "add",
    fields="story",
    examples='improv story add acme --achieved "halved the incidents"',
)
def add_story(client: ClientArgument, visit: VisitOption = None, on: On = None, **fields: Any) -> None:  # noqa: ANN401 - one option per field
    """Record what was achieved at a client."""
    from improv.actions import visits  # noqa: PLC0415 - only what writes loads SQLModel

    _add("story", client, visit, on, fields, visits.add_story, "achieved")


def _edit(work: Any, found: Found, _name: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import visits  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.models import Story, Testimonial  # noqa: PLC0415 - as above

    visits.edit(work, Testimonial if found.table == "testimonial" else Story, found.table, found.id, values)


for one, table in ((testimonial_app, "testimonial"), (story_app, "story")):
    with_edit(one, table, _edit)
    with_common_verbs(one, table)
