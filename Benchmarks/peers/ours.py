"""What `sluice bench --json` tells of Sluice."""
import json
import subprocess
import sys


class Ours:
    """The program that is measured, a release build."""

    def __init__(self, program):
        self.program = program
        try:
            said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"{program} cannot be run ({error}); build it: make build")
        self.version = said.split()[0]

    def bench(self, suite, scale, redis=None):
        """One round of a suite."""
        command = [str(self.program), "bench", suite, "--json", "--rounds", "1", "--scale", str(scale)]
        command += ["--redis", f"redis://127.0.0.1:{redis.port}"] if redis else ["--no-redis"]
        finished = subprocess.run(command, capture_output=True, text=True)
        # It ends with 1 where a pass mark of its own is missed, which is no matter of ours.
        if finished.returncode not in (0, 1) or not finished.stdout:
            sys.exit(f"{' '.join(command)}: {finished.stderr}")
        report = json.loads(finished.stdout)
        if not report["machine"]["isOptimized"]:
            sys.exit(f"{self.program} is a debug build; measure one for speed: make build")
        return report


def figure(report, title, row, column):
    """The figure in nanoseconds of a row and a column of the table whose title begins so."""
    found = [table for section in report["sections"] for table in section["tables"]
             if table["title"].startswith(title)]
    for table in found:
        for line in table["rows"]:
            if line["name"] == row and column in table["columns"]:
                value = line["figures"][table["columns"].index(column)]
                if value and value["unit"] == "nanoseconds":
                    return value["value"]
    sys.exit(f"sluice bench tells no time in '{title}', row '{row}', column '{column}'")
