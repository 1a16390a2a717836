"""Verdicts: what was seen, against what has to hold. Each check can fail, and says with what."""
import laws
import measures
import policies

# What a run may grow by once it is warm: buffers and tables that meet a larger peak than before, and the allocator's
# own. So an hour of five million requests shows a leak of four bytes each, and a minute of 60,000 one of 300.
GROWTH_MEBIBYTES = 16
# A stop answers what is in flight for 10 s at most; the rest is for a machine that is busy.
STOP_SECONDS = 30
# What the runtime and the system say of a program that they end.
CRASHES = ["fatal error", "crash", "precondition", "assertion", "sigsegv", "sanitizer"]


class Check:
    def __init__(self, name, faults, text):
        self.name, self.faults, self.text = name, faults, text

    @property
    def holds(self):
        return not self.faults


def lawful(run):
    """No law is broken, and each limit was reached, so that there was something to break."""
    faults = list(run.faults.get("laws", []))
    counts = []
    bounds = [
        ("fixed", policies.FIXED, laws.fixed_windows), ("log", policies.LOG, laws.sliding_windows)]
    for policy, window, bound in bounds:
        admissions = run.admissions.get(policy, {})
        counts.append(f"{sum(map(len, admissions.values())):,} admitted by '{policy}'")
        for user, admitted in admissions.items():
            breach = bound(user, admitted, window.limit, window.period, run.losses)
            if breach:
                faults.append(f"'{policy}', {breach.user}, at {breach.moment:.3f}: {breach.text}")
    fullest = max(
        (laws.busiest_window(admitted, policies.FIXED.period) for admitted in run.admissions.get("fixed", {}).values()),
        default=0)
    if fullest < policies.FIXED.limit:
        faults.append(f"no window was full: the fullest had {fullest} of {policies.FIXED.limit}")
    for user, holds in run.holds.items():
        breach = laws.held_at_once(user, holds, policies.LEASES.limit, policies.LEASES.lease, run.losses)
        if breach:
            faults.append(f"'leases', {breach.user}, at {breach.moment:.3f}: {breach.text}")
    counts.append(f"{sum(map(len, run.holds.values())):,} leases")
    if not run.holds:
        faults.append("no lease was given")
    return Check("laws", faults, ", ".join(counts) + f"; {len(run.losses)} losses excused")


def counted(run, values):
    """The server counts as many admissions as the clients have seen."""
    faults = []
    for policy in ["fixed", "log", "leases"]:
        seen = sum(map(len, run.admissions.get(policy, {}).values()))
        told = measures.total(values, "sluice_decisions_total", f'policy="{policy}"', 'outcome="allowed"')
        if seen != told:
            faults.append(f"the server counts {told:,.0f} admissions by '{policy}', the clients {seen:,}")
    return Check("counted", faults, "the server's counters agree with what the clients saw")


def answered(run):
    return Check(
        "answers", run.faults.get("answers", []), f"{run.requests:,} requests of those who behave")


def recovered(run, counts):
    told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    faults = run.faults.get("recovery", []) or ([] if counts else ["nothing has happened to the cluster"])
    return Check("recovery", faults, told)


def flat(memory, warm, settled):
    """Memory: the slope over all that came after the warm-up, and what is left when all clients have gone.

    memory: pairs of seconds and MiB. warm: when the warm-up was over. settled: MiB after the run.
    """
    faults = []
    judged = [(second, amount) for second, amount in memory if second >= warm]
    if len(judged) < 10:
        return Check("memory", [f"{len(judged)} samples are too few"], "")
    slope = measures.slope(judged)
    span = judged[-1][0] - judged[0][0]
    early = sorted(amount for _, amount in judged[:len(judged) // 4])[len(judged) // 8]
    if slope * span > GROWTH_MEBIBYTES:
        faults.append(
            f"grows by {slope * span:.1f} MiB in {span:.0f} s, {GROWTH_MEBIBYTES} are the most: "
            f"{slope * 3_600:.0f} MiB an hour")
    if settled > early + GROWTH_MEBIBYTES:
        faults.append(f"{settled:.1f} MiB are left after the run, it was {early:.1f} when warm")
    return Check(
        "memory", faults,
        f"{early:.1f} MiB when warm, {slope * span:+.1f} MiB in {span:.0f} s, {settled:.1f} MiB after")


def returned(name, wrong, text):
    return Check(name, [wrong] if wrong else [], "" if wrong else text)


def reloaded(values, server):
    good, bad = (
        measures.total(values, "sluice_config_reload_total", f'result="{result}"') for result in ["success", "failure"])
    asked = server.reloads - server.broken_reloads
    faults = []
    # Signals that come while one is obeyed are one; the server reads by itself, too, when the file has changed.
    if good < asked / 2:
        faults.append(f"{good:.0f} reloads, {asked} were asked for")
    if server.broken_reloads and not bad:
        faults.append("no wrong file was noticed")
    if bad > 2 * server.broken_reloads:
        faults.append(f"{bad:.0f} reloads failed, {server.broken_reloads} files were wrong")
    return Check("reloads", faults, f"{good:.0f} taken, {bad:.0f} of wrong files refused")


def stopped(run, status, seconds):
    faults = list(run.faults.get("stop", []))
    if status is None:
        faults.append(f"the server has not ended {STOP_SECONDS} s after SIGTERM")
    elif status != 0:
        faults.append(f"the server ended with {status}")
    return Check("stop", faults, f"ended with {status} after {seconds:.1f} s")


def clean(log, names, seconds, rounds):
    """The log: no crash, no names, nothing that a terminal would obey, and not much."""
    faults = []
    lines = log.splitlines()
    for line in lines:
        lowered = line.lower()
        if any(word in lowered for word in CRASHES):
            faults.append(f"a crash: {line[:300]}")
        elif any(ord(letter) < 32 or 0xdc80 <= ord(letter) <= 0xdcff for letter in line):
            faults.append(f"bytes that are no text: {line[:300]!r}")
        elif name := next((name for name in names if name in line), None):
            faults.append(f"names the caller {name}: {line[:300]}")
    # Reloads each second, and Redis coming and going as often; some for each round and for the start. A line for a
    # request would be hundreds each second.
    most = 50 + 8 * seconds + 60 * rounds
    if len(lines) > most:
        faults.append(f"{len(lines):,} lines, {most:,.0f} are the most; the last one: {lines[-1][:300]}")
    return Check("log", faults[:5], f"{len(lines):,} lines")
