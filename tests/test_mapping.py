"""A mapping is guessed from headers, shown, saved, and reused on another file of the kind."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improv import playbook
from improv.errors import Usage
from improv.transfer.csvfile import open_csv
from improv.transfer.files import open_file
from improv.transfer.guess import as_table, guess
from improv.transfer.kinds import KINDS, kind_of
from improv.transfer.mapping import Mapping, check_columns, read_mapping, to_toml
from improv.transfer.values import (
    DAY_FIRST,
    Evidence,
    Fault,
    read_clock,
    read_moment,
    read_number,
    read_yes_or_no,
    rounded,
)
from tests.data import real
from tests.files import EXAMPLES, written

BOOK = playbook.load()


def guessed(folder: Path, text: str, kind: str) -> Mapping:
    return guess(open_csv(written(folder, text)), KINDS[kind], BOOK)


def test_headers_are_known_in_other_words_and_languages(tmp_path: Path) -> None:
    """A German list of leads is understood by its headers; the unknown column becomes nothing."""
    found = guessed(
        tmp_path,
        "Nachname;Vorname;Firma;E-Mail-Adresse;Quelle;Lieblingsfarbe\nX;Ada;E;a@b;web;rot\n",
        "leads",
    )
    assert found.columns == {
        "Firma": ("company",),
        "E-Mail-Adresse": ("email",),
        "Quelle": ("source",),
        "Vorname": ("name",),
        "Nachname": ("name",),
    }


def test_a_salesforce_export_is_understood(tmp_path: Path) -> None:
    """Words like CloseDate are taken apart, an ending is no stage, and a choice of which no word is known is left."""
    text = "Id,Name,StageName,Amount,CloseDate,Type\n1,Deal,Closed Won,5,2026-01-01,New Customer\n2,B,Proposal,,,\n"
    found = guessed(tmp_path, text, "opportunities")
    assert found.columns == {
        "Id": ("id",),
        "Name": ("title",),
        "Amount": ("value",),
        "CloseDate": ("close_on",),
        "StageName": ("stage",),
    }
    assert found.values == {"stage": {"Closed Won": {"outcome": "won"}}}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("headers/hubspot_contacts.csv", {"id", "name", "email", "phone", "received_on"}),
        ("headers/google_contacts_old.csv", {"name", "company", "email", "phone", "job_profile"}),
        (
            "headers/linkedin_connections.csv",
            {"name", "company", "email", "website", "job_profile", "received_on"},
        ),
        ("headers/mailchimp_audience.csv", {"name", "email", "phone", "received_on", "note"}),
        ("headers/pipedrive_sample_import.csv", {"name", "company", "email", "phone", "note"}),
        (
            "roundcube/tb_plain.csv",
            {
                "name",
                "company",
                "email",
                "phone",
                "website",
                "city",
                "region",
                "country",
                "job_profile",
                "note",
            },
        ),
        ("roundcube/email.csv", {"email"}),
    ],
)
def test_contact_exports_of_common_programs_are_understood(name: str, fields: set[str]) -> None:
    """HubSpot, Google, LinkedIn, Mailchimp, Pipedrive, Thunderbird: who they are and how they are reached."""
    assert guess(open_file(real(name)), KINDS["leads"], BOOK).mapped == fields


def test_placeholders_and_foreign_sources_come_into_the_guess(tmp_path: Path) -> None:
    """What stands for nothing counts as missing, and a source the playbook lacks is kept, both said aloud."""
    found = guessed(tmp_path, "Name,Lead Source,City\nAda,Olark Chat,Select\n", "leads")
    assert (found.blank, found.unknown) == (("Select",), {"source": "keep"})


def test_the_guess_is_shown(tmp_path: Path) -> None:
    """Every column with its field and meaning, and those that are not imported."""
    file = open_csv(written(tmp_path, "Name,Shoe size\nAda,38\n"))
    table = as_table(guess(file, KINDS["leads"], BOOK), file)
    assert table.rows == [("Name", "name", "the person's name")]
    assert table.note == "not imported: Shoe size"


def test_nothing_known_is_refused(tmp_path: Path) -> None:
    """A file none of whose headers is known is not guessed at."""
    with pytest.raises(Usage, match="no column is known as a field of visits"):
        guessed(tmp_path, "foo,bar\n1,2\n", "visits")


def test_a_mapping_is_the_same_after_it_was_saved(tmp_path: Path) -> None:
    """Whatever a mapping says is written as TOML and read back."""
    mapping = Mapping(
        KINDS["opportunities"],
        columns={'The "deal" \\ name': ("title", "lead_name"), "Stage": ("stage",), "When": ("opened_on",)},
        join={"title": " – "},
        values={"stage": {"Closed\tWon": {"outcome": "won", "stage": "proposal"}, "neu": {"stage": "intro"}}},
        constants={"source": "web"},
        blank=("NA", ""),
        dates={"format": "%d/%m/%Y", "When": "%Y"},
        numbers={"decimal": ",", "thousands": "."},
        unknown={"source": "keep"},
        match="name",
        encoding="cp1252",
        delimiter=";",
    )
    assert read_mapping(written(tmp_path, to_toml(mapping), "m.toml")) == mapping


@given(
    st.dictionaries(
        st.text(min_size=1).filter(str.strip), st.sampled_from(["name", "email", "source"]), max_size=4
    )
)
def test_any_header_survives_saving(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, str]
) -> None:
    """Quotation marks, newlines and emoji in a header are no danger to the file."""
    try:
        mapping = Mapping(KINDS["leads"], columns={name: (one,) for name, one in columns.items()})
        path = written(tmp_path_factory.mktemp("m"), to_toml(mapping), "m.toml")
    except UnicodeEncodeError:
        return
    assert read_mapping(path) == mapping


@pytest.mark.parametrize(
    ("text", "what", "value"),
    [
        ("knid = 1", "unknown key `knid` in the mapping m.toml", "knid"),
        ('[columns]\nA = "name"', "`kind` is missing in the mapping m.toml", ""),
        ('kind = "leads"\n[columns]\nA = "nmae"', "leads have no such field", "nmae"),
        ('kind = "leads"\n[columns]\nA = 1', "a column in [columns] of the mapping m.toml names no field", "1"),
        ('kind = "deals"', "a file cannot be imported as this", "deals"),
        ('kind = "leads"\nmatch = "phone"', "`match` in the mapping m.toml is none of its words", "phone"),
        ('kind = "leads"\nblank = "NA"', "`blank` in the mapping m.toml is of another type than it should be", "'NA'"),
        ('kind = "leads"\n[numbers]\ndecimal = ";"', "`decimal` in [numbers] of the mapping m.toml is no such mark", ";"),
        ('kind = "leads"\n[unknown]\nlifecycle = "keep"', "`lifecycle` in [unknown] of the mapping m.toml keeps only words that are known", "keep"),
        ("kind = ", "the mapping m.toml is no TOML file: Invalid value (at end of document)", None),
    ],
)  # fmt: skip
def test_what_a_mapping_cannot_say_is_refused_by_name(
    tmp_path: Path, text: str, what: str, value: str | None
) -> None:
    """An unknown key, field, kind or word is named with its place."""
    path = written(tmp_path, text, "m.toml")
    with pytest.raises(Usage) as refused:
        read_mapping(path)
    assert (refused.value.what, refused.value.value) == (what, str(path) if value is None else value)


def test_a_column_the_file_lacks_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """A mapping for another file says which of its columns is missing, and what it may be called now."""
    file = open_csv(written(tmp_path, "deal id,Stage,Day entered\n1,Intro,2026-01-01\n"))
    mapping = Mapping(KINDS["stages"], columns={"DEAL ID": ("opportunity",), "Day entred": ("since",)})
    with pytest.raises(Usage) as refused:
        check_columns(mapping, file)
    assert refused.value.lines() == [
        "improv: an unknown column: file.csv has none of this name",
        "  at fault: Day entred",
        '  to mend:  did you mean "Day entered"? its columns are: deal id, Stage, Day entered',
    ]


def test_single_columns_are_mapped_otherwise() -> None:
    """`--map` takes a column for itself, takes it away, and gives it several fields."""
    mapping = Mapping(KINDS["leads"], columns={"A": ("name",), "B": ("email",), "C": ("phone", "city")})
    changed = mapping.with_columns(["X=name", "B=", "c=city,region", "a=b=email"])
    assert changed.columns == {"X": ("name",), "c": ("city", "region"), "a=b": ("email",)}
    with pytest.raises(Usage, match="this maps no column"):
        mapping.with_columns(["name"])


def test_every_example_is_a_mapping_of_the_file_it_was_made_for() -> None:
    """The mappings that are shipped are read, and each of their columns stands in its file."""
    files = {
        "pe_pipeline/deals": "pe_pipeline/pipeline_deals.csv",
        "pe_pipeline/stages": "pe_pipeline/stage_history.csv",
        "sf_weekly_export/accounts": "sf_weekly_export/account.csv",
        "sf_weekly_export/leads": "sf_weekly_export/lead.csv",
        "sf_weekly_export/campaigns": "sf_weekly_export/campaign.csv",
        "sf_weekly_export/opportunities": "sf_weekly_export/opportunity.csv",
        "sf_weekly_export/history": "sf_weekly_export/OpportunityHistory.csv",
        "noshow/appointments": "noshow/noshow_to_2016-05-15.csv",
    }
    plain = {"config.toml", "playbook.toml"}
    shipped = {path for path in EXAMPLES.glob("*/*.toml") if path.name not in plain}
    assert {str(path.relative_to(EXAMPLES).with_suffix("")) for path in shipped} == set(files)
    for name, source in files.items():
        mapping = read_mapping(EXAMPLES / f"{name}.toml")
        assert set(check_columns(mapping, open_csv(real(source)))) == set(mapping.columns)


def test_kinds_are_known_by_name_and_singular() -> None:
    """Whoever types `--as lead` means leads."""
    assert kind_of("lead") is kind_of("Leads")


@pytest.mark.parametrize(
    ("text", "form", "day", "clock"),
    [
        ("2016-04-29T18:38:08Z", "", "2016-04-29", "18:38:08"),
        ("2016-04-29T00:00:00Z", "", "2016-04-29", None),
        ("2026-01-31 23:59:59+09:00", "", "2026-01-31", "23:59:59"),
        ("20260131", "", "2026-01-31", None),
        ("31.01.2026", "", "2026-01-31", None),
        ("01/31/2026 2:05 PM", "", "2026-01-31", "14:05:00"),
        ("03/04/2026", DAY_FIRST, "2026-04-03", None),
        ("01 Jul 2026", "", "2026-07-01", None),
        ("Sept 3, 2026", "", "2026-09-03", None),
        ("31/12/24", "%d/%m/%y", "2024-12-31", None),
        ("45631.5", "excel", "2024-12-05", "12:00:00"),
    ],
)
def test_days_are_read_as_they_are_written(text: str, form: str, day: str, clock: str | None) -> None:
    """The day is the one in the file, whatever its zone; midnight says no time."""
    assert read_moment(text, form) == (date.fromisoformat(day), clock)


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2026",
        "31/12/24",
        "2026-02-30",
        "1899-12-31",
        "2200-01-01",
        "tomorrow",
        "2026-01-01 25:00",
        "13",
    ],
)
def test_a_day_with_two_readings_or_none_is_refused(text: str) -> None:
    """Nothing is guessed of a day: not its century, not the order of day and month."""
    with pytest.raises(Fault):
        read_moment(text)


def test_no_date_of_the_shared_cases_is_read_wrongly() -> None:
    """Of 104 date strings each is read as the day it means, or refused."""
    file = open_csv(real("cases/dateutil_parser_cases.csv"))
    right = 0
    for row in file.rows():
        text, meant = row.cells[0], row.cells[1]
        try:
            found = read_moment(text.strip())
        except Fault:
            continue
        assert str(found.day) == meant[:10], text
        right += 1
    assert right == 20


@pytest.mark.parametrize(
    ("text", "decimal", "units"),
    [
        ("1,234.56", "", 123456),
        ("1.234,56", "", 123456),
        ("1.234", ",", 123400),
        ("1,429999948", ",", 143),
        ("$61,423", "", 6142300),
        ("12k", "", 1200000),
        ("(1,200.00)", "", -120000),
        ("3.1423e4", "", 3142300),
        ("1 234,50 €", "", 123450),
        ("0.125", "", 12),
        ("0.135", "", 14),
    ],
)
def test_amounts_are_read_in_the_marks_of_the_file(text: str, decimal: str, units: int) -> None:
    """Thousands and decimals by the file's marks, halves of a cent to the even one."""
    assert rounded(read_number(text, decimal), 2)[0] == units


@pytest.mark.parametrize("text", ["1.234", "12,34,5", "abc", "1e400", "--5", "(5", "9" * 20, ""])
def test_an_amount_with_two_readings_or_none_is_refused(text: str) -> None:
    """A lone dot before three digits is thousands to some and decimals to others."""
    with pytest.raises(Fault):
        read_number(text)


def test_a_column_proves_how_it_is_written() -> None:
    """One value that can be read only one way settles the others; two that contradict settle nothing."""
    seen = Evidence()
    for text in ("03/04/2026", "13/04/2026"):
        seen.see_day(text)
    for text in ("1.234", "12.345,6"):
        seen.see_number(text)
    assert (seen.order, seen.decimal) == (DAY_FIRST, ",")
    seen.see_day("04/13/2026")
    seen.see_number("1,234,567")
    assert (seen.order, seen.decimal) == ("", "")


def test_yes_no_and_times() -> None:
    """The few words for yes and no, and a time of day."""
    assert [read_yes_or_no(word) for word in ("Yes", "nein", "1", "não")] == [True, False, True, False]
    assert [read_clock(text) for text in ("9:30", "3:05 pm", "00:00")] == ["09:30", "15:05", "00:00"]
    for word in ("maybe", ""):
        with pytest.raises(Fault):
            read_yes_or_no(word)
    with pytest.raises(Fault):
        read_clock("noon")
