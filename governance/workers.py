"""Judge lines in processes of their own: one that crashes or never ends costs only itself.

Bare forks and pipes: a pool of the standard library stops for good when one of its processes is
killed, and to import it takes as long as to judge ten cases.
"""

from __future__ import annotations

import gc
import os
import select
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO, NamedTuple, TypeAlias

# What is said of a line: the first argument says which question, the answer has no line break.
Work: TypeAlias = Callable[[bytes, bytes], bytes]

_CHUNK = 1 << 16
_MOST_BYTES = 2 << 30
# How far later lines may get ahead of one that takes long.
_AHEAD = 64


class Lost(NamedTuple):
    """There is no answer.

    Attributes:
        reason: Why, in one line.
    """

    reason: str


class Answered(NamedTuple):
    """A line and what was made of it.

    Attributes:
        line: The line, without its break.
        answers: The answer to each question, in their order.
    """

    line: bytes
    answers: tuple[bytes | Lost, ...]


class Lines:
    """The lines of a file or pipe, read as they come, empty ones left out.

    Args:
        descriptor: The open file.
        most_bytes: A longer line is cut there, so that memory stays bounded.
    """

    def __init__(self, descriptor: int, most_bytes: int) -> None:
        self._descriptor = descriptor
        self._most_bytes = most_bytes
        self._whole = deque[bytes]()
        self._rest = bytearray()
        self.is_read = False

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._descriptor

    def __bool__(self) -> bool:
        """Say whether a whole line is there."""
        return bool(self._whole)

    def take(self) -> bytes:
        """Return the next line that is there."""
        return self._whole.popleft()

    def read(self) -> None:
        """Read what is there; waits only where nothing is."""
        chunk = os.read(self._descriptor, _CHUNK)
        self.is_read = not chunk
        *ends, rest = chunk.split(b"\n") if chunk else (b"", b"")
        for end in ends:
            self._grow(end)
            if self._rest.strip():
                self._whole.append(bytes(self._rest))
            self._rest.clear()
        self._grow(rest)

    def _grow(self, part: bytes) -> None:
        self._rest += part[: self._most_bytes - len(self._rest)]


class _Worker(NamedTuple):
    process: int
    tasks: BinaryIO
    answers: BinaryIO


class _Entry(NamedTuple):
    line: bytes
    answers: list[bytes | Lost | None]


class _Task(NamedTuple):
    entry: _Entry
    number: int


def in_order(
    work: Work, lines: Lines, questions: tuple[bytes, ...], count: int, limit_seconds: int
) -> Generator[Answered]:
    """Yield each line with its answers, in the order of the lines, as soon as they are known.

    Args:
        work: Answers one question on one line.
        lines: The lines; they are not read further ahead than the workers need.
        questions: What is asked of each line, in short words.
        count: How many processes may work at once.
        limit_seconds: A worker that takes longer for one answer is killed, and the answer is lost.
    """
    if not hasattr(os, "fork"):
        yield from _in_process(work, lines, questions)
        return
    pool = _Pool(work, lines, questions, count, limit_seconds)
    try:
        yield from pool.run()
    finally:
        pool.end()


def _in_process(work: Work, lines: Lines, questions: tuple[bytes, ...]) -> Iterator[Answered]:
    while lines or not lines.is_read:
        if lines:
            line = lines.take()
            yield Answered(line, tuple(work(question, line) for question in questions))
        else:
            lines.read()


class _Pool:
    def __init__(
        self, work: Work, lines: Lines, questions: tuple[bytes, ...], count: int, limit_seconds: int
    ) -> None:
        self.work = work
        self.lines = lines
        self.questions = questions
        self.count = count
        self.limit_seconds = limit_seconds
        self.idle: list[_Worker] = []
        self.busy: dict[int, tuple[_Worker, _Task]] = {}
        self.todo = deque[_Task]()
        self.open = deque[_Entry]()

    def run(self) -> Iterator[Answered]:
        while self.open or self.lines or not self.lines.is_read:
            self._assign()
            while self.open and None not in self.open[0].answers:
                entry = self.open.popleft()
                answers = (answer for answer in entry.answers if answer is not None)
                yield Answered(entry.line, tuple(answers))
            self._wait()

    def end(self) -> None:
        for worker in [*self.idle, *(worker for worker, _ in self.busy.values())]:
            os.kill(worker.process, signal.SIGKILL)
            _bury(worker)

    def _is_free(self) -> bool:
        return len(self.busy) < self.count and len(self.open) < _AHEAD * self.count

    def _assign(self) -> None:
        while len(self.busy) < self.count:
            if not self.todo:
                if not self.lines or not self._is_free():
                    return
                entry = _Entry(self.lines.take(), [None] * len(self.questions))
                self.open.append(entry)
                self.todo.extend(_Task(entry, number) for number in range(len(self.questions)))
            self._send(self.todo.popleft())

    def _send(self, task: _Task) -> None:
        message = self.questions[task.number] + b" " + task.entry.line + b"\n"
        while True:
            worker = self.idle.pop() if self.idle else self._start()
            try:
                worker.tasks.write(message)
            except BrokenPipeError:  # it was killed while it had nothing to do
                _bury(worker)
            else:
                self.busy[worker.answers.fileno()] = worker, task
                return

    def _wait(self) -> None:
        """Wait for an answer, or for a line if one is wanted; take what is there."""
        wanted: list[int] = list(self.busy)
        if not self.lines and not self.lines.is_read and self._is_free():
            wanted.append(self.lines.fileno())
        if not wanted:
            return
        ready, _, _ = select.select(wanted, [], [])
        for descriptor in ready:
            if descriptor in self.busy:
                self._receive(*self.busy.pop(descriptor))
            else:
                self.lines.read()

    def _receive(self, worker: _Worker, task: _Task) -> None:
        answer = worker.answers.readline()
        if answer.endswith(b"\n"):
            task.entry.answers[task.number] = answer[:-1]
            self.idle.append(worker)
            return
        ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status := _bury(worker)) else 0
        reason = f"it takes more than {self.limit_seconds} seconds"
        if ended_by != signal.SIGALRM:
            name = signal.Signals(ended_by).name if ended_by else "an exit of its own"
            reason = f"the process that judged it was ended by {name}"
        task.entry.answers[task.number] = Lost(reason)

    def _start(self) -> _Worker:
        for_tasks, tasks = os.pipe()
        answers, for_answers = os.pipe()
        # Each worker would copy all that the collector touches.
        gc.freeze()
        process = os.fork()
        if process == 0:
            try:
                # A worker that held the end of another's pipe would keep it from seeing that this
                # process is gone.
                others = [*self.idle, *(worker for worker, _ in self.busy.values())]
                for end in (tasks, answers, *(one.tasks.fileno() for one in others)):
                    os.close(end)
                _serve(self.work, for_tasks, for_answers, self.limit_seconds)
            finally:
                os._exit(0)
        os.close(for_tasks)
        os.close(for_answers)
        return _Worker(process, os.fdopen(tasks, "wb", buffering=0), os.fdopen(answers, "rb"))


def _serve(work: Work, tasks: int, answers: int, limit_seconds: int) -> None:
    """Be a worker."""
    # Whoever interrupts the command interrupts its main process, and that ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Ends the process, whatever it is in; a handler would have to wait for the next line of Python.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _limit_memory()
    with os.fdopen(tasks, "rb") as source, os.fdopen(answers, "wb", buffering=0) as sink:
        for task in source:
            question, _, line = task.rstrip(b"\n").partition(b" ")
            signal.alarm(limit_seconds)
            answer = work(question, line)
            signal.alarm(0)
            sink.write(answer + b"\n")


def _limit_memory() -> None:
    import resource  # noqa: PLC0415  absent where there is no fork

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _MOST_BYTES if hard == resource.RLIM_INFINITY else min(hard, _MOST_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _bury(worker: _Worker) -> int:
    worker.tasks.close()
    worker.answers.close()
    return os.waitpid(worker.process, 0)[1]
