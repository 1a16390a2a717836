#!/usr/bin/env python3
"""Counts the instructions of each path through Sluice and holds them against the stored ones; CI does so too.

A path is taken N and 2 N times under valgrind's callgrind, each in a run of its own; what differs is the price of N
passages, whatever the start of the program costs. Keys are hashed with one secret, moments are handed in, and one
thread does it all, so two runs differ by less than 0.1 %, whatever else the machine does. Ends with 1 if a path takes
over 10 % more instructions than stored, or is not stored; with 2 if nothing can be counted or compared.

    Scripts/instruction-counts.py [PATH ...] [--update] [--draw]
"""
import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STORED = ROOT / "Benchmarks/instructions.json"
HISTORY = ROOT / "Benchmarks/history.jsonl"
DRAWING = ROOT / "docs/images/instructions.svg"
PROGRAM = ROOT / "Benchmarks/.build/release/instructions"
SWIFT = os.environ.get("SWIFT", "swift")

# More than this much worse fails.
TOLERANCE = 0.10
# A thousand callers come in turn, which divides it; of 256 decisions one is timed, so there may be one more or less.
PASSAGES = 8_000
# The commits that are drawn at most, the last ones.
DRAWN = 40


def fail(message):
    print(f"instruction-counts: {message}", file=sys.stderr)
    sys.exit(2)


def output(command, **options):
    """What a program prints; ends this one if it fails or is missing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, **options)
    except OSError as error:
        fail(f"cannot run {command[0]}: {error.strerror}")
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def instructions(program, path, passages):
    """How many instructions a run takes from its first to its last."""
    # Dictionaries whose order changes from run to run would be counted as well.
    environment = {**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"}
    with tempfile.TemporaryDirectory() as folder:
        told = output(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/profile",
                       program, path, str(passages)], env=environment)
    found = re.search(r"Collected : (\d+)", told)
    if not found:
        fail(f"valgrind tells no count of {path}:\n{told}")
    return int(found[1])


def count(program, paths, passages):
    """The instructions of one passage of each path."""
    with ThreadPoolExecutor(os.cpu_count()) as runs:
        pairs = {path: [runs.submit(instructions, program, path, n) for n in (passages, 2 * passages)]
                 for path in paths}
        return {path: round((twice.result() - once.result()) / passages, 1) for path, (once, twice) in pairs.items()}


def verdict(stored, now):
    """What is told of a path, and whether it fails."""
    if stored is None:
        return "NOT STORED", True
    if now > stored * (1 + TOLERANCE):
        return "WORSE", True
    if now * (1 + TOLERANCE) < stored:
        return "better", False
    return "", False


def commit():
    """The commit that was measured; with a plus if sources were changed after it."""
    name = output(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"]).strip()
    changes = output(["git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no", "Sources/Sluice",
                      "Sources/SluiceCache"])
    return name + ("+" if changes.strip() else "")


def aligned(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        # Names stand left, numbers right, and what is told of them left again.
        cells = (cell.rjust(width) if column in (1, 2, 3) else cell.ljust(width)
                 for column, (cell, width) in enumerate(zip(row, widths)))
        print("  ".join(cells).rstrip())


def compare(titles, counts, stored):
    """Prints the table; whether a path fails."""
    rows, failures = [("instructions per passage", "stored", "now", "ratio", "")], 0
    for path, now in counts.items():
        before = stored.get(path)
        told, fails = verdict(before, now)
        failures += fails
        rows.append((titles[path], f"{before:,.1f}" if before else "", f"{now:,.1f}",
                     f"{now / before:.3f}" if before else "", told))
    aligned(rows)
    if any(row[-1] == "better" for row in rows):
        print("What has become better is held from now on by --update.")
    return failures > 0


def points(values, left, top, width, height):
    """Where values stand in a box; its height is the greatest of them and a seventh."""
    most = max(values) * 8 / 7
    step = width / max(1, len(values) - 1)
    return [(left + index * step, top + height * (1 - value / most)) for index, value in enumerate(values)]


def change(first, last):
    """Such as `−12.4 %`."""
    percent = round((last / first - 1) * 100, 1)
    return f"{percent:+.1f} %".replace("-", "−") if percent else "±0 %"


def chart(title, values, left, top):
    """One path's line, above 0, with its last value and what has changed since its first."""
    width, height = 276, 44
    bottom = top + 18 + height
    # A single value is a level line.
    places = points(values if len(values) > 1 else values * 2, left, top + 18, width, height)
    line = " ".join(f"L{x:.1f} {y:.1f}" for x, y in places)
    (x, y), start = places[-1], places[0][1]
    parts = [f'<text x="{left}" y="{top + 12}">{escape(title)}</text>',
             f'<text x="{left + width}" y="{top + 12}" text-anchor="end">{values[-1]:,.0f}</text>',
             f'<path class="area" d="M{left} {bottom}{line}V{bottom}z"/>',
             f'<path class="axis" d="M{left} {bottom}h{width}"/>',
             f'<path class="line" d="M{left} {start:.1f}{line}"/>',
             f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>']
    if len(values) > 1:
        words = change(values[0], values[-1])
        parts.append(f'<text class="soft" x="{left + width - 6}" y="{bottom - 7}" text-anchor="end">{words}</text>')
    return "".join(parts)


def drawing(titles, history):
    """The counts over commits as small charts."""
    shown = [(path, [entry["counts"][path] for entry in history if path in entry["counts"]]) for path in titles]
    shown = [(path, values) for path, values in shown if values]
    rows = (len(shown) + 2) // 3
    height = 68 + rows * 90
    first, last = history[0]["commit"], history[-1]["commit"]
    commits = f"from {first} to {last}, {len(history)} measurements" if len(history) > 1 else f"of {last}"
    charts = "\n".join(chart(titles[path], values, 24 + index % 3 * 318, 68 + index // 3 * 90)
                       for index, (path, values) in enumerate(shown))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 {height}" font-family="system-ui, sans-serif" \
font-size="13" role="img">
<title>Instructions of one passage through each path, {escape(commits)}</title>
<style>
.page {{ fill: #fff }} text {{ fill: #1b2330 }} .soft {{ fill: #5c6675; font-size: 12px }}
.axis {{ stroke: #8a95a3 }} .line {{ fill: none; stroke: #3b6fb5; stroke-width: 1.6 }} .dot {{ fill: #3b6fb5 }}
.area {{ fill: #3b6fb5; opacity: .14 }}
@media (prefers-color-scheme: dark) {{
.page {{ fill: #12161c }} text {{ fill: #e4e8ee }} .soft {{ fill: #98a3b3 }}
.axis {{ stroke: #5b6776 }} .line {{ stroke: #74a5e8 }} .dot, .area {{ fill: #74a5e8 }} }}
</style>
<rect class="page" width="960" height="{height}"/>
<text x="24" y="28" font-weight="600">Instructions of one passage, {escape(commits)}</text>
<text class="soft" x="24" y="46">{escape(history[-1]["architecture"])}, {escape(history[-1]["compiler"])}; \
each line stands on 0</text>
{charts}
</svg>
"""


def draw(titles, architecture):
    lines = HISTORY.read_text().splitlines() if HISTORY.exists() else []
    history = [entry for entry in map(json.loads, lines) if entry["architecture"] == architecture][-DRAWN:]
    if not history:
        fail(f"{HISTORY.relative_to(ROOT)} has nothing of {architecture}: count with --update first")
    DRAWING.write_text(drawing(titles, history))
    print(f"drawn: {DRAWING.relative_to(ROOT)}")


def store(entry, is_whole):
    """Keeps counts as those to be compared with, and in the history if all paths were counted."""
    everything = json.loads(STORED.read_text()) if STORED.exists() else {}
    known = everything.get(entry["architecture"], {}).get("counts", {})
    counts = entry["counts"] if is_whole else {**known, **entry["counts"]}
    everything[entry["architecture"]] = {
        "commit": entry["commit"], "compiler": entry["compiler"], "counts": counts}
    STORED.write_text(json.dumps(everything, indent=2) + "\n")
    print(f"stored: {STORED.relative_to(ROOT)}")
    if is_whole:
        with HISTORY.open("a") as history:
            history.write(json.dumps(entry) + "\n")


def options():
    parser = argparse.ArgumentParser(description="Counts instructions and compares them with the stored counts.")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="the paths to count; all by default")
    parser.add_argument("--update", action="store_true", help="store the counts, and add them to the history")
    parser.add_argument("--draw", action="store_true",
                        help=f"draw the history as {DRAWING.relative_to(ROOT)}; counts only with --update")
    parser.add_argument("--program", type=Path, help="count this build of Benchmarks' program instead of building it")
    return parser.parse_args()


def main():
    chosen = options()
    counts_paths = chosen.update or not chosen.draw
    if counts_paths and not shutil.which("valgrind"):
        fail("valgrind is missing: apt-get install valgrind")
    program = chosen.program or PROGRAM
    if not chosen.program:
        print("building the paths (release)", file=sys.stderr)
        output([SWIFT, "build", "-c", "release", "--package-path", ROOT / "Benchmarks", "--product", "instructions"])
    titles = dict(line.split("\t") for line in output([program, "--list"]).splitlines())
    for path in chosen.paths:
        if path not in titles:
            fail(f"no path is called {path}; there are {', '.join(titles)}")
    architecture = platform.machine()
    if not counts_paths:
        return draw(titles, architecture)

    compiler = output([SWIFT, "--version"]).splitlines()[0]
    stored = (json.loads(STORED.read_text()) if STORED.exists() else {}).get(architecture)
    if stored and stored["compiler"] != compiler:
        print(f"stored with {stored['compiler']}, counted with {compiler}")
    counts = count(program, chosen.paths or titles, PASSAGES)
    has_failed = compare(titles, counts, stored["counts"] if stored else {})
    for path in (stored["counts"] if stored else {}).keys() - titles.keys():
        print(f"stored, but no path any more: {path}")
        has_failed = True
    if chosen.update:
        time = datetime.now(timezone.utc).isoformat(timespec="seconds")
        entry = {"commit": commit(), "time": time, "architecture": architecture, "compiler": compiler, "counts": counts}
        store(entry, is_whole=not chosen.paths)
        return draw(titles, architecture) if chosen.draw else None
    if not stored:
        fail(f"no counts of {architecture} are stored: store these with --update")
    if has_failed:
        print("Over 10 % worse, or not as stored: make it cheaper, or, if it is worth it, store what it costs now with "
              "--update.")
        sys.exit(1)


if __name__ == "__main__":
    main()
