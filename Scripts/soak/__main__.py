"""Mixed load on a server while Redis's nodes die, policies are replaced and hostile clients misbehave.

HTTP, proxies' calls, streams, leases, the Redis protocol, gRPC and short connections, all at once; with
`--store cluster` on a Redis Cluster of the soak's own, whose nodes are killed, paused, cut off and replaced. In the end
it is checked that no limit was exceeded, that every request was answered, that memory is flat, that descriptors,
threads and leases are given back, and that the server ends when it is told to. It exits with 1 and names the check that
is broken, if one is.

    python3 Scripts/soak [--sluice .build/release/sluice] [--store cluster] [--seconds 3600] [--seed 42] [--grpc]
"""
import sys

# Compiled files would hold the paths of the machine they were made on.
sys.dont_write_bytecode = True

import argparse
import asyncio
import logging
import random
import shutil
import signal
import tempfile
from pathlib import Path

import report
import self_test
import soak
from cluster import Trouble

ROOT = Path(__file__).resolve().parent.parent.parent


def parsed():
    parser = argparse.ArgumentParser(prog="soak", description=__doc__.splitlines()[0])
    parser.add_argument("--sluice", default=str(ROOT / ".build/release/sluice"), help="the server to try")
    parser.add_argument("--grpc", action="store_true", help="it was built with gRPC")
    parser.add_argument("--store", choices=["memory", "cluster"], default="cluster", help="where its cells are")
    parser.add_argument("--seconds", type=float, default=60, help="of load; starting and settling come on top")
    parser.add_argument("--rate", type=float, default=1_500, help="requests a second of those who behave, at most")
    parser.add_argument("--seed", type=int, help="of all chances; each run prints its own")
    parser.add_argument("--traffic", nargs="+", default=[], metavar="FILE", help="chat and access logs to replay")
    parser.add_argument("--log", metavar="FILE", help="where to leave the server's log")
    parser.add_argument(
        "--break", dest="broken", choices=soak.BREAKS, help="do something wrong on purpose, to see its check fail")
    parser.add_argument("--self-test", action="store_true", help="check that each check can fail, without a server")
    options = parser.parse_args()
    if not options.self_test and not Path(options.sluice).is_file():
        parser.error(f"there is no {options.sluice}: build it, or name another by --sluice")
    if options.store == "cluster" and not shutil.which("redis-server"):
        parser.error("redis-server is missing: install it, or try a server without Redis by --store memory")
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)
    return options


async def interruptible(options, folder):
    """Ends what was started when it is told to end, too."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    return await soak.soak(options, folder)


def main():
    # It would tell of each connection that is lost; here that is what happens.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    options = parsed()
    if options.self_test:
        sys.exit(0 if self_test.passes() else 1)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        try:
            run, verdicts = asyncio.run(interruptible(options, Path(folder)))
        except (KeyboardInterrupt, asyncio.CancelledError):
            sys.exit("interrupted")
        except Trouble as trouble:
            sys.exit(f"the cluster does not start: {trouble}")
    print(report.table(run))
    print(report.verdicts(verdicts))
    broken = [verdict.name for verdict in verdicts if not verdict.holds]
    if broken:
        again = f"--store {options.store} --seconds {options.seconds:g} --seed {options.seed}"
        print(f"broken: {', '.join(broken)}; the same chances again: {again}", file=sys.stderr)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
