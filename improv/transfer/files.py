"""A file of records as a table, whatever it is written as: a CSV file, one with labels in columns of their own, or vCards."""

from collections.abc import Mapping
from pathlib import Path
from typing import IO

from improv.transfer import csvfile, vcard
from improv.transfer.csvfile import CsvFile
from improv.transfer.labelled import by_label


def open_file(path: Path, *, encoding: str = "", delimiter: str = "") -> CsvFile:
    """Recognise a file of records; refuse what is none."""
    if vcard.is_vcard(path):
        return vcard.open_vcards(path)
    return by_label(csvfile.open_csv(path, encoding=encoding, delimiter=delimiter))


def write_failed(file: CsvFile, reasons: Mapping[int, str], to: IO[bytes]) -> None:
    """Write the records that begin on these lines, each with its reason, so that they can be mended and imported."""
    if isinstance(file, vcard.VcardFile):
        vcard.write_failed(file, reasons, to)
    else:
        csvfile.write_failed(file, reasons, to)
