"""What went wrong, each once: by the error and the last lines of our code that it came through."""

import contextlib
import os
import traceback
from collections.abc import Iterator
from pathlib import Path

from fuzz.reading import TooLongError

FOUND = Path("fuzz-found")


class Found:
    """Failures of this process; the bytes of each, and its traceback, lie in `FOUND`."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, ...]] = set()

    @contextlib.contextmanager
    def kept(self, what: str, raw: bytes) -> Iterator[None]:
        """Keeps what is raised within; the work goes on. The bytes at which the process ends stay behind."""
        FOUND.mkdir(exist_ok=True)
        running = FOUND / f"ended-{os.getpid()}-{what}"
        running.write_bytes(raw)
        try:
            yield
        except (Exception, TooLongError) as error:
            frames = [f for f in traceback.extract_tb(error.__traceback__) if "/phusong/" in f.filename]
            key = (type(error).__name__, *(f"{Path(f.filename).name}:{f.name}" for f in frames[-2:]))
            if key in self.seen:
                return
            self.seen.add(key)
            name = "-".join((what, *key)).replace("<", "").replace(">", "").replace(":", ".")
            (FOUND / name).write_bytes(raw)
            (FOUND / f"{name}.txt").write_text("".join(traceback.format_exception(error)), errors="replace")
            print(f"found {name}: {str(error)[:150]!r}", flush=True)
        finally:
            running.unlink()
