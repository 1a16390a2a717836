/// What memory keeps of a name.
@usableFromInline
struct CacheEntry<Value: Sendable>: Sendable {
    @usableFromInline
    enum Content: Sendable {
        case value(Value)
        /// The source has none.
        case absent
        case failed(any Error)

        @usableFromInline
        func get() throws -> Value? {
            switch self {
            case .value(let value): value
            case .absent: nil
            case .failed(let error): throw error
            }
        }
    }

    /// The value, if it has one, and until when it is simply the answer.
    @usableFromInline var value: Value?
    @usableFromInline var plainUntil: Int64
    var content: Content {
        if let failure { return .failed(failure) }
        return value.map { .value($0) } ?? .absent
    }
    var failure: (any Error)?
    /// The moments until which it answers, answers while another is fetched, and answers when that fails.
    var freshUntil: Int64
    var staleUntil: Int64
    var usableUntil: Int64
    /// The moment from which on it is fetched ahead of its time.
    var refreshAt: Int64
    /// Tells one value of a name from the next.
    var version: UInt64
    var tags: [UInt64]

    init(
        _ content: Content, freshUntil: Int64, staleUntil: Int64, usableUntil: Int64, refreshAt: Int64,
        version: UInt64, tags: [UInt64]
    ) {
        plainUntil = min(freshUntil, refreshAt)
        switch content {
        case .value(let value): self.value = value
        case .absent: break
        case .failed(let error):
            failure = error
            plainUntil = .min
        }
        (self.freshUntil, self.staleUntil, self.usableUntil) = (freshUntil, staleUntil, usableUntil)
        (self.refreshAt, self.version, self.tags) = (refreshAt, version, tags)
    }

    /// The last moment at which it is of any use.
    var expires: Int64 { max(freshUntil, staleUntil, usableUntil) }

    var isFailure: Bool { failure != nil }

    /// What it can do at a moment.
    @usableFromInline
    func answer(at now: Int64) -> Answer {
        if now < freshUntil { return now < refreshAt ? .fresh(content) : .aging(content, version: version) }
        return now < staleUntil ? .stale(content) : .none
    }

    @usableFromInline
    enum Answer: Sendable {
        case fresh(Content)
        /// Fresh, and to be fetched ahead of its time.
        case aging(Content, version: UInt64)
        /// Stale, and to be fetched.
        case stale(Content)
        case none
    }
}
