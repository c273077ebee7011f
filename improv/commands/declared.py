"""What commands take, declared as plain values: a plain line is read straight from them, and Typer is built of them.

A door says what it takes in its annotations: `on: Annotated[str | None, Option("--on", metavar="DAY", help="…")]`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import UnionType
from typing import Any, Final

Function = Callable[..., Any]

REQUIRED: Final = ...  # in the place of a default, where a value must be given; Typer's own sign for it


class Exit(Exception):
    """A command that ends with an exit code of its own, and has said all there is to say."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


class Option:
    """An option: its words, what its value is called (nothing of a flag), what it says, and the bounds of a number.

    A flag that can be told both ways has both in one word: `--yes/--no`.
    """

    def __init__(
        self,
        *words: str,
        help: str,
        metavar: str | None = None,
        min: int | None = None,
        max: int | None = None,
        show_default: bool = True,
    ) -> None:
        self.words, self.metavar, self.help = words, metavar, help
        self.min, self.max, self.show_default = min, max, show_default


class Argument:
    """What is typed without an option before it: what it is called, and what it says."""

    def __init__(self, *, metavar: str, help: str) -> None:
        self.metavar, self.help = metavar, help


class Parameter:
    """What a command takes under one name: of which type, what it is unless given, and how it is typed.

    It is of one `kind`; one that may be given more than once `is_many`, and a list.
    """

    def __init__(self, name: str, type: Any, default: Any, typed: Option | Argument) -> None:  # noqa: ANN401 - any of both
        self.name, self.type, self.default, self.typed = name, type, default, typed
        one = type.__args__[0] if isinstance(type, UnionType) else type
        self.is_many = getattr(one, "__origin__", None) is list
        self.kind: Any = one.__args__[0] if self.is_many else one


class Custom:
    """What a command takes beside the custom fields of a noun, and how their values are called in its help."""

    def __init__(self, noun: str, own: Sequence[Parameter], metavars: Mapping[str, str]) -> None:
        self.noun, self.own, self.metavars = noun, own, metavars


class Command:
    """A command: its name, what it does and takes, and what its help says; unless told, in the words of the function.

    One that is `open_ended` takes the options of another command: they reach it as they were typed, under `rest`.
    """

    def __init__(
        self, name: str | None, function: Function, help: str | None = None, epilog: str | None = None
    ) -> None:
        self.name = name or function.__name__.replace("_", "-")
        self.function, self.help, self.epilog = function, help, epilog
        self.parameters: Sequence[Parameter] = parameters_of(function)
        self.custom: Custom | None = None
        self.open_ended = False


class Group:
    """The commands of a noun; `itself` is what is done where none of them is named, and may have options of its own.

    `others` makes the command of a word that is none of these, and `named` says which of such words the help shows.
    """

    def __init__(self, help: str, epilog: str) -> None:
        self.help, self.epilog = help, epilog
        self.commands: dict[str, Command] = {}
        self.itself: Command | None = None
        self.others: Callable[[str], Command | None] = lambda _: None
        self.named: Callable[[], Iterable[str]] = tuple

    def command(
        self, name: str | None = None, *, help: str | None = None, epilog: str | None = None
    ) -> Callable[[Function], Function]:
        """Declare a command of the group, called as its function is unless told."""

        def declare(function: Function) -> Function:
            self.add(Command(name, function, help, epilog))
            return function

        return declare

    def add(self, command: Command) -> Command:
        """Take a command into the group."""
        self.commands[command.name] = command
        return command

    def by_itself(self, function: Function) -> Function:
        """Declare what is done where no command of the group is named."""
        self.itself = Command(None, function)
        return function

    def find(self, word: str) -> Command | None:
        """Return the command of a word; nothing where there is none."""
        return self.commands.get(word) or self.others(word)

    @property
    def only(self) -> Command | None:
        """The one command of a group that has no other: its name need not be typed, and must not."""
        return next(iter(self.commands.values())) if len(self.commands) == 1 and self.itself is None else None


def parameters_of(function: Any) -> tuple[Parameter, ...]:  # noqa: ANN401 - a function with all its parts
    """Return what a function declares that it takes; what it takes as `**more` is declared elsewhere."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    given = function.__defaults__ or ()
    defaults = dict(zip(names[code.co_argcount - len(given) : code.co_argcount], given, strict=True))
    defaults |= function.__kwdefaults__ or {}
    hints = function.__annotations__
    return tuple(
        parameter(name, hints[name], defaults.get(name, REQUIRED))
        for name in names
        if hasattr(hints[name], "__metadata__")
    )


def parameter(name: str, hint: Any, default: Any = None) -> Parameter:  # noqa: ANN401 - an annotation is anything
    """Return what a command takes under a name, as an annotation declares it."""
    return Parameter(name, hint.__origin__, default, hint.__metadata__[0])
