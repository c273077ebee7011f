"""What the words of a breakdown are called: the playbook's names for its stages, sources, kinds and reasons."""

from collections.abc import Mapping, Sequence
from typing import Final

from improv.custom import in_words
from improv.playbook import Named, Playbook

STAGE_KEYS: Final = frozenset({"stage", "anticipated", "actual", "went_to"})


def called(playbook: Playbook, key: str, word: str | int) -> str:
    """Return the playbook's name for a word under a key; one it does not know stands for itself."""
    custom = playbook.field(key)
    if custom is not None:
        return in_words(custom, word)
    return next((entry.name for entry in _lists(playbook).get(key, ()) if entry.key == word), str(word))


def places(playbook: Playbook, key: str) -> Mapping[str | int, int]:
    """Return the order of the words under a key, where the playbook gives one."""
    custom = playbook.field(key)
    if key in STAGE_KEYS:
        return {stage.key: stage.position for stage in playbook.stages}
    return {} if custom is None else {word: place for place, word in enumerate(custom.choices)}


def is_in_time(playbook: Playbook, key: str) -> bool:
    """Tell whether the words under a key are days or months."""
    custom = playbook.field(key)
    return key == "month" or (custom is not None and custom.kind == "day")


def _lists(playbook: Playbook) -> Mapping[str, Sequence[Named]]:
    kinds = (*playbook.event_kinds, *playbook.visit_kinds, *playbook.activity_kinds)
    return {
        "source": playbook.sources,
        "reason": playbook.reasons,
        "kind": kinds,
        **dict.fromkeys(("contact", "first_contact", "last_contact"), kinds),
        "nurture": playbook.campaign_types,
        "type": playbook.campaign_types,
        "track": playbook.tracks,
        **dict.fromkeys(STAGE_KEYS, playbook.stages),
    }
