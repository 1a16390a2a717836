"""What a run prints in the end."""


def _milliseconds(seconds):
    return f"{seconds * 1_000:,.1f}"


def _aligned(rows):
    """Columns as wide as they need; numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
        for row in rows)


def table(run):
    rows = [["what", "count", "denied", "p50 ms", "p99 ms", "most ms"]]
    for name, kind in sorted(run.kinds.items()):
        latencies = kind.latencies
        rows.append([
            name, f"{latencies.count:,}", f"{kind.denied:,}", _milliseconds(latencies.percentile(0.5)),
            _milliseconds(latencies.percentile(0.99)), _milliseconds(latencies.most)])
    for name, count in sorted(run.hostile.items()):
        rows.append([f"hostile: {name}", f"{count:,}", "", "", "", ""])
    return _aligned(rows) + "\n"


def verdicts(checks):
    """A line for each check, and below those that are broken what broke them."""
    name_width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{check.name.ljust(name_width)}  {'holds ' if check.holds else 'BROKEN'}  {check.text}")
        lines += [f"{' ' * name_width}          {fault}" for fault in check.faults[:10]]
    return "\n".join(lines)
