"""Chromium without a window, spoken to in its own DevTools protocol over a pair of pipes: no port, no driver.

The browser reads commands from its descriptor 3 and writes answers and events to 4, each a JSON text with a zero byte
at its end (`--remote-debugging-pipe`).
"""

import fcntl
import json
import os
import select
import time
from base64 import b64decode
from pathlib import Path
from typing import Any, Final, Self

HANGS_AFTER: Final = 30
_ABOVE_THE_PIPES: Final = 10
_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
_END: Final = b"\0"

Message = dict[str, Any]


class Browser:
    """One running Chromium."""

    def __init__(self, program: Path, profile: Path) -> None:
        """Start it with an empty profile."""
        commands, self._write = _pipe()
        self._read, answers = _pipe()
        self._process = os.posix_spawn(
            program,
            [str(program), *_FLAGS, f"--user-data-dir={profile}"],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, commands, 3),
                (os.POSIX_SPAWN_DUP2, answers, 4),
            ],
        )
        os.close(commands)
        os.close(answers)
        self._unread = b""
        self._last = 0
        self._events: list[Message] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Close it and wait until it is gone."""
        self.call("Browser.close")
        os.waitpid(self._process, 0)
        os.close(self._write)
        os.close(self._read)

    def call(self, method: str, session: str | None = None, **params: Any) -> Message:
        """Send a command and return its answer; what happens meanwhile is kept as events."""
        self._last += 1
        message: Message = {"id": self._last, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + _END)
        until = time.monotonic() + HANGS_AFTER
        while (answer := self._next(until)).get("id") != self._last:
            self._events.append(answer)
        assert "error" not in answer, (method, answer)
        result: Message = answer["result"]
        return result

    def events(self, session: str) -> list[Message]:
        """Return what happened in a tab so far."""
        return [event for event in self._events if event.get("sessionId") == session]

    def await_event(self, session: str, method: str) -> None:
        """Wait until something has happened in a tab."""
        until = time.monotonic() + HANGS_AFTER
        while not any(event["method"] == method for event in self.events(session)):
            self._events.append(self._next(until))

    def _next(self, until: float) -> Message:
        """Return the next message."""
        while _END not in self._unread:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            assert ready, "Chromium does not answer"
            read = os.read(self._read, 1 << 20)
            assert read, "Chromium has ended"
            self._unread += read
        message, _, self._unread = self._unread.partition(_END)
        found: Message = json.loads(message)
        return found


class Tab:
    """One page, opened in a tab of its own."""

    def __init__(self, browser: Browser, page: Path) -> None:
        """Open a file and wait until it is there."""
        self._browser = browser
        self.page = page
        self._target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)
        self.session: str = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=page.as_uri())
        browser.await_event(self.session, "Page.loadEventFired")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""
        self._browser.call("Target.closeTarget", targetId=self._target)

    def call(self, method: str, **params: Any) -> Message:
        """Send a command to the tab."""
        return self._browser.call(method, self.session, **params)

    def happened(self, *methods: str) -> list[Message]:
        """Return what the events of these names told so far."""
        return [event["params"] for event in self._browser.events(self.session) if event["method"] in methods]

    def look(self, width: int, *, scheme: str = "light", medium: str = "screen") -> None:
        """Show the page in a window of this width, by day or by night, on a screen or on paper."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=False
        )
        self.call(
            "Emulation.setEmulatedMedia",
            media=medium,
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def tell(self, script: str) -> Any:
        """Return what a script finds in the page, as plain values."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def save_picture(self, file: Path) -> None:
        """Save the whole page as a picture."""
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(b64decode(taken["data"]))

    def save_paper(self, file: Path) -> None:
        """Save the page as it is printed."""
        printed = self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, preferCSSPageSize=True)
        file.write_bytes(b64decode(printed["data"]))


def _pipe() -> tuple[int, int]:
    """Return a pipe whose ends are out of the way of the descriptors that Chromium knows."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _ABOVE_THE_PIPES) for end in ends]
    for end in ends:
        os.close(end)
    read, write = moved
    return read, write
