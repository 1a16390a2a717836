"""Commands that decide, sent by redis-benchmark for 1,000 callers at random."""
import csv
import io
import subprocess

from limits_asked import CALLERS, CLOSED_LIMIT
from missing import Missing
from neighbours import asked_servers

CLIENTS = 50


class Decider:
    """A command on a server, and the processes that work for it.

    `words` gives the command by the case and the key, `yes` is how the first line of an answer begins that allows.
    """

    def __init__(self, name, port, words, yes, processes):
        self.name, self.port, self.words, self.yes, self.processes = name, port, words, yes, processes
        self.rates = {}

    def passes(self, case, key):
        said = subprocess.run(
            ["redis-cli", "-p", str(self.port), *self.words(case, key)], check=True, capture_output=True, text=True)
        return said.stdout.splitlines()[0] == self.yes

    def expect_limit(self):
        """The closed limit lets a new caller have what it says, and not one more."""
        passed = [self.passes("denied", "somebody") for _ in range(2 * CLOSED_LIMIT)]
        if passed != [True] * CLOSED_LIMIT + [False] * CLOSED_LIMIT:
            raise Missing(f"it let {sum(passed)} of {len(passed)} pass where {CLOSED_LIMIT} may")

    def expect(self, case):
        """What redis-benchmark does not look at: that some of the callers are answered as the case says."""
        for caller in range(0, CALLERS, CALLERS // 20):
            if self.passes(case, f"{case}:{caller:012}") != (case == "allowed"):
                raise SystemExit(f"{self.name}: caller {caller} was to be {case} and is not")

    def warm_up(self, case, pipeline):
        """Uses up the closed limit of all callers."""
        self.rates[case] = self.benchmark(case, 30 * CALLERS, pipeline)["rate"]

    def run(self, case, seconds, pipeline):
        requests = max(1_000, round(self.rates[case] * seconds))
        before = [asked_servers.cpu_seconds(process.pid) for process in self.processes.values()]
        outcome = self.benchmark(case, requests, pipeline)
        for (name, process), earlier in zip(self.processes.items(), before):
            outcome[f"{name}_us"] = (asked_servers.cpu_seconds(process.pid) - earlier) / requests * 1e6
        self.expect(case)
        return outcome

    def benchmark(self, case, requests, pipeline):
        text = subprocess.run(
            ["redis-benchmark", "-p", str(self.port), "-c", str(CLIENTS), "-P", str(pipeline), "-r", str(CALLERS),
             "-n", str(requests), "--csv", *self.words(case, f"{case}:__rand_int__")], check=True,
            capture_output=True, text=True).stdout
        row = list(csv.DictReader(io.StringIO(text)))[-1]
        return {"rate": float(row["rps"]), "p50": float(row["p50_latency_ms"]), "p99": float(row["p99_latency_ms"])}
