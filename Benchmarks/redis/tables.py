"""Figures, what they are held against, and tables of them."""
import statistics


def in_turn(rounds, *sides):
    """What each side returns, round by round; whoever comes first in one round comes last in another."""
    results = [[] for _ in sides]
    for turn in range(rounds):
        for offset in range(len(sides)):
            side = (turn + offset) % len(sides)
            results[side].append(sides[side]())
    return results


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def ratio(ours, others, key):
    """Of runs next to each other, so that drift of the machine cancels."""
    return statistics.median(a[key] / b[key] for a, b in zip(ours, others))


def aligned(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) if column == 0 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths)))
        print("  " + "  ".join(cells).rstrip())
    print(flush=True)


class Verdicts:
    """What was to be reached, and whether it was."""

    def __init__(self):
        self.rows = []

    def add(self, what, reached, aim, is_met):
        self.rows.append((what, reached, aim, "met" if is_met else "MISSED"))

    def report(self):
        print("What was to be reached")
        aligned([("", "reached", "aim", ""), *self.rows])
