"""The log of a web server, in the common or the combined format: line by line, and what each line says.

A line is a page that somebody opened, something else that is left out and counted (an image, a bot, an error), or no
line of a log at all. Addresses are read here and never kept: a visitor is a keyed hash of address and browser.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final

from improv.errors import Refused
from improv.links import page_of, parameters

# Longer than any line a server writes; what is longer is no line of a log.
LONGEST_LINE: Final = 1 << 16
_LOOKED_AT: Final = 50
_GZIP: Final = b"\x1f\x8b"
_DAMAGED: Final = (OSError, EOFError, zlib.error)
# virtual host (if any), address, identity, user, time, request, status, bytes, referrer and browser (if any)
_LINE: Final = re.compile(
    r"(?:[\w.-]+:\d+ )?(?P<address>\S+) \S+ (?:[^\[\"]*) ?\[(?P<time>[^\]]*)\] "
    r'"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) (?:\d+|-)'
    r'(?: "(?:[^"\\]|\\.)*" "(?P<agent>(?:[^"\\]|\\.)*)")?(?: .*)?'
)
_TIME: Final = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_REQUEST: Final = re.compile(r"([A-Z]+) (\S.*?)(?: HTTP/[\d.]+)?")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# What a page fetches by itself, and what only machines ask for.
_NO_PAGE: Final = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|ico|bmp|avif|css|js|mjs|map|json|xsl|woff2?|ttf|otf|eot|mp[34]|m4[av]|webm|og[gv]|wav"
    r"|xml|rss|atom|webmanifest)$|/(?:robots|humans|ads)\.txt$|/\.well-known/",
    re.IGNORECASE,
)
# Robots that say so, and programs that fetch for nobody who looks. A person's own reader of feeds is no robot.
_BOT: Final = re.compile(
    r"bot\b|bot[/_-]|crawl|spider|slurp|archiver|feedfetcher|feedparser|feedburner|feedbin|facebookexternalhit|ezooms"
    r"|monitor|uptime|pingdom|headless|lighthouse|curl/|wget|python|libwww|go-http-client|okhttp|java/|ruby|perl",
    re.IGNORECASE,
)

NO_PAGE: Final = "images, styles, scripts, fonts, feeds"
BOTS: Final = "bots, by what they call themselves"
ERRORS: Final = "errors (4xx, 5xx)"
REDIRECTS: Final = "redirects: the page they lead to counts"
NO_GET: Final = "requests that are no GET"


@dataclass(slots=True)
class Hit:
    """A page that was opened: when, by whom (a keyed hash), which page, and what stood in its query."""

    line: int
    at: datetime
    visitor: str
    page: str
    query: dict[str, str]
    mark: bytes


def is_weblog(path: Path) -> bool:
    """Tell whether a file is the log of a web server, by its first lines."""
    try:
        with _opened(path) as file:
            for _ in range(_LOOKED_AT):
                line = file.readline(LONGEST_LINE)
                if _LINE.fullmatch(_text(line)):
                    return True
    except _DAMAGED:
        return False
    return False


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a log that are not blank with their numbers, packed by gzip or not."""
    try:
        with _opened(path) as file:
            number = 0
            while line := file.readline(LONGEST_LINE):
                number += 1
                rest = line
                while rest and not rest.endswith(b"\n"):
                    rest = file.readline(LONGEST_LINE)
                if line.strip():
                    yield number, line.rstrip(b"\r\n")
    except _DAMAGED as error:
        raise Refused(f"the file cannot be read to its end: {error}", str(path), f"ls -l {path}") from error


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]


def _text(line: bytes) -> str:
    return (
        line.rstrip(b"\r\n").decode("utf-8", "backslashreplace").replace("\x00", "\\x00").replace("\r", "\\r")
    )


def read(number: int, line: bytes, key: bytes) -> Hit | str | None:
    """Return the page a line tells of, the reason why it is none, or nothing where it is no line of a log.

    `key` is that of the hash visitors are known by.
    """
    match = _LINE.fullmatch(_text(line)) if len(line) < LONGEST_LINE else None
    at = match and _moment(match["time"])
    if match is None or at is None:
        return None
    request, agent = _REQUEST.fullmatch(match["request"]), match["agent"] or "-"
    if request is None:
        return ERRORS if match["status"] >= "400" else None
    page = page_of(request[2])
    if left_out := _left_out(request[1], match["status"], page, agent):
        return left_out
    who = blake2b(f"{match['address']}\n{agent}".encode(), key=key, digest_size=10).hexdigest()
    mark = blake2b(line, key=key, digest_size=12).digest()
    return Hit(number, at, who, page, parameters(request[2]), mark)


def _left_out(method: str, status: str, page: str, agent: str) -> str | None:
    """Return why a request is no page that somebody opened; nothing where it is one."""
    if method != "GET":
        return NO_GET
    if status >= "400":
        return ERRORS
    # What was not sent again because the browser still has it (304) was looked at all the same.
    if status.startswith("3") and status != "304":
        return REDIRECTS
    if _NO_PAGE.search(page):
        return NO_PAGE
    return BOTS if _BOT.search(agent) else None


def _moment(text: str) -> datetime | None:
    """Return the instant of a line; nothing where it is none."""
    match = _TIME.fullmatch(text)
    if match is None or match[2] not in _MONTHS:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    try:
        return datetime(
            *(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), min(int(second), 59)),
            tzinfo=_offset(sign, int(hours), int(minutes)),
        )
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _offset(sign: str, hours: int, minutes: int) -> timezone:
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if sign == "-" else ahead)
