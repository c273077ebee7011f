"""The known answers of real data, by improv commands alone: what `examples/real.sh` prints."""

import os
import subprocess
import sys
from pathlib import Path

from tests.data import real

ROOT = Path(__file__).resolve().parents[2]


def test_the_known_answers_of_the_real_data_come_out(tmp_path: Path) -> None:
    """Every line of the script says ok, and nothing is written beside the data."""
    folder = real("pe_pipeline").parent
    before = sorted(folder.rglob("*"))
    program = tmp_path / "bin" / "improv"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m improv "$@"\n', "utf-8")
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    made = subprocess.run(
        [ROOT / "examples" / "real.sh", folder],
        env={"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode, made.stderr) == (0, ""), made.stdout
    answers = [line for line in made.stdout.splitlines() if line.startswith("  ")]
    assert len(answers) == 34
    assert all(line.startswith("  ok ") for line in answers)
    assert sorted(folder.rglob("*")) == before
