import Sluice

/// Measurements that belong together.
struct Suite: Sendable {
    let name: String
    let title: String
    /// Measures in this many rounds.
    let run: @Sendable (_ rounds: Int) throws -> [Finding]

    static let all = [single, four, bytes, chat, pauses, readers, watching]
}

/// The limit of whoever must not be denied, nor forgotten, while he is measured: a call is remembered for 3.6 s, and
/// the next one comes sooner.
let generous = (count: Int64(100_000_000), period: Duration.hours(100_000))
