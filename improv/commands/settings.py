"""What the configuration may say, and reading it: whatever nobody reads is refused, as it is mostly a slip of the finger."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from improv import textfile
from improv.errors import Usage
from improv.playbook import mending

# Table → key → the kind of value. What stands under [playbook] is the playbook's own: it checks that itself.
_AMOUNT: Final = (int, float, str)
SETTINGS: Final[dict[str, dict[str, type | tuple[type, ...]]]] = {
    "playbook": {},
    "me": {"name": str, "email": str, "rate": _AMOUNT},
    "mail": {
        "to": str,
        "from": str,
        "server": str,
        "port": int,
        "security": str,
        "user": str,
        "password_command": list,
        "password_keyring": bool,
        "password_env": str,
        "password_file": str,
        "sendmail": str,
        "timeout": int,
        "digest": str,
        "charter": bool,
    },
}
_SHOWN: Final[dict[object, str]] = {_AMOUNT: "90", str: '"…"', int: "25", bool: "true", list: '["…", "…"]'}
_CALLED: Final[dict[object, str]] = {
    _AMOUNT: "an amount",
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list of texts",
}


def read(path: Path, *, told: bool) -> dict[str, Any]:
    """Return the configuration; empty when there is none, unless the user `told` where it is."""
    found = _toml(path, told=told)
    for table, value in found.items():
        if table not in SETTINGS:
            raise _unknown(table, str(path), SETTINGS)
        if not isinstance(value, dict):
            raise Usage(f"`{table}` must be a table in {path}", repr(value), f"[{table}]")
        if known := SETTINGS[table]:
            _check(value, known, f"[{table}] of {path}")
    return found


def with_playbook(path: Path, use: str) -> str:
    """Return the configuration with another playbook in use; all else in it, comments too, as it was."""
    import tomlkit  # noqa: PLC0415 - only what writes the configuration loads it

    document = tomlkit.parse(path.read_bytes() if path.exists() else b"")
    if "playbook" not in document:
        document["playbook"] = tomlkit.table()
    document["playbook"]["use"] = use
    return tomlkit.dumps(document)


def _check(table: Mapping[str, Any], known: Mapping[str, type | tuple[type, ...]], place: str) -> None:
    for key, value in table.items():
        if key not in known:
            raise _unknown(key, place, known)
        kind = known[key]
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if type(value) not in kinds or (kind is list and not texts):
            # What stands in the wrong place beside a password may be the password.
            said = "not shown" if key.startswith("password") else repr(value)
            raise Usage(f"`{key}` in {place} must be {_CALLED[kind]}", said, f"{key} = {_SHOWN[kind]}")


def _unknown(key: str, place: str, known: Mapping[str, object]) -> Usage:
    return Usage(f"unknown key `{key}` in {place}", key, mending(key, known))


def _toml(path: Path, *, told: bool) -> dict[str, Any]:
    try:
        return textfile.toml(textfile.read(path))
    except (FileNotFoundError, NotADirectoryError) as error:
        if path.is_symlink():
            what = "the configuration is a link that leads nowhere"
            raise Usage(what, str(path), f"ls -l {path}") from error
        if not told:
            return {}
        raise Usage("there is no such configuration file", str(path), "correct IMPROV_CONFIG") from error
    except OSError as error:
        raise Usage(
            f"the configuration cannot be read: {error.strerror}", str(path), f"ls -l {path}"
        ) from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise Usage(f"the configuration cannot be read: {error}", str(path), "correct the file") from error
