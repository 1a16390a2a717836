"""The server under test: a process, the addresses it tells, its policy file and its log."""
import asyncio
import os
import signal
import time

import policies
import programs


class Server:
    def __init__(self, binary, folder, has_grpc, arguments, beyond):
        self.binary, self.folder, self.has_grpc, self.arguments = binary, folder, has_grpc, arguments
        self.beyond = beyond
        self.file = folder / "sluice.yaml"
        self.ports = {}
        self.process = None
        self.reloads = self.broken_reloads = 0

    async def start(self):
        self.file.write_text(policies.text(0, self.beyond))
        grpc = "127.0.0.1:0" if self.has_grpc else "off"
        with open(self.folder / "log", "wb") as log, open(self.folder / "output", "wb") as output:
            self.process = await programs.start(
                self.binary, "serve", "--config", str(self.file), "--http", "127.0.0.1:0", "--resp", "127.0.0.1:0",
                "--grpc", grpc, *self.arguments, log=log, stdout=output, stdin=asyncio.subprocess.DEVNULL,
                env=programs.environment())
        line = ""
        while not line.endswith("\n"):
            if not self.runs:
                raise SystemExit(f"the server did not start: {self.log()}")
            await asyncio.sleep(0.05)
            line = (self.folder / "output").read_text()
        self.ports = {word.split("=")[0]: int(word.rsplit(":", 1)[1]) for word in line.split()[1:]}
        if self.has_grpc and "grpc" not in self.ports:
            raise SystemExit("the server was built without gRPC: build it with --traits GRPC, or leave out --grpc")

    @property
    def pid(self):
        return self.process.pid

    @property
    def runs(self):
        return self.process.returncode is None

    def log(self):
        return (self.folder / "log").read_text(errors="surrogateescape")

    @property
    def is_crashing(self):
        return "Backtracing from" in self.log()

    def reload(self):
        """Puts other policies in force, or tries to: each tenth file is wrong and must change nothing."""
        self.reloads += 1
        is_broken = self.reloads % 10 == 0
        self.broken_reloads += is_broken
        aside = self.file.with_suffix(".new")
        aside.write_text(policies.broken() if is_broken else policies.text(self.reloads, self.beyond))
        os.replace(aside, self.file)
        # By itself the server waits until the file has stayed as it is for a second.
        self.process.send_signal(signal.SIGHUP)

    async def stop(self, within):
        """SIGTERM; returns the status, or nothing if it did not end in time, and the seconds that it took."""
        begin = time.monotonic()
        if self.is_crashing:
            # Swift tells where it was, which takes its time.
            within = 600
        status = await programs.end(self.process, signal.SIGTERM, within)
        return status, time.monotonic() - begin

    async def kill(self):
        if self.process is not None:
            await programs.end(self.process)
