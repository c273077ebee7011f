"""How mail is to be sent, as `[mail]` says: what is refused there, and where the password comes from."""

import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

from improv.commands.postbox import post
from improv.errors import ImprovError
from improv.post import MailNotSent, Post
from tests.run import ROOT, Result, run

CANARY = "tweet-tweet-42"
SERVER = 'to = "sam@example.com"\nserver = "smtp.example.com"\n'
SIGNED_IN = SERVER + 'user = "sam"\n'
PROGRAM = 'to = "sam@example.com"\nsendmail = "/usr/sbin/sendmail"\n'


def settled(folder: Path, mail: str) -> Path:
    """Write a configuration and return where it is."""
    path = folder / "config.toml"
    path.write_text(f"[mail]\n{mail}\n")
    return path


def tried(folder: Path, mail: str, **extra: str) -> Result:
    """Try the settings of a configuration."""
    return run("mail", "test", db=folder / "improv.db", config=settled(folder, mail), extra=extra)


# What stands in [mail] → what is told, in three lines.
REFUSALS: dict[str, tuple[str, str, str]] = {
    "": ("nobody is named to send mail to", "[mail] of CONFIG", 'to = "you@example.com"'),
    'to = "sam@example.com"': (
        "mail goes by a server or by a local program, one of them",
        "[mail] of CONFIG names none",
        'server = "smtp.example.com", or sendmail = "/usr/sbin/sendmail"',
    ),
    PROGRAM + 'server = "smtp.example.com"': (
        "mail goes by a server or by a local program, one of them",
        "[mail] of CONFIG names both",
        'server = "smtp.example.com", or sendmail = "/usr/sbin/sendmail"',
    ),
    'to = "sam@example.com, ida@"\nserver = "smtp.example.com"': (
        "this is no mail address in plain letters",
        " ida@",
        "name@example.com",
    ),
    SERVER + 'from = "Sam <sam@example.com>"': (
        "this is no mail address in plain letters",
        "Sam <sam@example.com>",
        "name@example.com",
    ),
    'to = "sam@example.com"\nserver = "smtp.example.com:465"': (
        "the port of a server has a setting of its own",
        "smtp.example.com:465",
        "port = 465",
    ),
    f'to = "sam@example.com"\nserver = "sam:{CANARY}@smtp.example.com"': (
        "nobody signs in by the name of a server",
        "not shown",
        'server = "smtp.example.com", and `user` and the password by themselves',
    ),
    SERVER + "port = 0": ("`port` in [mail] is 1 to 65535", "0", "port = 587"),
    SERVER + "port = 70000": ("`port` in [mail] is 1 to 65535", "70000", "port = 587"),
    SERVER + "timeout = -1": ("`timeout` in [mail] is 1 to 3600", "-1", "timeout = 60"),
    SERVER + 'port = "587"': ("`port` in [mail] of CONFIG must be a whole number", "'587'", "port = 25"),
    SERVER + 'security = "ssl"': (
        "this is no way to secure mail",
        "ssl",
        "security, one of: starttls, tls, none",
    ),
    SERVER + 'security = "none"': (
        "without encryption mail is sent only to this machine",
        "smtp.example.com",
        'security = "starttls" or "tls"',
    ),
    'to = "sam@example.com"\nserver = "localhost"\nsecurity = "none"\nuser = "sam"\npassword_env = "X"': (
        "a password is never sent without encryption",
        "sam",
        'security = "starttls"',
    ),
    SIGNED_IN: (
        "[mail] must say where the password comes from, once",
        "user sam and no password",
        "one of: password_command, password_keyring, password_env, password_file",
    ),
    SIGNED_IN + 'password_env = "X"\npassword_file = "y"': (
        "[mail] must say where the password comes from, once",
        "password_env, password_file",
        "one of: password_command, password_keyring, password_env, password_file",
    ),
    SERVER + 'password_env = "X"': (
        "there is a password, and nobody signs in with it",
        "password_env",
        'user = "you@example.com"',
    ),
    'to = "sam@example.com"\nsendmail = "sendmail"': (
        "cron finds a program only by its whole path",
        "sendmail",
        'sendmail = "/usr/sbin/sendmail"',
    ),
    PROGRAM + 'port = 25\nuser = "sam"': (
        "a local program needs none of a server's settings",
        "port, user",
        "leave them out",
    ),
    PROGRAM + 'digest = "someday"': (
        "this is no day for a digest",
        "someday",
        'digest = "mon", or daily, or never',
    ),
    SERVER + f'password = "{CANARY}"': (
        "unknown key `password` in [mail] of CONFIG",
        "password",
        (
            "did you mean `password_env`? use one of to, from, server, port, security, user, password_command, "
            "password_keyring, password_env, password_file, sendmail, timeout, digest, charter"
        ),
    ),
    SERVER + f'password_command = "{CANARY}"': (
        "`password_command` in [mail] of CONFIG must be a list of texts",
        "not shown",
        'password_command = ["…", "…"]',
    ),
}


@pytest.mark.parametrize("mail", REFUSALS)
def test_settings_that_do_not_say_enough_are_refused(mail: str, tmp_path: Path) -> None:
    """What, the value, and what to write instead; nothing is sent."""
    what, value, mend = REFUSALS[mail]
    result = tried(tmp_path, mail)
    where = str(tmp_path / "config.toml")
    told = [f"improv: {what}", f"  at fault: {value}", f"  to mend:  {mend}"]
    assert result.told == [line.replace("CONFIG", where) for line in told]
    assert (result.code, result.out) == (2, "")
    assert not (tmp_path / "improv.db").exists()


def settings(**mail: Any) -> Post:
    """Return how mail is sent, from what `[mail]` says."""
    return post({"to": "sam@example.com", **mail}, Path("/home/sam/config.toml"), {"MAIL_PASSWORD": CANARY})


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        ({"server": "smtp.example.com"}, (587, "starttls", "smtp.example.com:587")),
        ({"server": "smtp.example.com", "security": "tls"}, (465, "tls", "smtp.example.com:465")),
        ({"server": "localhost", "security": "none"}, (25, "none", "localhost:25")),
        ({"server": "::1", "security": "none", "port": 8025}, (8025, "none", "::1:8025")),
    ],
)
def test_the_port_goes_with_the_security(mail: dict[str, Any], expected: tuple[int, str, str]) -> None:
    """Unless another is told; and encryption is asked for unless the server is this machine."""
    found = settings(**mail)
    assert (found.port, found.security, found.way) == expected
    assert (found.to, found.sender) == (("sam@example.com",), "sam@example.com")


def test_several_may_be_told_and_another_may_be_the_sender() -> None:
    """Their addresses stand behind commas."""
    found = settings(
        to="sam@example.com, ida@example.org", sendmail="/usr/sbin/sendmail", **{"from": "i@me.de"}
    )
    assert found == Post(("sam@example.com", "ida@example.org"), "i@me.de", sendmail="/usr/sbin/sendmail")


def test_the_examples_of_the_page_are_settings() -> None:
    """As they stand in docs/mail.md."""
    examples = re.findall(
        r"^```toml\n(.*?)^```", (ROOT / "docs/mail.md").read_text(), re.MULTILINE | re.DOTALL
    )
    assert [post(tomllib.loads(one)["mail"], Path("config.toml"), {}).way for one in examples] == [
        "smtp.example.com:587",
        "smtp.gmail.com:587",
        "smtp.fastmail.com:465",
        "/usr/sbin/sendmail",
    ]


# The password.


def password(folder: Path, mail: dict[str, Any]) -> str:
    """Return the password that settings lead to."""
    signed_in = {"to": "sam@example.com", "server": "smtp.example.com", "user": "sam"}
    return post({**signed_in, **mail}, folder / "config.toml", {"MAIL_PASSWORD": CANARY}).password()


def private(folder: Path, text: str | bytes, mode: int = 0o600) -> Path:
    """Write a file with a password."""
    path = folder / "secret"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return path


def test_it_comes_from_a_command(tmp_path: Path) -> None:
    """The first line that it prints, as `pass` prints it; asked once, however many mails are sent."""
    asked = tmp_path / "asked"
    script = f"echo x >> {asked}; echo {CANARY}; echo user: sam; echo noise >&2"
    signed_in = {"to": "sam@example.com", "server": "smtp.example.com", "user": "sam"}
    found = post({**signed_in, "password_command": ["sh", "-c", script]}, tmp_path / "c", {})
    assert not asked.exists()
    assert [found.password(), found.password()] == [CANARY, CANARY]
    assert asked.read_text() == "x\n"


def test_it_comes_from_the_environment(tmp_path: Path) -> None:
    """By the variable's name."""
    assert password(tmp_path, {"password_env": "MAIL_PASSWORD"}) == CANARY


@pytest.mark.parametrize("told", ["secret", "{folder}/secret"])
def test_it_comes_from_a_private_file(tmp_path: Path, told: str) -> None:
    """Its first line; a name without a folder is one beside the configuration."""
    private(tmp_path, f"{CANARY}\r\nmore\n")
    assert password(tmp_path, {"password_file": told.format(folder=tmp_path)}) == CANARY


def keyring(answer: str | Exception | None) -> dict[str, Any]:
    """Return modules of a keyring that answers, or fails."""

    class KeyringError(Exception):
        pass

    def get_password(service: str, user: str) -> str | None:
        assert (service, user) == ("improv", "sam")
        if answer is not None and not isinstance(answer, str):
            raise KeyringError(answer)
        return answer

    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    vars(module).update(get_password=get_password, errors=errors)
    vars(errors).update(KeyringError=KeyringError)
    return {"keyring": module, "keyring.errors": errors}


def test_it_comes_from_the_keyring(tmp_path: Path) -> None:
    """Where it is kept for the service `improv` and this user."""
    with patch.dict(sys.modules, keyring(CANARY)):
        assert password(tmp_path, {"password_keyring": True}) == CANARY


FAILURES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no such command": (
        {"password_command": ["/no/such/program", CANARY]},
        "the command for the password failed: no such file or directory",
        "password_command in [mail]",
    ),
    "the password in the place of the command": (
        {"password_command": [f"echo {CANARY}"]},
        "the command for the password failed: no such file or directory",
        "password_command in [mail]",
    ),
    "the password in the place of its file": (
        {"password_file": CANARY},
        "the file with the password cannot be read: no such file or directory",
        "password_file in [mail]",
    ),
    "the password in the place of its variable": (
        {"password_env": CANARY},
        "the password is empty",
        "password_env in [mail]",
    ),
    "a command that fails": (
        {"password_command": ["sh", "-c", f"echo {CANARY}; echo {CANARY} >&2; exit 3"]},
        "the command for the password failed with exit code 3",
        "sh",
    ),
    "a command that prints nothing": (
        {"password_command": ["true"]},
        "the password is empty",
        "password_command in [mail]",
    ),
    "a variable that is not set": (
        {"password_env": "NOT_SET"},
        "the password is empty",
        "password_env in [mail]",
    ),
    "a file that is not there": (
        {"password_file": "nowhere"},
        "the file with the password cannot be read: no such file or directory",
        "password_file in [mail]",
    ),
    "a folder": (
        {"password_file": "."},
        "the file with the password cannot be read: is a directory",
        "password_file in [mail]",
    ),
    "a keyring that is not installed": (
        {"password_keyring": True},
        "the keyring is not installed",
        "password_keyring in [mail]",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_password_that_cannot_be_had(case: str, tmp_path: Path) -> None:
    """Without it no mail is sent: the same exit code as when the server does not take it."""
    mail, what, value = FAILURES[case]
    tmp_path.chmod(0o700)
    with patch.dict(sys.modules, {"keyring": None}), pytest.raises(MailNotSent) as caught:
        password(tmp_path, mail)
    assert (caught.value.what, caught.value.value) == (what, value)
    assert len(caught.value.lines()) == 3
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "what"),
    [(None, "the password is empty"), (Exception(CANARY), "the keyring does not open: KeyringError")],
)
def test_a_keyring_that_has_none_or_is_locked(tmp_path: Path, answer: Any, what: str) -> None:
    """As it is for cron, which has no desktop."""
    with patch.dict(sys.modules, keyring(answer)), pytest.raises(MailNotSent) as caught:
        password(tmp_path, {"password_keyring": True})
    assert caught.value.what == what
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Its words are known to more than its owner."""
    path = private(tmp_path, CANARY, mode)
    with pytest.raises(ImprovError) as caught:
        password(tmp_path, {"password_file": "secret"})
    assert caught.value.lines() == [
        "improv: others may read the file with the password",
        f"  at fault: {path}",
        f"  to mend:  chmod 600 {path}",
    ]


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """Nothing of it is shown."""
    private(tmp_path, b"\xff\xfe" + CANARY.encode())
    with pytest.raises(MailNotSent) as caught:
        password(tmp_path, {"password_file": "secret"})
    assert caught.value.what == "the file with the password cannot be read: it is no text"
    assert CANARY not in str(caught.value)


def test_a_file_below_a_home_folder_that_nobody_has(tmp_path: Path) -> None:
    """Such as under cron without HOME, for a user the machine does not know."""
    with pytest.raises(MailNotSent) as caught:
        password(tmp_path, {"password_file": "~nobody-of-this-name/secret"})
    assert caught.value.what == "the file with the password cannot be read: there is no home folder"
