"""Files that were spoilt, and files that are far too large: right, or words; and never more memory than a small file takes."""

import io
import os
import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, NamedTuple

import pytest

from tests.faults.tally import FULL, Tally, some
from tests.faults.world import TODAY, dump, store_ill, words
from tests.run import Result, run, start
from tests.session import must
from tests.test_input_files import CARDS, CSV, LOG, TOUCHES

SPOILT = 500 if FULL else 3
ODD = (
    b'"',
    b"\0",
    b"\r",
    b"\n",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\x1b[2J",
    b"-1",
    b"1e999",
    b"9" * 30,
    b"\\ud800",
    b";",
    b"{}",
    b"=",
)
MB = 1_000_000
# What a command may take for any of these files: most of it is the program itself, and a row of the longest there may be.
MOST_MEMORY, MOST_SECONDS = 600 * MB, 120
# What a longer file may take more, in MB: caches that fill, and of each row much less than stands in it.
SLACK, A_ROW = 60, 0.0004


NAMES = (
    "in.csv",
    "in16.csv",
    "in.vcf",
    "in.log",
    "touches.csv",
    "map.toml",
    "all.jsonl",
    "all.zip",
    "copy.db",
    "config.toml",
)


class Way(NamedTuple):
    """How a file is brought in: its name, what stands in it, the words of the command, and whether into an empty store."""

    name: str
    data: bytes
    words: str
    empty: bool = False


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory, book: Path) -> dict[str, Way]:
    """Give a good file of every kind."""
    here = tmp_path_factory.mktemp("ways")
    for name in ("all.jsonl", "all.zip"):
        must(f"export -o {here / name}", book)
    must(f"backup {here / 'copy.db'}", book)
    mapping = 'kind = "leads"\nblank = ["-"]\n[columns]\n"Name" = "name"\n"City" = ["city", "region"]\n[dates]\nformat = "%Y-%m-%d"\n'
    made = [
        Way("in.csv", CSV.encode() * 3, "import {} --as leads"),
        Way("in16.csv", CSV.encode("utf-16"), "import {} --as leads"),
        Way("in.vcf", CARDS.encode(), "import {}"),
        Way("in.log", LOG.encode(), "touch import {}"),
        Way("touches.csv", TOUCHES.encode(), "touch import {}"),
        Way("map.toml", mapping.encode(), "import good.csv --mapping {}"),
        Way("all.jsonl", (here / "all.jsonl").read_bytes(), "import {}", empty=True),
        Way("all.zip", (here / "all.zip").read_bytes(), "import {}", empty=True),
        Way("copy.db", (here / "copy.db").read_bytes(), "restore {}"),
        Way("config.toml", b'[me]\nname = "J\xc3\xb6rg"\nrate = 90\n[playbook.limit]\nsession_minutes = 30\n', "CONFIG"),
    ]  # fmt: skip
    return {way.name: way for way in made}


def spoilt(data: bytes, luck: random.Random) -> bytes:
    """Return a file with one to three faults of a kind that happens: cut, flipped, torn out, doubled, put in."""
    made = bytearray(data)
    for _ in range(luck.randrange(1, 4)):
        at = luck.randrange(len(made) + 1)
        until = min(len(made), at + luck.choice((1, 3, 40)))
        match luck.randrange(6):
            case 0:
                del made[at:]
            case 1:
                made[at:until] = bytes(byte ^ 1 << luck.randrange(8) for byte in made[at:until])
            case 2:
                del made[at:until]
            case 3:
                made[at:at] = made[at:until] * luck.choice((1, 2, 50))
            case 4:
                made[at:until] = luck.randbytes(until - at)
            case _:
                made[at:at] = luck.choice(ODD)
    return bytes(made)


def half_done(way: Way, result: Result, db: Path, before: object, whole: object) -> str | None:
    """Return what is wrong with how a spoilt file was taken; nothing where it is right, or refused in words."""
    if "Traceback" in result.err or "itself failed" in result.err or result.code not in {0, 1, 2, 3, 4, 5}:
        return f"failed: {result}"
    if result.code and not words(result) and "nothing was changed" not in result.out:
        return f"said {result}"
    after = dump(db) if db.exists() else {}
    if after.keys() == {"version"}:  # a store that nothing was written into
        after = {}
    if result.code and after != before:
        return f"half done, and told {result.code}"
    if (
        result.code == 0
        and way.empty
        and {t: len(r) for t, r in after.items()}
        != {
            t: len(r)
            for t, r in whole.items()  # type: ignore[attr-defined]
        }
    ):
        return "half a store, and told as done"
    counts = dict(line.split("\t") for line in result.out.splitlines() if line.count("\t") == 1)
    if result.code == 0 and way.words.endswith("--as leads"):
        done = sum(int(counts.get(what, 0)) for what in ("leads added", "rows not imported", "rows whose record is there already, left as it is"))  # fmt: skip
        if done != int(counts["rows in the file"]):
            return f"rows are missing: {result.out}"
    return None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("unsynced")
def test_a_spoilt_file_is_read_right_or_refused(
    tmp_path: Path, book: Path, ways: dict[str, Way], name: str, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every kind of file there is a command for, spoilt by chance."""
    monkeypatch.chdir(tmp_path)
    way, luck, faults, refused = ways[name], random.Random(name), [], 0  # noqa: S311 - no secret
    db, whole = tmp_path / "improv.db", dump(book)
    (tmp_path / "good.csv").write_text(CSV, "utf-8")
    for number in range(SPOILT):
        file = tmp_path / name
        file.write_bytes(spoilt(way.data, luck))
        result = brought(way, file, db, book)
        wrong = half_done(way, result, db, {} if way.empty else whole, whole)
        refused += result.code != 0
        if wrong is None and number % 10 == 0 and db.exists() and store_ill(db):
            wrong = f"unsound: {store_ill(db)}"
        if wrong:
            kept = file.rename(tmp_path / f"{number}-{name}")
            faults.append(f"{kept}: {wrong}")
    said = [f"{refused:,} refused in words, the others read"]
    tally.add(f"{name} spoilt by chance", SPOILT, len(faults), said)
    assert faults == []


def brought(way: Way, file: Path, db: Path, book: Path) -> Result:
    """Bring a file in, into a copy of the book or into no store at all."""
    shutil.rmtree(db.with_name("improv.db.backups"), ignore_errors=True)
    for old in (db, db.with_name("bad")):
        old.unlink(missing_ok=True)
    if not way.empty:
        shutil.copy(book, db)
    if way.words == "CONFIG":
        return run("lead", "list", db=db, today=TODAY, config=file)
    more = "" if way.empty or "restore" in way.words else f" --failed {db.with_name('bad')}"
    return run(*(way.words.format(file) + more).split(), db=db, today=TODAY)


# Sizes


def measured(*typed: object, db: Path, most: int = MOST_MEMORY) -> tuple[Result, float, float]:
    """Run a command that may take only so much memory; return what it said, its seconds of work, and its peak in MB."""
    limits = ("prlimit", f"--as={most}", f"--cpu={MOST_SECONDS}", "--")
    with (
        (db.parent / "out").open("w+", encoding="utf-8") as out,
        (db.parent / "err").open("w+", encoding="utf-8") as err,
    ):
        process = start(*typed, db=db, today=TODAY, before=limits, stdout=out, stderr=err, cwd=db.parent)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        result = Result(process.returncode, out.read(), err.read())
    return result, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def bomb(to: Path, members: dict[str, int]) -> None:
    """Write an archive of members that are so many zeros each."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, size in members.items():
            with archive.open(name, "w", force_zip64=True) as member:
                for _ in range(size // MB):
                    member.write(bytes(MB))


def real(book: Path, to: Path, more: Callable[[zipfile.ZipFile], object], *, without: str = "") -> None:
    """Write the archive of a store, and something more into it."""
    must(f"export -o {to} --force", book)
    with zipfile.ZipFile(io.BytesIO(to.read_bytes())) as source, zipfile.ZipFile(to, "w") as archive:
        for name in source.namelist():
            if name != without:
                archive.writestr(name, source.read(name))
        more(archive)


def repeated(to: IO[bytes], piece: bytes, size: int) -> None:
    for _ in range(size // len(piece)):
        to.write(piece)


def long_line(here: Path, _: Path) -> None:
    with (here / "line.csv").open("wb") as file:
        file.write(b"Name,Email\n")
        repeated(file, b"x" * 1_000, 100 * MB)


def open_quote(here: Path, _: Path) -> None:
    with (here / "quote.csv").open("wb") as file:
        file.write(b'Name,Email\n"Ada,')
        repeated(file, b"x,y\n", 40 * MB)


def deep_json(here: Path, _: Path) -> None:
    (here / "deep.jsonl").write_text('{"improv": ' + "[" * 100_000, "utf-8")


def long_json(here: Path, _: Path) -> None:
    with (here / "long.jsonl").open("wb") as file:
        file.write(b'{"improv": "store", "x": "')
        repeated(file, b"x" * MB, 200 * MB)


def table_of_zeros(archive: zipfile.ZipFile) -> None:
    archive.writestr("lead.csv", bytes(300 * MB))


def members_leading_out(archive: zipfile.ZipFile) -> None:
    for number in range(60_000):
        archive.writestr(f"../../{number}", "x")


def wide_cards(here: Path, _: Path) -> None:
    cards = (f"BEGIN:VCARD\nVERSION:3.0\nFN:A{n}\nX-{n}:y\nEND:VCARD\n" for n in range(20_000))
    (here / "wide.vcf").write_text("".join(cards), "utf-8")


def pictured_card(here: Path, _: Path) -> None:
    picture = f"PHOTO;ENCODING=BASE64:{'A' * 13 * MB}"
    (here / "photo.vcf").write_text(f"BEGIN:VCARD\nVERSION:2.1\nFN:Ada\n{picture}\nEND:VCARD\n", "utf-8")


def folded_card(here: Path, _: Path) -> None:
    (here / "fold.vcf").write_text(
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nNOTE:a" + "\n b" * MB + "\nEND:VCARD\n", "utf-8"
    )


# What each is, how it is written beside a book, how it is brought in, and the exit code it ends with.
GIANTS: tuple[tuple[str, Callable[[Path, Path], None], str, int], ...] = (
    ("a line of 100 MB", long_line, "import line.csv --as leads", 1),
    ("a quotation mark that is never closed, over 40 MB", open_quote, "import quote.csv --as leads", 1),
    (
        "JSON 100,000 levels deep",
        deep_json,
        "import deep.jsonl",
        1,
    ),
    ("a line of JSON of 200 MB", long_json, "import long.jsonl", 1),
    (
        "an archive that unpacks to 4 GB of zeros",
        lambda here, _: bomb(here / "bomb.zip", {"improv.json": 4_000 * MB}),
        "import bomb.zip",
        1,
    ),
    (
        "an archive with a table of 300 MB of zeros",
        lambda here, book: real(book, here / "cell.zip", table_of_zeros, without="lead.csv"),
        "import cell.zip",
        1,
    ),
    (
        "an archive with 60,000 members that lead out of it",
        lambda here, book: real(book, here / "many.zip", members_leading_out),
        "import many.zip",
        0,
    ),
    ("vCards with 20,000 kinds of lines", wide_cards, "import wide.vcf", 1),
    ("a vCard with a picture of 10 MB", pictured_card, "import photo.vcf", 0),
    ("a vCard with a note folded into a million lines", folded_card, "import fold.vcf", 0),
)


@pytest.mark.system("prlimit")
def test_a_file_that_is_too_large_is_read_or_refused_in_little_memory(
    tmp_path: Path, book: Path, tally: Tally
) -> None:
    """Each within a limit to its memory and its time, set from outside."""
    faults, said, peak, slowest = [], [], 0.0, 0.0
    tried = some(GIANTS, 3, "giants")
    for what, write, typed, code in tried:
        write(tmp_path, book)
        db = tmp_path / "new.db"
        db.unlink(missing_ok=True)
        result, seconds, memory = measured(*typed.split(), db=db)
        if result.code != code or (code and words(result) is None):
            faults.append(f"{what}: {result}")
        (tmp_path / typed.split()[1]).unlink()
        peak, slowest = max(peak, memory), max(slowest, seconds)
        said += [words(result) or ""] if code else []
    tally.add(
        f"files far too large (at most {peak:.0f} MB and {slowest:.1f} s of work)",
        len(tried),
        len(faults),
        said,
    )
    assert faults == []


@pytest.mark.system("prlimit")
def test_a_note_of_ten_megabytes_costs_no_page_its_speed(tmp_path: Path, book: Path, tally: Tally) -> None:
    """It comes by a cell of a file; lists, pages, reports, the doctor and undo stay quick; a pipe gets all of it."""
    db = Path(shutil.copy(book, tmp_path / "improv.db"))
    (tmp_path / "note.csv").write_text(f"Name,Note\nEve,{'word ' * 2 * MB}\n", "utf-8")
    typed = [
        "import note.csv --as leads --map Note=note",
        "note add L1 " + "x" * 120_000,
        "lead list",
        "show L3",
        "show L3 --format json",
        "note list",
        "report weekly",
        "alerts",
        "doctor",
        "export -o all.jsonl",
        "export -o all.zip",
        "history",
        "undo",
        "undo",
    ]
    typed = typed if FULL else [typed[0], "lead list", "show L3", "export -o all.jsonl", "undo"]
    faults, peak, slowest = [], 0.0, 0.0
    for command in typed:
        result, seconds, memory = measured(*command.split(" "), db=db)
        peak, slowest = max(peak, memory), max(slowest, seconds)
        if result.code != 0 or seconds > 10:
            faults.append(f"{command[:40]}: {result.code} {result.err[:200]} {seconds:.1f} s")
        if command.startswith("show L3") and result.out.count("word") < 2 * MB:
            faults.append(f"{command}: the note is cut")
    if dump(db) != dump(book):
        faults.append("undo left something")
    for name in [command.split()[-1] for command in typed if command.startswith("export")]:
        result, _, memory = measured("import", name, db=tmp_path / f"{name}.db")
        peak = max(peak, memory)
        if result.code:
            faults.append(f"{name} does not come back: {result.err}")
    tally.add(
        f"a note of 10 MB (at most {peak:.0f} MB and {slowest:.1f} s of work)",
        len(typed) + 2,
        len(faults),
        [],
    )
    assert faults == []


@pytest.mark.system("prlimit")
@pytest.mark.parametrize("kind", ["leads", "failing leads", "a web log"])
def test_a_file_of_very_many_rows_takes_little_more_memory_than_one_of_many(
    tmp_path: Path, book: Path, tally: Tally, kind: str
) -> None:
    """The second file is several times as long as the first; a report of failures stays short."""
    sizes = (60_000, 240_000) if FULL else (800, 3_200)
    peaks = []
    for rows in sizes:
        db = Path(shutil.copy(book, tmp_path / "improv.db"))
        name, command = written(tmp_path, kind, rows)
        (tmp_path / "failed").unlink(missing_ok=True)
        result, _, memory = measured(*command.split(), "--failed", "failed", db=db)
        assert result.code == int(kind == "failing leads"), result
        assert len(result.out.splitlines()) < 80
        assert (tmp_path / name).stat().st_size > rows * 20
        peaks.append(memory)
    room = SLACK + A_ROW * (sizes[1] - sizes[0])
    fault = f"{kind}, {sizes[1]:,} rows (at most {peaks[1]:.0f} MB)"
    tally.add(fault, 1, int(peaks[1] > peaks[0] + room), [])
    assert peaks[1] < peaks[0] + room, peaks


def written(folder: Path, kind: str, rows: int) -> tuple[str, str]:
    """Write a file of so many rows; return its name and the command that brings it in."""
    if kind == "a web log":
        with (folder / "many.log").open("w", encoding="utf-8") as file:
            for n in range(rows):
                at = f"{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}"
                file.write(
                    f'10.0.{n % 99}.{n % 251} - - [01/Nov/2026:{at} +0000] "GET /{n % 50} HTTP/1.1" 200 5 "-" "F"\n'
                )
        return "many.log", "touch import many.log"
    day = "day {}" if kind == "failing leads" else "2026-11-01"
    with (folder / "many.csv").open("w", encoding="utf-8") as file:
        file.write("Id,Name,Company,Email,Received\n")
        for n in range(rows):
            file.write(f"x{n},Person {n},Company {n // 3},p{n}@example.com,{day.format(n)}\n")
    return "many.csv", "import many.csv --as leads"
