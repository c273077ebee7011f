"""What people type for an entry of a playbook → the one that is meant, or what it may have been."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from improv.errors import Ambiguous, Usage
from improv.playbook.entries import Record, Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Entry = TypeVar("Entry", bound=Recorded)


def offered(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the entries that new records may name: all but the retired ones."""
    return tuple(entry for entry in entries if not entry.retired)


def pick(what: str, entries: Sequence[Entry], typed: str, *, retired: bool = False) -> Entry:
    """Return the one entry that is meant: by key, name or other name, else by their start, else by a word's start.

    What is none of these may be the plural of one: "12 dials". A retired one is refused, unless it is asked for what
    was recorded.
    """
    said = folded(typed)
    offer = tuple(entries) if retired else offered(entries)
    known = {entry.key: (entry, set(spellings(entry))) for entry in offer}
    if said in known:
        return known[said][0]
    exact = any(said in words for _, words in known.values())
    if gone := next((one for one in entries if said in spellings(one) and not exact), None):
        raise Usage(f"the {what} is retired: nothing new is recorded under it", gone.name, mending("", known))
    tests: list[Callable[[str, str], bool]] = [
        lambda word, said: word == said,
        lambda word, said: word.startswith(said),
        lambda word, said: f"-{said}" in word,
    ]
    for one in (said, *_singular(said)):
        for test in tests if one else []:
            found = [entry for entry, words in known.values() if any(test(word, one) for word in words)]
            if len(found) == 1:
                return found[0]
            if found:
                raise Ambiguous(
                    f"more than one {what} begins so", typed, "use one of " + _listed(e.key for e in found)
                )
    raise Usage(f"no {what} is called so", typed, mending(said, known))


def _singular(said: str) -> list[str]:
    """Return what a word may be the plural of."""
    return [said.removesuffix(end) for end in ("s", "es") if said.endswith(end)]


def spellings(entry: Recorded) -> tuple[str, ...]:
    """Return every word that is an entry's own, as keys are written: its key, its name, other names, former keys."""
    return tuple(folded(word) for word in (entry.key, entry.name, *entry.also, *entry.was))


def written(value: object) -> str:
    """Return a value as it is written in a playbook's file."""
    if isinstance(value, str):
        from json import dumps  # noqa: PLC0415 - only what shows a playbook needs it

        return dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, Record):
        value = vars(value)
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {written(each)}' for key, each in value.items())} }}"
    return str(value)


def folded(text: str) -> str:
    """Return a word as keys are written: small, with hyphens."""
    return "-".join(text.casefold().replace("_", " ").replace("-", " ").split())


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none: the playbook has none"


def mending(said: str, known: Iterable[str]) -> str:
    """Say which words there are, and which one was probably meant."""
    words = list(known)
    return meant(said, words) + "use one of " + _listed(words)


def meant(said: str, known: Iterable[str]) -> str:
    """Ask for the word that was probably meant, if one is near; for lists too long to be read out."""
    from difflib import get_close_matches  # noqa: PLC0415 - only an error needs it

    close = get_close_matches(said, list(known), n=1)
    return f"did you mean `{close[0]}`? " if close else ""
