"""How this user's mail is sent, read from `[mail]`; the password comes from where the user keeps it, never from a flag."""

import functools
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from improv.errors import Usage, reason_of
from improv.post import PORTS, TRY, Post, Security, Unreached, address

_PASSWORDS: Final = ("password_command", "password_keyring", "password_env", "password_file")
_OF_A_SERVER: Final = ("port", "security", "user", *_PASSWORDS)
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_COMMAND_SECONDS: Final = 60
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_LAST_PORT: Final = 65535


def post(mail: Mapping[str, Any], configuration: Path, environment: Mapping[str, str]) -> Post:
    """Return how mail is sent, refused where it does not say enough."""
    where = f"[mail] of {configuration}"
    if not mail.get("to"):
        raise Usage("nobody is named to send mail to", where, 'to = "you@example.com"')
    server, sendmail = mail.get("server"), mail.get("sendmail")
    if bool(server) == bool(sendmail):
        raise Usage(
            "mail goes by a server or by a local program, one of them",
            f"{where} names {'both' if server else 'none'}",
            'server = "smtp.example.com", or sendmail = "/usr/sbin/sendmail"',
        )
    to = tuple(map(address, mail["to"].split(",")))
    sent = Post(to, address(mail.get("from") or to[0]), timeout=_number(mail, "timeout", 60))
    if sendmail:
        return sent._replace(sendmail=_program(mail))
    security = _security(mail)
    return sent._replace(
        server=_server(mail["server"]),
        port=_number(mail, "port", PORTS[security], _LAST_PORT),
        security=security,
        user=mail.get("user", ""),
        password=_password(mail, configuration, environment),
    )


def _number(mail: Mapping[str, Any], key: str, usual: int, most: int = 3600) -> int:
    value: int = mail.get(key, usual)
    if not 1 <= value <= most:
        raise Usage(f"`{key}` in [mail] is 1 to {most}", str(value), f"{key} = {usual}")
    return value


def _program(mail: Mapping[str, Any]) -> str:
    sendmail: str = mail["sendmail"]
    if not sendmail.startswith("/"):
        raise Usage(
            "cron finds a program only by its whole path", sendmail, 'sendmail = "/usr/sbin/sendmail"'
        )
    if idle := [key for key in _OF_A_SERVER if key in mail]:
        raise Usage("a local program needs none of a server's settings", ", ".join(idle), "leave them out")
    return sendmail


def _server(server: str) -> str:
    if "@" in server:  # a password may stand before it
        mend = 'server = "smtp.example.com", and `user` and the password by themselves'
        raise Usage("nobody signs in by the name of a server", "not shown", mend)
    name, colon, port = server.rpartition(":")
    if colon and ":" not in name:
        raise Usage("the port of a server has a setting of its own", server, f"port = {port or PORTS['tls']}")
    return server


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
    """Return how the password is fetched: when it is needed and not before, and once."""
    named = [key for key in _PASSWORDS if mail.get(key)]
    if not mail.get("user"):
        if named:
            raise Usage(
                "there is a password, and nobody signs in with it", named[0], 'user = "you@example.com"'
            )
        return str
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
        "password_file": lambda: _from_file(told, configuration.parent),
    }

    @functools.cache
    def password() -> str:
        found = fetch[named[0]]()
        if not found:
            raise Unreached("the password is empty", f"{named[0]} in [mail]", f"keep one there, then: {TRY}")
        return found

    return password


def _from_command(command: list[str]) -> str:
    """Return the first line that the user's own command prints; what it prints is never shown."""
    import subprocess  # noqa: PLC0415 - only where the password is needed

    try:
        done = subprocess.run(  # noqa: S603 - a list of words from the user's own configuration; no shell
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or f"it did not end within {_COMMAND_SECONDS} seconds"
        # What is no program may be the password, typed in the wrong place.
        raise Unreached(
            f"the command for the password failed: {reason.lower()}",
            "password_command in [mail]",
            'the words of a program that is there: ["pass", "show", "mail"]',
        ) from None
    if done.returncode:
        raise Unreached(
            f"the command for the password failed with exit code {done.returncode}",
            command[0],
            "run it yourself to see why",
        )
    return done.stdout.decode("utf-8", "replace").partition("\n")[0].rstrip("\r")


def _from_keyring(user: str) -> str:
    try:
        import keyring  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise Unreached(
            "the keyring is not installed", "password_keyring in [mail]", "pipx install 'improv[keyring]'"
        ) from error
    try:
        return keyring.get_password("improv", user) or ""
    except keyring.errors.KeyringError as error:
        raise Unreached(
            f"the keyring does not open: {type(error).__name__}",
            user,
            "unlock it; cron has no desktop: password_command may suit it better",
        ) from error


def _from_file(told: str, folder: Path) -> str:
    """Return the first line of a file that only its owner may read; a name without a folder is one beside the settings."""
    try:
        path = folder / Path(told).expanduser()
        if path.stat().st_mode & _OTHERS:
            raise Unreached("others may read the file with the password", str(path), f"chmod 600 {path}")
        with path.open(encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except OSError as error:
        reason = reason_of(error)
    except UnicodeDecodeError:
        reason = "it is no text"
    except RuntimeError:
        reason = "there is no home folder"
    raise Unreached(
        f"the file with the password cannot be read: {reason}",
        "password_file in [mail]",
        f"the name of a file in {folder}, or its whole path",
    )
