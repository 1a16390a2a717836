#!/bin/sh
# Runs the tests that are built, with these arguments, and says at the very end what failed: among thousands of
# lines nobody finds it.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .build
# Many tests have servers of their own, up to six at once: all of them side by side would starve each other.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH="${TEST_WIDTH:-4}"
log=.build/tests.log
status=.build/tests.status

{
    PATH="$PWD/.build/venv/bin:$PATH" ${SWIFT:-swift} test --skip-build --disable-xctest "$@" 2>&1 && echo 0 >"$status" ||
        echo $? >"$status"
} | tee "$log"
[ "$(cat "$status")" = 0 ] && exit 0

echo "what failed:" >&2
grep -E '✘|error:|Fatal|recorded an issue|^↳' "$log" | grep -v '^✘ Suite' >&2 || tail -n 40 "$log" >&2
exit 1
