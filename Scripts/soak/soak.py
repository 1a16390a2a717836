"""A run from its start to its verdicts."""
import asyncio
import contextlib

import checks
import measures
import programs
from chaos import Chaos
from cluster import Cluster
from hostile import MARK, Hostile, Raw
from load import HOLDERS, LAWFUL_USERS, Load
from run import PATIENCE, Run
from server import Server
from traffic import Traffic
from watch import Watch

# What can be done wrong on purpose: let more through than the laws allow; ask for what is not there; leave connections
# open; have the server hold more and more; end it by `kill -9`.
BREAKS = ["laws", "answers", "descriptors", "memory", "stop"]
# Of a run, a third, and no more: in it everything that can happen has happened once, or nearly.
WARM_UP_SECONDS = 300


async def soak(options, folder):
    """Returns the run and its verdicts."""
    run = Run(options.seconds, options.seed, options.rate, options.store == "cluster")
    run.open_files = programs.raise_open_files()
    traffic = Traffic(options.traffic, run.random("traffic"))
    print(f"seed {options.seed}; store: {options.store}; {traffic.description}", flush=True)
    async with contextlib.AsyncExitStack() as stack:
        cluster, arguments = await store(options, folder, run, stack)
        server = Server(options.sluice, folder, options.grpc, arguments, beyond=2 if options.broken == "laws" else 0)
        stack.push_async_callback(server.kill)
        await server.start()
        watch = Watch(run, server, [node.announced for node in cluster.nodes] if cluster else [])
        chaos = Chaos(run, cluster, server) if cluster else None
        load = Load(run, server.ports, traffic, cluster is not None)
        foes = Hostile(run, server.ports)
        opened = await beginning(server, watch, load, foes)
        work = [watch.go_on(chaos), reload(server, run), foes.go_on()]
        if options.broken:
            work.append(broken(options.broken, run, server))
        await under_load(run, server, chaos, load, work)
        watch.end_progress()
        verdicts = await judged(options, run, server, watch, chaos, foes, opened)
        names = traffic.names() + LAWFUL_USERS + HOLDERS + [MARK]
        rounds = sum(chaos.counts.values()) if chaos else 0
        verdicts.append(checks.clean(server.log(), names, run.elapsed, rounds))
        if options.log:
            with open(options.log, "w", errors="surrogateescape") as file:
                file.write(server.log())
        return run, verdicts


async def store(options, folder, run, stack):
    """The cluster, if there is one, and how the server is told of it."""
    if options.store == "memory":
        return None, []
    cluster = Cluster(folder, run.random("cluster"))
    stack.push_async_callback(cluster.stop)
    await cluster.start()
    (folder / "secret").write_text("a secret of the soak alone")
    return cluster, ["--redis-cluster", cluster.url, "--redis-secret-file", str(folder / "secret")]


async def beginning(server, watch, load, foes):
    """Everybody once, a reload, and what takes the most memory: so what comes later is no growth.

    Returns how many descriptors the server has open for itself.
    """
    async def missing():
        values = await watch.metrics()
        return "" if measures.total(values, "sluice_config_reload_total") else "a reload does not happen"

    try:
        await asyncio.wait_for(load.sweep(), PATIENCE)
        server.reload()
        if fault := await watch.settles(missing):
            raise SystemExit(fault)
        opened = watch.descriptors().others
        await foes.rehearse()
        return opened
    except (OSError, EOFError, asyncio.TimeoutError) as error:
        raise SystemExit(f"broken before it began: {error!r}; the end of the server's log: {server.log()[-2_000:]}")


async def reload(server, run):
    """Other policies each second."""
    while run.goes_on() and server.runs:
        server.reload()
        await asyncio.sleep(1)


async def under_load(run, server, chaos, load, work):
    """Everything at once for so many seconds, and until the round of chaos that is under way is over."""
    run.start()
    background = [asyncio.ensure_future(each) for each in work]

    async def time_is_up():
        rounds = asyncio.ensure_future(chaos.go_on()) if chaos else None
        while run.goes_on() and run.elapsed < run.seconds:
            await asyncio.sleep(0.1)
            if not server.runs:
                run.fault("stop", f"the server ended by itself after {run.elapsed:.1f} s")
        if rounds:
            await rounds

    try:
        await load.during(time_is_up())
        await asyncio.gather(*background)
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)


async def judged(options, run, server, watch, chaos, foes, opened):
    """What everything looks like when all clients have gone, and how the server ends."""
    verdicts = [checks.lawful(run), checks.answered(run)]
    if chaos:
        verdicts.append(checks.recovered(run, chaos.counts))
    staying = []
    if server.runs:
        try:
            verdicts += await left(run, server, watch, opened)
            staying = await foes.stay()
        except (OSError, EOFError, asyncio.TimeoutError) as error:
            run.fault("stop", f"the server could not be asked any more: {error!r}")
    if options.broken == "stop":
        await server.kill()
    status, seconds = await server.stop(checks.STOP_SECONDS)
    for raw in staying:
        raw.close()
    verdicts.append(checks.stopped(run, status, seconds))
    return verdicts


async def left(run, server, watch, opened):
    """What the server has given back, what it has kept, and what it has counted."""
    warm = min(run.seconds / 3, WARM_UP_SECONDS)
    readings = [
        ("connections", lambda: connections(watch), "none is open"),
        ("descriptors", lambda: descriptors(watch, opened), f"{opened}, as at the start, and Redis's"),
        ("threads", lambda: threads(watch, warm), "no more than when warm"),
        ("gauges", lambda: gauges(watch), "no lease is held, no call waits, no stream is open")]
    verdicts = [checks.returned(name, await watch.settles(reading), text) for name, reading, text in readings]
    verdicts.append(checks.flat(watch.memory, warm, watch.memory_now()))
    values = await watch.metrics()
    return verdicts + [checks.counted(run, values), checks.reloaded(values, server)]


async def connections(watch):
    """Connections of clients that the server still has."""
    count = watch.descriptors().clients
    return f"{count} are open" if count else ""


async def descriptors(watch, opened):
    """Those that the server has for itself, and for Redis: a connection to each node for each event loop."""
    now = watch.descriptors()
    if now.others > opened:
        return f"{now.others} are open besides those of clients and Redis, {opened} were"
    most = len(watch.redis_ports) * int((await watch.metrics())["sluice_threads"])
    return f"{now.redis} are connections to Redis, {most} are the most" if now.redis > most else ""


async def threads(watch, warm):
    most = watch.threads_until(warm)
    return f"there are {watch.threads()}, {most} were when it was warm" if watch.threads() > most else ""


async def gauges(watch):
    """What counts what is under way; the one connection is that of whoever asks."""
    values = await watch.metrics()
    allowed = {'sluice_transport_connections{transport="http"}': 1}
    names = ["sluice_transport_connections", "sluice_leases", "sluice_event_streams", "sluice_redis_queue"]
    return ", ".join(
        f"{series} is {value:.0f}" for series, value in values.items()
        if series.split("{")[0] in names and value > allowed.get(series, 0))


async def broken(what, run, server):
    """Does something wrong, so that a check can be seen to fail."""
    hoard = run.hoard
    while run.goes_on():
        if what == "answers":
            run.ask_for = "nowhere"
        elif what == "descriptors" and len(hoard) < 20:
            hoard.append(await Raw(server.ports["resp"]).open())
        elif what == "memory":
            raw = await Raw(server.ports["resp"]).open()
            hoard.append(raw)
            # Half a request, which the server keeps for as long as it may take: 30 s.
            await raw.send(b"*2\r\n$4\r\nECHO\r\n$500000\r\n" + b"x" * 450_000)
        await asyncio.sleep(0.05)
    if what != "descriptors":
        for raw in hoard:
            raw.close()
