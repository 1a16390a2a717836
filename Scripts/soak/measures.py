"""Numbers of a run: latencies in little memory, the slope of a line, what the system tells of a process."""
import math
import os
from array import array
from pathlib import Path


class Latencies:
    """Counts by logarithmic steps of 5 %, from a microsecond to beyond a minute."""

    STEP = math.log(1.05)
    SIZE = 400

    def __init__(self):
        self.steps = array("Q", bytes(8 * self.SIZE))
        self.count = 0
        self.most = 0.0

    def add(self, seconds, count=1):
        step = int(math.log(max(seconds * 1e6, 1)) / self.STEP)
        self.steps[min(step, self.SIZE - 1)] += count
        self.count += count
        self.most = max(self.most, seconds)

    def percentile(self, share):
        """Seconds that so many of all take at most, to 5 %."""
        wanted, seen = share * self.count, 0
        for step, count in enumerate(self.steps):
            seen += count
            if count and seen >= wanted:
                return min(math.exp((step + 1) * self.STEP) / 1e6, self.most)
        return self.most


def slope(points):
    """Of the line through points with the least squares: what the second value grows by for one of the first."""
    count = len(points)
    if count < 2:
        return 0.0
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def resident_mebibytes(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1_024
    return 0.0


def thread_count(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def _tcp_connections():
    """Local and remote port of each connection by its inode; of sockets that listen the remote port is 0."""
    ports = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        ports[words[9]] = (int(words[1].rsplit(":", 1)[1], 16), int(words[2].rsplit(":", 1)[1], 16))
    return ports


class Descriptors:
    """Open descriptors of a server, by what they are for."""

    def __init__(self, pid, served_ports, redis_ports=()):
        self.clients = self.redis = self.others = 0
        tcp = _tcp_connections()
        for number in os.listdir(f"/proc/{pid}/fd"):
            try:
                target = os.readlink(f"/proc/{pid}/fd/{number}")
            except FileNotFoundError:
                continue
            local, remote = tcp.get(target[8:-1], (0, 0)) if target.startswith("socket:[") else (0, 0)
            if remote and local in served_ports:
                self.clients += 1
            elif remote in redis_ports:
                self.redis += 1
            else:
                self.others += 1


def metrics(text):
    """Values of `/metrics` by name and labels, as they stand there."""
    values = {}
    for line in text.splitlines():
        if line and line[0] != "#":
            name, _, value = line.partition("} ") if "{" in line else line.partition(" ")
            values[name + "}" if "{" in line else name] = float(value.split()[0])
    return values


def total(values, name, *labels):
    """The sum of all series of a metric that have these labels, such as `policy="fixed"`."""
    return sum(
        value for series, value in values.items()
        if series.split("{")[0] == name and all(label in series for label in labels))
