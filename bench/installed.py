"""The programs that are measured, each in an environment of its own under `build/bench`."""

import functools
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
BUILD: Final = ROOT / "build" / "bench"
_PIP: Final = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


class NotThere(Exception):
    """A program cannot be installed here: it is left out of the table, with these words."""


@functools.cache
def program() -> Path:
    """Install this program as users do, a wheel of the sources as they are now; return the folder of its `python`."""
    bin_ = _environment("improv")
    wheels = BUILD / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    _python(bin_, *_PIP, "-r", str(ROOT / "requirements.lock"))
    _python(bin_, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(ROOT))
    (wheel,) = wheels.glob("*.whl")
    _python(bin_, *_PIP, "--no-deps", "--force-reinstall", str(wheel))
    return bin_


def from_pypi(name: str, pinned: Sequence[str]) -> Path:
    """Install packages into an environment of this name; return the folder of its programs."""
    bin_ = _environment(name)
    marker = bin_.parent / "pinned.txt"
    if not marker.exists() or marker.read_text("utf-8").split() != list(pinned):
        try:
            _python(bin_, *_PIP, *pinned)
        except subprocess.CalledProcessError as error:
            raise NotThere(f"`pip install {' '.join(pinned)}` failed") from error
        marker.write_text("\n".join(pinned), "utf-8")
    return bin_


def from_debian(package: str, command: str) -> Path:
    """Return the folder of a program of Debian's, installing its package where it is missing and may be installed."""
    if shutil.which(command) is None and shutil.which("apt-get"):
        words = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)
        subprocess.run(words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = shutil.which(command)
    if found is None:
        raise NotThere(f"Debian's `{package}` is not installed: `apt-get install {package}` as root")
    return Path(found).parent


def debian_version(package: str) -> str:
    """Return the version of a package of Debian's, without what Debian adds."""
    words = ("dpkg-query", "--show", "--showformat=${Version}", package)
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return told.partition("-")[0].partition("+")[0]


def own_version() -> str:
    """Return the version of this program."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def _environment(name: str) -> Path:
    """Make a virtual environment where there is none, of the interpreter that runs this."""
    bin_ = BUILD / name / "bin"
    if not (bin_ / "python").exists():
        _python(Path(sys.base_prefix) / "bin", "-m", "venv", str(bin_.parent))
    return bin_


def _python(bin_: Path, *words: str) -> None:
    python = bin_ / ("python3" if bin_ == Path(sys.base_prefix) / "bin" else "python")
    subprocess.run((str(python), *words), check=True, capture_output=True)
