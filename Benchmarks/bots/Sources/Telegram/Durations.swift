import Foundation

/// How long things took.
struct Durations: Sendable {
    private var all: [Duration] = []

    mutating func append(_ duration: Duration) { all.append(duration) }
    mutating func append(_ other: Durations) { all += other.all }

    var count: Int { all.count }

    /// The parts that tell of the slow ones, in milliseconds.
    var told: String {
        let sorted = all.sorted()
        guard !sorted.isEmpty else { return "none" }
        let parts = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("longest", 1)].map { name, share in
            let place = min(sorted.count - 1, Int(Double(sorted.count) * share))
            return "\(name) \(String(format: "%.2f", sorted[place].milliseconds)) ms"
        }
        return parts.joined(separator: ", ")
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    var milliseconds: Double { seconds * 1_000 }
}
