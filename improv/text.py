"""The one gate in front of every output: what users and files wrote is shown as text and never obeyed."""

from typing import Final

from improv.errors import Refused

# Besides control characters and lone surrogates: what reorders a line, what breaks it where no newline is seen, and what
# is not seen at all, so that two names look alike. A joiner is none of these: Persian words and emoji are spelt with it.
_REORDERS: Final = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_BREAKS: Final = "\u2028\u2029"
_UNSEEN: Final = "\u00ad\u180e\u200b\u2060\u2061\u2062\u2063\u2064\u206a\u206b\u206c\u206d\u206e\u206f\ufeff\ufff9\ufffa\ufffb"
_UNSAFE: Final = frozenset(_REORDERS + _BREAKS + _UNSEEN)
_FAMILIAR: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
_LAST_BYTE: Final = 0xFF

# Letters that are one letter to Unicode and an accented one to whoever types a name.
_STROKES: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys(_REORDERS + _UNSEEN, "")
)

# How a text begins that a spreadsheet runs, wide forms too; a tab and a newline are blanks to it, and a formula may follow.
_OBEYED: Final = ("=", "+", "-", "@", "\t", "\n", "\r", "＝", "＋", "－", "＠")
_APOSTROPHE: Final = "'"


def unobeyed(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe goes before one, and before an apostrophe."""
    return _APOSTROPHE + text if text.startswith((*_OBEYED, _APOSTROPHE)) else text


def as_typed(cell: str) -> str:
    """Return the text that `unobeyed` made a cell of."""
    return cell.removeprefix(_APOSTROPHE)


def shown(text: str, *, keep_newlines: bool = False) -> str:
    """Return the text as it may be printed: what a terminal could obey, and what nobody would see, become visible escapes.

    Tabs and newlines are kept only where asked for, and then every line ending is a newline.
    """
    # All that must be escaped is unprintable to Python; the reverse does not hold (a no-break space).
    if text.isprintable():
        return text
    kept = ""
    if keep_newlines:
        text = text.replace("\r\n", "\n")
        kept = "\n\t"
    return "".join(_escape(char) if _is_unsafe(char) and char not in kept else char for char in text)


def refuse_controls(text: str, field: str) -> str:
    """Return the text, refused when it holds a character that cannot be shown (a name is one line)."""
    if not text.isprintable() and any(map(_is_unsafe, text)):
        raise Refused(
            f"{field} holds a character that cannot be shown",
            shown(text),
            "type it again without the characters that begin with a backslash",
        )
    return text


def folded(text: str) -> str:
    """Return the text as searches compare it: without case, accents, extra spaces and what nobody sees."""
    plain = text.casefold()
    if not plain.isascii():
        from unicodedata import combining, normalize  # noqa: PLC0415 - most text never needs it

        # Decomposing may bring forth letters that have a case again, and the reverse.
        decomposed = normalize("NFKD", normalize("NFKD", plain).casefold())
        plain = "".join(char for char in decomposed if not combining(char)).translate(_STROKES)
    return " ".join(plain.split())


def width(text: str) -> int:
    """Count the columns of a terminal that the text takes."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def clipped(text: str, columns: int, *, ellipsis: str = "…") -> str:
    """Cut the text to so many columns, its end replaced by an ellipsis where it was longer."""
    if width(text) <= columns:
        return text
    room = columns - len(ellipsis)
    if room < 0:
        return ellipsis[: max(columns, 0)]
    if text.isascii():
        return text[:room].rstrip() + ellipsis
    taken = kept = 0
    for char in text:
        taken += _char_width(char)
        if taken > room:
            break
        kept += 1
    return text[:kept].rstrip() + ellipsis


def _is_unsafe(char: str) -> bool:
    """Tell whether a terminal could obey the character, fail to write it, or show nothing."""
    return char < " " or "\x7f" <= char <= "\x9f" or char in _UNSAFE or "\ud800" <= char <= "\udfff"


def _escape(char: str) -> str:
    """Write the character as an escape that anyone can look up."""
    code = ord(char)
    if char in _FAMILIAR:
        return _FAMILIAR[char]
    return f"\\x{code:02x}" if code <= _LAST_BYTE else f"\\u{code:04x}"


def _char_width(char: str) -> int:
    """Return the columns of one character: none for a mark on the one before it, two for a wide one."""
    from unicodedata import category, east_asian_width  # noqa: PLC0415 - most text never needs it

    if category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(char) in {"W", "F"} else 1
