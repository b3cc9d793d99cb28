"""What the supervisor says on the terminal: written by a thread, so that nobody has to read it.

A terminal that was stopped (Ctrl-S), or a pipe whose reader sleeps, keeps its writer waiting. The supervisor must not:
it watches over programs. What does not fit any more is left out, and said to be; the logs hold it.
"""

import os
import queue
import threading

LINES_KEPT = 1000
STDOUT = 1


class Terminal:
    def __init__(self):
        self.waiting = queue.Queue(LINES_KEPT)
        self.left_out_count = 0
        self.thread = None

    def say(self, text):
        """Print ``text`` at once if the terminal takes it, else as soon as it does. Never waits."""
        if self.thread is None:
            self.thread = threading.Thread(target=self._write_all, name="terminal", daemon=True)
            self.thread.start()
        try:
            self.waiting.put_nowait(text)
        except queue.Full:
            self.left_out_count += 1

    def finish(self, seconds=2):
        """Wait until everything is written, at most ``seconds``: nobody may be reading."""
        with self.waiting.all_tasks_done:
            self.waiting.all_tasks_done.wait_for(lambda: not self.waiting.unfinished_tasks, seconds)

    def _write_all(self):
        while True:
            text = self.waiting.get()
            _write(f"{text}\n")
            if self.waiting.empty():
                count, self.left_out_count = self.left_out_count, 0
                if count:
                    _write(f"({count} lines were left out here, for nobody was reading. The logs hold them.)\n")
            self.waiting.task_done()


def _write(text):
    """Write ``text``; a terminal that has gone away is no reason to leave children behind."""
    data = text.encode(errors="replace")
    try:
        while data:
            data = data[os.write(STDOUT, data) :]
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)
