import RESP
import Sluice
import SluiceRedis

/// `SLUICE.CHECK`, `PEEK`, `REFUND`, `RESET`: decisions by a policy.
///
/// The cost may be left out: with it a request has an odd number of words, without it an even one.
extension CommandProcessor {
    mutating func decide(
        _ request: Request, _ operation: RawOperation, _ session: inout Session, at now: Timestamp
    ) {
        let hasCost = request.sent & 1 == 1
        guard let entries = descriptor(request, from: hasCost ? 3 : 2) else { return }
        var cost: Int64 = 1
        if hasCost {
            guard let given = Int64(strictDecimal: request[2]), given >= 0 else {
                return fail("ERR cost '\(Self.text(request[2]))' is not an integer from 0 to 9223372036854775807")
            }
            cost = given
        }
        do throws(SluiceError) {
            let handle = try policies.handle(request[1], limiter)
            guard let shared else { return answer(try handle.decide(entries, operation, cost: cost, at: now)) }
            try decide(entries, operation, cost: cost, of: shared.policy(handle), &session)
        } catch {
            fail("ERR " + error.message)
        }
    }

    /// `[allowed, limit, remaining, retry after ms, reset after ms, rule]`.
    mutating func answer(_ decision: Decision) {
        replies.array(6)
        replies.integer(decision.isAllowed ? 1 : 0)
        replies.integer(decision.limit)
        replies.integer(decision.remaining)
        replies.integer(decision.retryAfter?.millisecondsRoundedUp ?? -1)
        replies.integer(decision.resetAfter.millisecondsRoundedUp)
        guard let rule = decision.rule else { return replies.null() }
        ruleNames.withBytes(of: rule) { replies.bulk($0) }
    }

    /// The pairs of a request from a word on, or `nil` after an error.
    mutating func descriptor(_ request: Request, from first: Int) -> UnsafeBufferPointer<RawEntry>? {
        let pairs = (request.sent - first) / 2
        guard pairs <= entries.count, request.sent == request.count else {
            fail("ERR the descriptor has \(pairs) entries; at most \(entries.count) are accepted")
            return nil
        }
        for index in 0..<pairs {
            let word = first + 2 * index
            // The entries are trivial, so storing over old ones needs no deinitialization.
            entries.initializeElement(at: index, to: RawEntry(key: request[word], value: request[word + 1]))
        }
        return UnsafeBufferPointer(rebasing: entries[..<pairs])
    }
}

/// `SLUICE.ACQUIRE`, `RENEW`, `RELEASE`: leases of concurrency limits.
extension CommandProcessor {
    mutating func acquire(_ request: Request, _ session: inout Session, at now: Timestamp) {
        guard request.sent & 1 == 0 else { return failCount("sluice.acquire") }
        guard let entries = descriptor(request, from: 2) else { return }
        do throws(SluiceError) {
            let handle = try policies.handle(request[1], limiter)
            guard let shared else { return answer(try handle.acquire(entries, at: now).lease) }
            try acquire(entries, of: shared.policy(handle), &session)
        } catch {
            fail("ERR " + error.message)
        }
    }

    mutating func answer(_ lease: Lease?) {
        guard let lease else { return replies.null() }
        replies.bulk(lease.description)
    }

    mutating func renew(_ request: Request, _ session: inout Session, at now: Timestamp) {
        guard let lease = lease(request[1]) else { return }
        if let shared { return renew(lease, on: shared, &session) }
        replies.integer(limiter.renew(lease, at: now) ? 1 : 0)
    }

    mutating func release(_ request: Request, _ session: inout Session, at now: Timestamp) {
        guard let lease = lease(request[1]) else { return }
        if let shared { return release(lease, on: shared, &session) }
        replies.integer(limiter.release(lease, at: now) ? 1 : 0)
    }

    private mutating func lease(_ bytes: UnsafeRawBufferPointer) -> Lease? {
        if let lease = Lease(String(decoding: bytes, as: UTF8.self)) { return lease }
        fail("ERR '\(Self.text(bytes))' is not a lease; give what SLUICE.ACQUIRE answered")
        return nil
    }
}
