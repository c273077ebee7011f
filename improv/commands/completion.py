"""`improv completion`: what makes TAB work in bash, zsh and fish."""

from typing import Annotated

from improv.commands.declared import Argument
from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped
from improv.errors import Usage

app = noun_app("Make TAB complete commands, options and your records.", "")
APPS = {"completion": app}
# Each shell, and what puts it into use for good.
SHELLS = {
    "bash": "improv completion bash >> ~/.bash_completion",
    "zsh": 'improv completion zsh > "${fpath[1]}/_improv"',
    "fish": "improv completion fish > ~/.config/fish/completions/improv.fish",
}


@app.command(epilog=shaped("\n".join(SHELLS.values())))
def completion(
    shell: Annotated[str, Argument(metavar="bash|zsh|fish", help="the shell you use")],
) -> None:
    """Print what a shell needs for TAB; kept where the shell looks for it, it works in every new one."""
    from importlib.resources import files  # noqa: PLC0415 - only this command reads it

    if shell not in SHELLS:
        raise Usage("TAB works in bash, zsh and fish", shell, "improv completion bash")
    desk().put_file(files("improv.commands.shells").joinpath(f"{shell}.sh").read_text("utf-8"))
