"""Who asks for what: lines of logs, replayed again and again, or callers drawn from a Zipf distribution."""
import itertools
import re

_APACHE = re.compile(r'(\S+) \S+ (\S+) \[[^]]*\] "(\S+) (\S+)[^"]*" (\d+) \S+(?: "[^"]*" "([^"]*)")?')
_CHAT = re.compile(r"\S+ (?:@\S+ )?:([^!\s]+)!\S+ PRIVMSG #(\S+) :(.*)")


def _shortened(descriptor):
    """Values of 100 bytes at most, which every protocol takes."""
    return {
        key: value.encode()[:100].decode(errors="ignore") for key, value in descriptor.items()
        if value not in ("", "-")}


def read(paths):
    """Descriptors of chat messages and of requests from log files; a line that is neither is left out."""
    chat, web = [], []
    for path in paths:
        with open(path, errors="replace") as lines:
            for line in lines:
                if found := _CHAT.match(line):
                    user, room, said = found.groups()
                    chat.append(_shortened({"user": user, "chat": room, "text": said.strip()}))
                elif found := _APACHE.match(line):
                    ip, user, method, target, _, agent = found.groups()
                    web.append(_shortened(
                        {"ip": ip, "user": user, "method": method, "path": target, "agent": agent or ""}))
    return chat, web


class Traffic:
    """An endless supply of descriptors for the policies `chat` and `web`."""

    CALLERS = 5_000
    EXPONENT = 1.1

    def __init__(self, paths, random):
        self.random = random
        chat, web = read(paths)
        if paths and not (chat or web):
            raise SystemExit(f"no line of {', '.join(paths)} is a chat message or a request")
        # From different places, so that several runs in a row differ.
        self.chat_lines = itertools.cycle(self.rotated(chat)) if chat else None
        self.web_lines = itertools.cycle(self.rotated(web)) if web else None
        self.weights = list(itertools.accumulate(
            1 / rank ** self.EXPONENT for rank in range(1, self.CALLERS + 1)))
        self.description = (
            f"{len(chat):,} chat messages and {len(web):,} requests from files" if paths
            else f"{self.CALLERS:,} callers by Zipf's law, exponent {self.EXPONENT}")

    def rotated(self, lines):
        start = self.random.randrange(len(lines))
        return lines[start:] + lines[:start]

    def rank(self):
        return self.random.choices(range(self.CALLERS), cum_weights=self.weights)[0]

    def chat(self):
        if self.chat_lines:
            return next(self.chat_lines)
        rank = self.rank()
        return {"user": f"soaked{rank}", "chat": f"room{rank % 20}", "text": f"words {self.random.randrange(500)}"}

    def web(self):
        if self.web_lines:
            return next(self.web_lines)
        rank = self.rank()
        return {
            "ip": f"10.77.{rank // 250}.{rank % 250}", "method": "GET", "path": f"/soaked/{self.random.randrange(200)}",
            "agent": "soaked/1.0"}

    def names(self):
        """Some callers, who must not be named in a log."""
        return [self.chat()["user"], self.web()["ip"], "soaked/", "/soaked"]

    def every_caller(self):
        """Descriptors of everybody that the distribution can draw, so that a warm-up meets them all."""
        for rank in range(0 if self.chat_lines else self.CALLERS):
            yield {"user": f"soaked{rank}", "chat": f"room{rank % 20}", "text": "hello"}
