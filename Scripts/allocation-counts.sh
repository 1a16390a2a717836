#!/bin/sh
# Counts what one decision calls: allocations, retains and releases, and its instructions, by valgrind's callgrind.
#
# Each path is taken N and 2 N times; what differs is the price of N decisions, whatever the first one costs. Only
# what happens inside of Sluice is counted, not what the caller does to get at his key. Fails if a decision by a
# value allocates or counts a reference; the last path does both, to show that they would be seen.
set -eu
cd "$(dirname "$0")/.."

count=${1:-10000}
program=Benchmarks/.build/release/decisions
# The functions themselves, not the closures in them: entering one of these would switch counting off.
decide='$s6Sluice12PolicyHandleV6decide_4cost2at*YKF'
explain='$s6Sluice7LimiterC7explain*YKF'

command -v valgrind >/dev/null 2>&1 || { echo "valgrind is missing: apt-get install valgrind" >&2; exit 2; }
${SWIFT:-swift} build -c release --package-path Benchmarks --product decisions >&2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Prints "decisions instructions allocations references" of $2 decisions along path $1, seen inside function $3.
profile() {
    valgrind --quiet --tool=callgrind --compress-strings=no --compress-pos=no --toggle-collect="$3" \
        --callgrind-out-file="$folder/profile" "$program" "$1" "$2" >/dev/null 2>"$folder/errors" ||
        { cat "$folder/errors" >&2; exit 1; }
    awk '
        /^cfn=/ { name = substr($0, 5) }
        /^calls=/ {
            calls = $1
            sub(/^calls=/, "", calls)
            if (name ~ /^clock_gettime/) decisions += calls
            if (name ~ /^swift_.*([Rr]etain|[Rr]elease)/) references += calls
            if (name ~ /^(malloc|calloc|realloc|free|posix_memalign|aligned_alloc|operator (new|delete)|swift_(slow)?([Aa]lloc|[Dd]ealloc))/)
                allocations += calls
        }
        /^summary:/ { instructions = $2 }
        END { print decisions + 0, instructions + 0, allocations + 0, references + 0 }
    ' "$folder/profile"
}

printf '%-34s %12s %12s %12s\n' "per decision" instructions allocations references
failed=0
while read -r path function promise title; do
    eval "function=\$$function"
    once=$(profile "$path" "$count" "$function")
    twice=$(profile "$path" $((2 * count)) "$function")
    line=$(echo "$once $twice" | awk -v count="$count" -v promise="$promise" -v title="$title" '{
        printf "%-34s %12.0f %12.2f %12.2f", title, ($6 - $2) / count, ($7 - $3) / count, ($8 - $4) / count
        if ($5 - $1 != count) printf "  FAILED: %d decisions were seen, not %d", $5 - $1, count
        if (promise == "none" && ($7 != $3 || $8 != $4)) printf "  FAILED: there must be none"
        if (promise == "some" && ($7 == $3 || $8 == $4)) printf "  FAILED: these must be seen"
    }')
    echo "$line"
    case $line in *FAILED*) failed=1 ;; esac
done <<PATHS
known decide none allowed, a known caller
new decide none allowed, a new caller
denied decide none denied
log decide none sliding log
four decide none four rules
descriptor decide any descriptor of two, two rules
explain explain some explained (a control)
PATHS
exit $failed
