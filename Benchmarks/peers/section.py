"""What a scenario found, as text and as a part of a document."""
import re
from dataclasses import dataclass, field

from neighbours import tables


@dataclass
class Section:
    title: str
    # How it was measured, a line or two.
    how: str
    # Rows of text, the first of which is the head; the first column names what was measured.
    rows: list
    # What to think of when reading it.
    notes: list
    # Who was measured, in which version.
    versions: dict
    # Who was not, and why.
    missing: dict
    # Each round's own figures.
    runs: dict = field(default_factory=dict)

    def told(self):
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return [f"Versions: {versions}.", *self.notes,
                *(f"**Not measured:** {name}: {reason}." for name, reason in self.missing.items())]

    def print(self, when):
        print(plain(f"{self.title}: {self.how} {when}"))
        tables.aligned(self.rows)
        for line in self.told():
            print(plain(f"  {line}"))
        print(flush=True)

    def markdown(self, when):
        head, *rows = self.rows
        lines = [f"### {self.title}", "", f"{self.how} {when}", ""]
        lines += [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
        return "\n".join([*lines, "", *(f"- {line}" for line in self.told())])


def plain(text):
    """Without what is meant for a document."""
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).replace("**", "").replace("`", "")


def time_text(nanoseconds):
    """Three digits and a unit."""
    for size, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if nanoseconds >= size * 0.9995:
            return f"{digits(nanoseconds / size)} {unit}"
    return f"{digits(nanoseconds)} ns"


def digits(value):
    """Three that count."""
    places = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:,.{places}f}"


def times(value):
    return f"{digits(value)} ×"
