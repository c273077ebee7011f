"""Links of one person's own: the tag in a URL, and the page a URL names. Nothing but text goes in and comes out."""

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from improv.errors import Usage
from improv.records.words import TAG
from improv.text import shown

_SCHEMES: Final = ("http", "https")
# What no URL may hold as it stands: blanks, quotation marks, and what a terminal or a page could obey.
_NOT_IN_A_URL: Final = re.compile(r"[\s\"<>\\^`{|}\x00-\x20\x7f-\x9f]")
_LONGEST_PAGE: Final = 500


def checked(url: str) -> str:
    """Return a web address as it may be given away; refused when it is none."""
    text, wrong = url.strip(), None
    try:
        parts = urlsplit(text)
        if parts.scheme.lower() not in _SCHEMES:
            wrong = "a link begins with https:// or http://"
        elif not parts.hostname or (parts.port or 1) < 1:
            wrong = "a link names a web site"
        elif _NOT_IN_A_URL.search(text) or shown(text) != text:
            wrong = "a link holds a character that no web address may hold"
        elif any(name == TAG for name, _ in parse_qsl(parts.query)):
            wrong = "a link is somebody's own already"
    except ValueError:  # an address in brackets that is none, or a port that is no number
        wrong = "a link names a web site"
    if wrong:
        raise Usage(wrong, shown(url), "improv link make ada https://example.com/pricing")
    return urlunsplit(parts._replace(path=parts.path or "/"))


def page_of(text: str) -> str:
    """Return the page that a URL or a path names: without its site, its query and its fragment."""
    plain = text.strip()
    try:
        parts = urlsplit(plain)
        path = parts.path if parts.scheme.lower() in _SCHEMES or not parts.scheme else plain
    except ValueError:
        path = plain.partition("?")[0]
    return (path or "/")[:_LONGEST_PAGE]


def parameters(url: str) -> dict[str, str]:
    """Return what the query of a URL says, by the name in small letters; the first of a name stands."""
    said: dict[str, str] = {}
    query = url.partition("?")[2].partition("#")[0]
    # A bound on how many: a query is written by strangers.
    for name, value in parse_qsl(query[: _LONGEST_PAGE * 8], max_num_fields=None):
        said.setdefault(name.lower(), value.replace("\x00", "")[:_LONGEST_PAGE])
    return said
