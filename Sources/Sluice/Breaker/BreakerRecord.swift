/// What a store remembers of a breaker, and how a request changes it; the script of Redis does the same.
package struct BreakerRecord: Hashable, Sendable {
    /// Counts the changes.
    var generation: Int64
    /// Until when it is open; `nil` if it is closed.
    var openUntil: Timestamp?
    /// Until when somebody probes alone.
    var claimedUntil = Timestamp(nanoseconds: .min)
    var waits: Int
    /// When it may be forgotten.
    package var expiry: Timestamp

    /// Carries out a request.
    package static func agree(
        _ record: inout BreakerRecord?, _ request: BreakerRequest, at now: Timestamp
    ) -> BreakerAgreement {
        if let known = record, known.expiry <= now { record = nil }
        let isGranted = change(&record, request, at: now)
        guard let record else {
            return BreakerAgreement(generation: 0, refusedFor: nil, waits: 0, isGranted: isGranted)
        }
        let end = record.openUntil.map { max($0, record.claimedUntil) }
        return BreakerAgreement(
            generation: record.generation, refusedFor: end.map { max($0 - now, .zero) }, waits: record.waits,
            isGranted: isGranted)
    }

    private static func change(
        _ record: inout BreakerRecord?, _ request: BreakerRequest, at now: Timestamp
    ) -> Bool {
        let isCurrent = record.map { $0.generation == request.generation } ?? true
        let next = (record?.generation ?? request.generation) + 1
        switch request.operation {
        case .look: return true
        case .open(let duration):
            guard isCurrent else { return false }
            let end = now + duration
            record = BreakerRecord(
                generation: next, openUntil: end, waits: request.waits, expiry: end + request.keep)
        case .probe(let duration):
            if let known = record {
                guard let openUntil = known.openUntil, max(openUntil, known.claimedUntil) <= now else { return false }
            }
            let end = now + duration
            record = BreakerRecord(
                generation: next, openUntil: record?.openUntil ?? now, claimedUntil: end,
                waits: record?.waits ?? request.waits, expiry: end + request.keep)
        case .close:
            guard isCurrent else { return false }
            guard record != nil else { return true }
            record = BreakerRecord(generation: next, openUntil: nil, waits: 0, expiry: now + request.keep)
        }
        return true
    }
}
