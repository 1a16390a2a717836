"""Servers that limit over HTTP, asked by wrk for 1,000 users in turn."""
import http.client
import re
import subprocess

from limits_asked import CLOSED_LIMIT
from missing import Missing
from neighbours import asked_servers
from started import Started

CONNECTIONS = 50


def latency(text, share):
    return asked_servers.milliseconds(re.search(rf" {share}% +([\d.]+)(\w+)", text))


class HTTPServer(Started):
    """One server with one limit: with that which nobody reaches, or with that which is used up."""

    def __init__(self, name, case, command, port, wrk):
        self.case = case
        super().__init__(name, command, port, wrk)

    def expect_limit(self, request):
        """The closed limit lets a new user have what it says, and answers 429 to the next."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        statuses = []
        try:
            for _ in range(2 * CLOSED_LIMIT):
                connection.request(*request)
                answer = connection.getresponse()
                answer.read()
                statuses.append(answer.status)
        except (OSError, http.client.HTTPException) as error:
            raise Missing(f"it gives no answer: {error}") from None
        finally:
            connection.close()
        if statuses != [200] * CLOSED_LIMIT + [429] * CLOSED_LIMIT:
            raise Missing(f"it answered {statuses} where {CLOSED_LIMIT} may pass")

    def warm_up(self):
        """Until all users have used up what the closed limit lets them have."""
        for _ in range(20):
            if self.ask(1)["as expected"]:
                return
        raise Missing(f"requests that were to be {self.case} were not")

    def run(self, seconds):
        outcome = self.ask(seconds)
        if not outcome["as expected"]:
            raise SystemExit(f"{self.name}: requests that were to be {self.case} were not")
        return outcome

    def ask(self, seconds):
        before = asked_servers.cpu_seconds(self.process.pid)
        text = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *self.wrk], check=True,
            capture_output=True, text=True).stdout
        spent = asked_servers.cpu_seconds(self.process.pid) - before
        if "Socket errors" in text:
            raise SystemExit(f"{self.name}: {text}")
        requests = int(re.search(r"(\d+) requests in", text).group(1))
        found = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        share = int(found.group(1)) / requests if found else 0
        # What a limit gives back in the meantime passes: of nginx's slowest one a minute and user.
        return {
            "as expected": share == 0 if self.case == "allowed" else share > 0.98, "denied share": share,
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
            "p50": latency(text, 50), "p99": latency(text, 99), "cpu_us": spent / requests * 1e6}
