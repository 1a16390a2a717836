"""Which version of a program was measured."""
import re

from missing import Missing, finished


def version(command, pattern):
    process = finished(command)
    found = re.search(pattern, process.stdout + process.stderr)
    if not found:
        raise Missing(f"{command[0]} does not tell its version")
    return found.group(1)


def redis_version():
    return version(["redis-server", "--version"], r"v=(\S+)")


def nginx_version():
    return version(["nginx", "-v"], r"nginx/(\S+)")


def haproxy_version():
    return version(["haproxy", "-v"], r"HAProxy version ([\d.]+)")


def envoy_version(program):
    return version([program, "--version"], r"/([\d.]+)/")
