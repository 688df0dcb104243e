"""Reads a file with two threads of ROOT, in a process of its own; prints JSON."""

from __future__ import annotations

import json
import logging
import sys
import threading

from gradcut.rdf import load
from gradcut.rdf.plain import PlainFile
from gradcut.samples import Samples


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def ticks_while_reading(path: str) -> int:
    """How often a Python thread ran while columns were read again and again."""
    file = PlainFile(path, "events", ["x", "i"])
    ticks, done = 0, threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.wait(0.0005):
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    for _ in range(200):
        file.read(0, file.n_entries)
    done.set()
    thread.join()
    return ticks


def main(path: str) -> None:
    kept = Kept()
    logging.getLogger("gradcut").addHandler(kept)
    load().EnableImplicitMT(2)
    samples = Samples()
    samples.add("ww", f"{path}:events", role="background")
    table = samples.collect(["x", "i"])["all", "ww"]
    x, i = table.features()
    for _ in range(2):
        samples.stream(["x"])
    found = {"x": x.tolist(), "i": i.tolist(), "ticks": ticks_while_reading(path), "warnings": kept.messages}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
