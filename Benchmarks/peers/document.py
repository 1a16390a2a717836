"""Keeps what was measured in a document, between two marks; the rest of it stays as it is."""
import sys

BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"


def mark(name):
    return f"<!-- peers: {name} -->"


def write(path, sections, names):
    """Puts each section by its name in the place of the one before; those that are not given stay, too."""
    text = path.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        sys.exit(f"{path} has to have one line {BEGIN} and after it one line {END}")
    before, rest = text.split(BEGIN)
    kept, after = rest.split(END)
    blocks = parts(kept, names) | sections
    body = "\n\n".join(f"{mark(name)}\n{blocks[name]}" for name in names if name in blocks)
    path.write_text(f"{before}{BEGIN}\n\n{body}\n\n{END}{after}")


def parts(text, names):
    """What stands there already, by its names."""
    found = sorted((text.index(mark(name)), name) for name in names if mark(name) in text)
    ends = [place for place, _ in found[1:]] + [len(text)]
    return {name: text[place + len(mark(name)):end].strip() for (place, name), end in zip(found, ends)}
