"""Programs that the soak starts: they end with it, whatever ends it."""
import asyncio
import ctypes
import os
import signal
import socket
import sys

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _end_with_parent():
    """Runs in the child: the kernel kills it when the soak is gone, also by `kill -9`."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def start(*command, log, **options):
    """Starts a program in a session of its own, so that Ctrl-C reaches the soak alone."""
    return await asyncio.create_subprocess_exec(
        *command, stderr=log, start_new_session=True, preexec_fn=_end_with_parent if _libc else None, **options)


async def end(process, with_signal=signal.SIGKILL, within=None):
    """Ends a program; returns its status, or nothing if it did not end in time."""
    if process.returncode is None:
        process.send_signal(with_signal)
    try:
        return await asyncio.wait_for(process.wait(), within)
    except asyncio.TimeoutError:
        return None


def _first_ephemeral_port():
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
            return int(file.read().split()[0])
    except OSError:
        return 32_768


def free_ports(count, random):
    """Ports that nobody listens on, below those that connections get by themselves.

    A node that is killed must find its port free when it comes back; one that a connection may take in the meantime
    would not do.
    """
    end = _first_ephemeral_port()
    begin = min(10_240, end - 4_000)
    found = []
    while len(found) < count:
        port = random.randrange(begin, end)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def raise_open_files():
    """Crowds of connections need descriptors; returns how many this process may have."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def environment():
    """This process's own, without settings of a server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
