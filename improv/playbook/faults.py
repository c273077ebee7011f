"""What does not fit together in a playbook: an entry that names none, a funnel without a stage, a text nobody fills."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from improv.playbook.entries import PLACEHOLDER, PLACEHOLDERS, REQUIRED_OF, TRACK_PLACEHOLDERS
from improv.playbook.taken import TAKEN
from improv.playbook.words import folded, mending
from improv.recorded import RECORDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from improv.playbook import CustomField, Playbook

_FIELD_KEY: Final = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
# table, field, and the list its words must stand in
REFERENCES: Final = (
    ("stage", "key_event", "event_kind"),
    ("stage", "advances_to", "stage"),
    ("event_kind", "stage", "stage"),
    ("event_kind", "activity", "activity_kind"),
    ("activity_kind", "group", "activity_group"),
    ("activity_kind", "answered", "activity_kind"),
    ("visit_kind", "moment", "moment"),
    ("visit_kind", "activity", "activity_kind"),
    ("track", "then", "track"),
)


def faults(book: Playbook) -> Iterator[tuple[str, str, str, str]]:
    """Yield what does not fit together, as table, key, sentence and the word at fault."""
    for table, field, listed in REFERENCES:
        known = [entry.key for entry in getattr(book, f"{listed}s")]
        for entry in getattr(book, f"{table}s"):
            words = getattr(entry, field) or ()
            for word in (words,) if isinstance(words, str) else words:
                if word not in known:
                    yield table, entry.key, f"`{field}` names no {listed}; {mending(word, known)}", word
    yield from _track_faults(book)
    for kind in [kind for kind in book.activity_kinds if kind.lead][1:]:
        yield "activity_kind", kind.key, "`lead` marks a second kind", kind.key
    yield from _key_faults(book)
    yield from _message_faults(book)
    yield from _formula_faults(book)
    yield from _stage_faults(book)
    yield from _field_faults(book)


def _key_faults(book: Playbook) -> Iterator[tuple[str, str, str, str]]:
    for table in RECORDED:
        owners: dict[str, list[str]] = {}
        for entry in getattr(book, f"{table}s"):
            for word in (entry.key, *entry.was):
                owners.setdefault(word, []).append(entry.key)
        for word, keys in owners.items():
            if len(keys) > 1:
                yield table, keys[-1], "two entries cannot have had one key", word


def _track_faults(book: Playbook) -> Iterator[tuple[str, str, str, str]]:
    kinds = {kind.key for kind in book.activity_kinds}
    for track in book.tracks:
        if not track.steps:
            yield "track", track.key, "a track needs a step", track.key
        days = [step.after for step in track.steps]
        for step, before in zip(track.steps, (-1, *days), strict=False):
            if step.after <= before:  # a step is known by its day
                yield "track", track.key, "a step is not later than the one before it", str(step.after)
            if step.activity not in kinds:
                fault = f"a step names no activity_kind; {mending(step.activity, kinds)}"
                yield "track", track.key, fault, step.activity
            if step.message is not None and step.message not in book.track_messages:
                fault = f"a step names no track_message; {mending(step.message, book.track_messages)}"
                yield "track", track.key, fault, step.message


def _formula_faults(book: Playbook) -> Iterator[tuple[str, str, str, str]]:
    for kind, parts in book.formulas.items():
        for part in parts:
            if part.worst == part.best:
                yield f"formula.{kind}", part.key, "`worst` and `best` are the same", str(part.worst)


def _message_faults(book: Playbook) -> Iterator[tuple[str, str, str, str]]:
    for table, messages, known in (
        ("message", book.messages, PLACEHOLDERS),
        ("track_message", book.track_messages, TRACK_PLACEHOLDERS),
    ):
        for key, message in messages.items():
            for field in message.schema:
                text: str = getattr(message, field)
                for word in re.findall(PLACEHOLDER, text):
                    if word not in known:
                        fault = f"`{field}` names no placeholder; {mending(word, known)}"
                        yield table, key, fault, f"{{{word}}}"
                if field != "text" and "\n" in text:
                    yield table, key, f"`{field}` must be one line", text


def _stage_faults(book: Playbook) -> Iterator[tuple[str, str, str, str]]:
    position = {stage.key: stage.position for stage in book.stages}
    if book.closing.won_only_where_it_may_close and not any(stage.may_close for stage in book.sale_stages):
        yield "closing", "", "`won_only_where_it_may_close` needs a stage that `may_close`", ""
    if not book.sale_stages:
        yield "stage", "", "a funnel needs a stage that is not after_sale", ""
    for stage in book.stages:
        for word in stage.advances_to:
            if position[word] <= stage.position:
                yield "stage", stage.key, "`advances_to` names a stage that does not come later", word
        if (stage.critical_after or stage.warning_after or 0) < (stage.warning_after or 0):
            yield (
                "stage",
                stage.key,
                "`warning_after` is later than `critical_after`",
                str(stage.warning_after),
            )
    for field in ("discovery", "after_sale"):
        marked = [stage.key for stage in book.stages if getattr(stage, field)]
        if len(marked) > 1:
            yield "stage", marked[1], f"`{field}` marks a second stage", ", ".join(marked)


def _field_faults(book: Playbook) -> Iterator[tuple[str, str, str, str]]:
    """Yield what a field of the user's own cannot be."""
    stages = [stage.key for stage in book.sale_stages]
    first: dict[str, CustomField] = {}
    for noun, fields in book.fields.items():
        for one in fields:
            for fault, value in _faults_of_field(one, stages, first.setdefault(one.key, one)):
                yield f"field.{noun}", one.key, fault, value


def _faults_of_field(one: CustomField, stages: list[str], first: CustomField) -> Iterator[tuple[str, str]]:
    if not re.fullmatch(_FIELD_KEY, one.key):
        yield "its key is small letters and digits, with hyphens between, and begins with a letter", one.key
    if one.key in TAKEN:
        yield "the program has an option, a key or a column of this name: call it otherwise", one.key
    if (one.kind, one.choices) != (first.kind, first.choices):
        yield f"`{one.key}` is of another kind in [field.{first.noun}]: one key means one thing", one.kind
    if (one.kind == "choice") != bool(one.choices):
        yield "a choice has `choices`, and no other kind has", one.kind
    twice = [word for word, count in Counter(map(folded, one.choices)).items() if count > 1]
    if twice:
        yield "`choices` says one word twice", twice[0]
    if one.required_from is not None and one.noun not in REQUIRED_OF:
        yield f"only a field of {', '.join(REQUIRED_OF)} can be required from a stage on", one.noun
    if one.required_from is not None and one.required_from not in stages:
        yield (
            f"`required_from` names no stage of a sale; {mending(one.required_from, stages)}",
            one.required_from,
        )
    for said in (one.name, one.help, *one.choices):
        if not said.isprintable():
            yield "its name, its help and its choices are one line each", said
