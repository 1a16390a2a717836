/// What memory keeps of a name.
///
/// A class: a hit looks at two of its fields, and would copy all of them with a reference count for each.
@usableFromInline
final class CacheEntry<Value: Sendable>: Sendable {
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
    @usableFromInline let value: Value?
    @usableFromInline let plainUntil: Int64
    var content: Content {
        if let failure { return .failed(failure) }
        return value.map { .value($0) } ?? .absent
    }
    let failure: (any Error)?
    /// The moments until which it answers, answers while another is fetched, and answers when that fails.
    let freshUntil: Int64
    let staleUntil: Int64
    let usableUntil: Int64
    /// The moment from which on it is fetched ahead of its time.
    let refreshAt: Int64
    /// Tells one value of a name from the next.
    let version: UInt64
    let tags: [UInt64]

    init(
        _ content: Content, freshUntil: Int64, staleUntil: Int64, usableUntil: Int64, refreshAt: Int64,
        version: UInt64, tags: [UInt64]
    ) {
        switch content {
        case .value(let found): (value, failure) = (found, nil)
        case .absent: (value, failure) = (nil, nil)
        case .failed(let error): (value, failure) = (nil, error)
        }
        plainUntil = failure == nil ? min(freshUntil, refreshAt) : .min
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
