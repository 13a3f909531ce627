"""Several processes behind one port, on PostgreSQL: whichever has a hand free answers.

They share what was read into memory before they part, the socket, and the database. When one of
them ends by itself, another takes its place.
"""

import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType

log = logging.getLogger(__name__)

# One that ends sooner than this would only end again: wait before the next.
SOON = 2.0


class Together:
    """`count` processes that each do `run`, until this one is told to stop."""

    def __init__(self, count: int, run: Callable[[], int]) -> None:
        self._count = count
        self._run = run
        self._running: dict[int, float] = {}  # process: since when
        self._is_stopping = False
        # Nothing is ever written to it: it closes when this process ends, however it ends.
        self._parent_lives, self._lifeline = os.pipe()

    def stay(self) -> int:
        """Keep as many running as are wanted; return once all have ended in good order."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for _ in range(self._count):
            self._begin()
        while self._running:
            process, status = os.wait()
            since = self._running.pop(process, None)
            if since is None or self._is_stopping:
                continue
            log.error(
                "process %s ended (%s): another takes its place",
                process,
                os.waitstatus_to_exitcode(status),
            )
            if time.monotonic() - since < SOON:
                time.sleep(SOON)
            if not self._is_stopping:
                self._begin()
        return 0

    def _begin(self) -> None:
        process = os.fork()
        if process == 0:
            os._exit(self._in_the_child())
        self._running[process] = time.monotonic()
        if self._is_stopping:  # told to while it was made
            os.kill(process, signal.SIGTERM)

    def _in_the_child(self) -> int:
        """Run; whatever happens, what belongs to the parent is not run a second time here."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.close(self._lifeline)
        threading.Thread(target=self._end_with_the_parent, daemon=True).start()
        try:
            status = self._run()
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 0
        except BaseException:  # it is about to end: say why while one can
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        return status

    def _end_with_the_parent(self) -> None:
        os.read(self._parent_lives, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True
        for process in list(self._running):
            os.kill(process, signal.SIGTERM)
