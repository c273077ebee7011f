"""How this user's mail is sent, read from `[mail]`; the password comes from where the user keeps it, never from a flag."""

import stat
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from improv.errors import ImprovError, Usage
from improv.mail import PORTS, Post, Security, address

_PASSWORDS: Final = ("password_command", "password_keyring", "password_env", "password_file")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1", "[::1]")
_COMMAND_SECONDS: Final = 60
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def post(mail: Mapping[str, Any], configuration: Path, environment: Mapping[str, str]) -> Post:
    """Return how mail is sent, refused where it does not say enough."""
    where = f"[mail] of {configuration}"
    if not mail.get("to"):
        raise Usage("nobody is named to send mail to", where, 'to = "you@example.com"')
    if bool(mail.get("server")) == bool(mail.get("sendmail")):
        raise Usage(
            f"{where} must name a mail server or a local program, one of them",
            "both" if mail.get("server") else "none",
            'server = "smtp.example.com", or sendmail = "/usr/sbin/sendmail"',
        )
    to = tuple(address(each) for each in mail["to"].split(","))
    sender = address(mail.get("from") or to[0])
    timeout = _positive(mail, "timeout", 60)
    if mail.get("sendmail"):
        return Post(to=to, sender=sender, sendmail=mail["sendmail"], timeout=timeout)
    security = _security(mail)
    user = mail.get("user", "")
    return Post(
        to=to,
        sender=sender,
        server=mail["server"],
        port=_positive(mail, "port", PORTS[security]),
        security=security,
        user=user,
        password=_password(mail, configuration, environment) if user else None,
        timeout=timeout,
    )


def _positive(mail: Mapping[str, Any], key: str, usual: int) -> int:
    value: int = mail.get(key, usual)
    if value < 1:
        raise Usage(f"`{key}` in [mail] must be more than nothing", str(value), f"{key} = {usual}")
    return value


def _security(mail: Mapping[str, Any]) -> Security:
    security = mail.get("security", "starttls")
    if security not in PORTS:
        raise Usage("this is no way to secure mail", security, f"security, one of: {', '.join(PORTS)}")
    if security == "none" and mail["server"] not in _LOOPBACK:
        raise Usage(
            "without encryption mail is sent only to this machine",
            mail["server"],
            'security = "starttls" or "tls"',
        )
    if security == "none" and mail.get("user"):
        raise Usage("a password is never sent without encryption", mail["user"], 'security = "starttls"')
    return cast("Security", security)


def _password(
    mail: Mapping[str, Any], configuration: Path, environment: Mapping[str, str]
) -> Callable[[], str]:
    """Return how the password is fetched, when it is needed and not before."""
    named = [key for key in _PASSWORDS if mail.get(key)]
    if len(named) != 1:
        raise Usage(
            "[mail] must say where the password comes from, once",
            ", ".join(named) or f"user {mail['user']} and no password",
            f"one of: {', '.join(_PASSWORDS)}",
        )
    told = mail[named[0]]
    fetch: dict[str, Callable[[], str]] = {
        "password_command": lambda: _from_command(told),
        "password_keyring": lambda: _from_keyring(mail["user"]),
        "password_env": lambda: environment.get(told, ""),
        "password_file": lambda: _from_file(configuration.parent / Path(told).expanduser()),
    }

    def password() -> str:
        found = fetch[named[0]]()
        if not found:
            raise ImprovError(
                "the password is empty", f"{named[0]} in [mail]", "keep one there, then: improv mail test"
            )
        return found

    return password


def _from_command(command: list[str]) -> str:
    """Return the first line that the user's own command prints; what it prints is never shown."""
    try:
        done = subprocess.run(  # noqa: S603 - a list of words from the user's own configuration; no shell
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or "it did not end"
        raise ImprovError(
            f"the command for the password failed: {reason.lower()}", command[0], "password_command in [mail]"
        ) from error
    if done.returncode:
        raise ImprovError(
            f"the command for the password failed with exit code {done.returncode}",
            command[0],
            "run it yourself to see why",
        )
    return done.stdout.decode("utf-8", "replace").partition("\n")[0].rstrip("\r")


def _from_keyring(user: str) -> str:
    try:
        import keyring  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise ImprovError(
            "the keyring is not installed", "password_keyring in [mail]", "pipx install 'improv[keyring]'"
        ) from error
    try:
        return keyring.get_password("improv", user) or ""
    except keyring.errors.KeyringError as error:
        raise ImprovError(
            f"the keyring does not open: {type(error).__name__}",
            user,
            "unlock it; cron has no desktop: password_command may suit it better",
        ) from error


def _from_file(path: Path) -> str:
    try:
        if path.stat().st_mode & _OTHERS:
            raise Usage("the file with the password can be read by others", str(path), f"chmod 600 {path}")
        with path.open(encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ImprovError(
            f"the file with the password cannot be read: {reason.lower()}",
            str(path),
            "password_file in [mail]",
        ) from error
