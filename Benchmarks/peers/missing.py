"""A peer that cannot be installed, started or made to limit. It is told with the reason, and measured nowhere."""
import subprocess


class Missing(Exception):
    """Why there are no figures of a peer."""


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def finished(command, hide=""):
    """A program that has ended well. Of a failure what it said last is the reason, without the folder it names."""
    words = [str(word) for word in command]
    name = words[0].split("/")[-1]
    try:
        process = subprocess.run(words, capture_output=True, text=True)
    except OSError as error:
        raise Missing(f"{name} cannot be run: {error.strerror}") from None
    if process.returncode != 0:
        said = last_line(process.stderr or process.stdout)
        raise Missing(f"{name} failed: {said.replace(hide, '') if hide else said}")
    return process
