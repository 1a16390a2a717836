import Foundation

/// Hit rates of several policies on several traces at several sizes.
enum HitSuite {
    static func run(_ traces: [Trace]) {
        print(
            "| trace | keys | entries | LRU | SIEVE | W-TinyLFU | S3-FIFO | Sluice |\n|---|---|---|---|---|---|---|---|"
        )
        for trace in traces {
            for entries in [25, 100, 400, 1_000] where entries * 2 <= trace.distinct {
                let shares = [
                    LeastRecentlyUsed.hitPercent(trace.keys, entries: entries),
                    Sieve.hitPercent(trace.keys, entries: entries),
                    WindowTinyLFU.hitPercent(trace.keys, entries: entries),
                    ThreeQueues.hitPercent(trace.keys, entries: entries),
                    Ours.hitPercent(trace.keys, entries: entries),
                ]
                let cells = shares.map { String(format: "%.1f %%", $0) }
                print("| \(trace.name) | \(trace.distinct) | \(entries) | \(cells.joined(separator: " | ")) |")
            }
        }
    }
}
