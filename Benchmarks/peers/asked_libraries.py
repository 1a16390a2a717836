"""Python's libraries, each asked in a process of its own."""
import json
from statistics import median

from install import PACKAGES, install
from missing import Missing, finished, last_line
from neighbours import HERE
from section import time_text, times


def ask(library, options, place, scale):
    process = finished([options.python, HERE / "ask.py", library, place, scale], f"{HERE}/")
    return json.loads(last_line(process.stdout))


def present(options, place, missing):
    """What asks each of them that is there. A short run before shows that they limit, and loads what they need."""
    sides = {}
    for library in PACKAGES:
        try:
            install(library, options.python)
            ask(library, options, place, 0.01)
        except Missing as reason:
            missing[library] = str(reason)
            continue
        sides[library] = lambda library=library: ask(library, options, place, options.scale)
    return sides


# What `sluice bench` decides by where it allows.
OWN = "sliding window"


def own(**figures):
    """What `sluice bench` told, in the same form."""
    return {"figures": {OWN: figures}}


def versions(ours, runs):
    found = {"Sluice": ours.version}
    for library, rounds in runs.items():
        if library != "Sluice":
            found[library] = rounds[0]["version"]
            found["Python"] = rounds[0]["python"]
    return found


def rows(runs, columns):
    """Each algorithm's times, and how many times Sluice's in the same round they are."""
    ours = runs["Sluice"]
    lines = []
    for library, rounds in runs.items():
        for algorithm in rounds[0]["figures"]:
            cells = []
            for column in columns:
                spent = [run["figures"][algorithm][column] for run in rounds]
                least = [run["figures"][OWN][column] for run in ours]
                ratio = median(a / b for a, b in zip(spent, least))
                cells += [time_text(median(spent)), "1" if rounds is ours else times(ratio)]
            lines.append((f"{library}, {algorithm}", *cells))
    return lines
