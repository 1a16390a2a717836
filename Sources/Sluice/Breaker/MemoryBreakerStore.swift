internal import Synchronization

/// Lets breakers of one process agree; the ones of a test, or several with one name.
public final class MemoryBreakerStore: BreakerStore {
    /// How many names it remembers. Beyond it, what a new name asks throws, and its breaker goes by what it sees
    /// itself.
    public static let mostNames = 10_000

    private let time: TimeSource
    private let records = Mutex<[String: BreakerRecord]>([:])

    /// A store that knows nothing yet.
    public init(time: TimeSource = .system) { self.time = time }

    /// How many names it remembers.
    public var count: Int { records.withLock { $0.count } }

    public func agree(on name: String, _ request: BreakerRequest) async throws -> BreakerAgreement {
        let now = time.now()
        return try records.withLock { records in
            if records[name] == nil, records.count >= Self.mostNames {
                records = records.filter { $0.value.expiry > now }
                guard records.count < Self.mostNames else {
                    throw SluiceError(
                        .storeFailed, "\(Self.mostNames) breakers are shared already; '\(name)' goes by what it sees")
                }
            }
            return BreakerRecord.agree(&records[name], request, at: now)
        }
    }
}
