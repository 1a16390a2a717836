"""Redis servers and clusters on free loopback ports, started and ended here."""
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TICK = os.sysconf("SC_CLK_TCK")


def raise_file_limit():
    """As many open files as the system lets us have: a peer holds a connection for each user."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One redis-server that writes nothing to disk."""

    def __init__(self, cluster=False):
        self.port = free_port()
        self.bus = free_port() if cluster else None
        self.directory = tempfile.mkdtemp()
        arguments = [
            "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--dir", self.directory, "--maxclients", "20000", "--logfile", os.path.join(self.directory, "log")]
        if cluster:
            arguments += [
                "--cluster-enabled", "yes", "--cluster-port", str(self.bus), "--cluster-node-timeout", "15000"]
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"redis-server ended with {self.process.returncode} before it listened")
                time.sleep(0.05)
        sys.exit(f"redis-server does not listen on port {self.port}")

    @property
    def place(self):
        return ["--redis", f"redis://127.0.0.1:{self.port}"]

    @property
    def nodes(self):
        return [self]

    def command(self, *words):
        return subprocess.run(
            ["redis-cli", "-p", str(self.port), *map(str, words)], check=True, capture_output=True, text=True
        ).stdout.strip()

    def info(self, field):
        for line in self.command("INFO").splitlines():
            if line.startswith(field + ":"):
                return int(line.split(":")[1])
        raise KeyError(field)

    def cpu_seconds(self):
        """User and system time, ended threads included."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def empty(self):
        self.command("FLUSHALL", "SYNC")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Cluster:
    """Masters without replicas."""

    def __init__(self, masters=3):
        self.nodes = []
        try:
            for _ in range(masters):
                self.nodes.append(Server(cluster=True))
            for index, node in enumerate(self.nodes):
                first, last = 16384 * index // masters, 16384 * (index + 1) // masters - 1
                node.command("CLUSTER", "ADDSLOTSRANGE", first, last)
                # Epochs that differ, so that none has to be negotiated.
                node.command("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
            for node in self.nodes[1:]:
                node.command("CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port, self.nodes[0].bus)
            self.wait(masters)
        except BaseException:
            self.stop()
            raise

    def wait(self, masters):
        for _ in range(400):
            states = [node.command("CLUSTER", "INFO") for node in self.nodes]
            if all("cluster_state:ok" in s and f"cluster_known_nodes:{masters}" in s for s in states):
                return
            time.sleep(0.05)
        sys.exit("the cluster does not come together")

    @property
    def place(self):
        return ["--cluster", f"redis://127.0.0.1:{self.nodes[0].port}"]

    def cpu_seconds(self):
        return sum(node.cpu_seconds() for node in self.nodes)

    def empty(self):
        for node in self.nodes:
            node.empty()

    def stop(self):
        for node in self.nodes:
            node.stop()
