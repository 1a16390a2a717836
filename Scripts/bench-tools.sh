#!/bin/sh
# Installs the programs that the benchmarks compare with or measure by. Does nothing when all of them are there.
set -eu

missing=""
for command in valgrind wrk h2load nginx redis-server redis-benchmark python3; do
    PATH="$PATH:/usr/sbin" command -v "$command" >/dev/null 2>&1 || missing="$missing $command"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "the benchmarks need:$missing" >&2
    exit 1
fi
echo "installing what the benchmarks need:$missing"
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
# RUNLEVEL=1: a server that a package would start belongs to no benchmark.
$sudo env DEBIAN_FRONTEND=noninteractive sh -c "
    apt-get update -qq
    RUNLEVEL=1 apt-get install -y -qq --no-install-recommends valgrind wrk nghttp2-client nginx-light redis-server redis-tools python3
" >/dev/null </dev/null
