internal import Synchronization

/// What redis-cell's `CL.THROTTLE` answers.
package struct ThrottleReply: Sendable, Hashable {
    package var isLimited: Bool
    package var limit: Int64
    package var remaining: Int64
    /// Nanoseconds; −1 when allowed, and when the quantity can never pass.
    package var retryAfterNanoseconds: Int64
    package var resetAfterNanoseconds: Int64
}

/// One call of `CL.THROTTLE`, whose limit comes with it.
package struct ThrottleCall {
    fileprivate let key: CellKey
    fileprivate let limit: Int64
    fileprivate let emission: Int64
    fileprivate let tolerance: Int64
    fileprivate let increment: Int64
}

extension MemoryStore {
    /// The hash state in front of a bare key. Policies' names are never empty, so no rule shares it.
    func throttleHasher() -> KeyHasher {
        var hasher = KeyHasher(secret: secret.withLock { $0 })
        hasher.absorb(UnsafeRawBufferPointer(start: nil, count: 0))
        return hasher
    }
}

extension ThrottleCall {
    /// Works out a call before the store is touched.
    @inline(__always)
    init(
        _ key: UnsafeRawBufferPointer, _ hasher: KeyHasher, maxBurst: Int64, count: Int64, periodSeconds: Int64,
        quantity: Int64
    ) {
        self.key = hasher.finish(key)
        emission = periodSeconds.saturatingMultiplied(by: 1_000_000_000) / count
        limit = maxBurst.saturatingAdding(1)
        tolerance = emission.saturatingMultiplied(by: limit)
        increment = emission.saturatingMultiplied(by: quantity)
    }
}

/// redis-cell's arithmetic: the emission interval is truncated to whole nanoseconds.
extension Shards {
    @inline(__always)
    func throttle(_ call: ThrottleCall, now: Int64) -> ThrottleReply {
        let reply = decide(call, now: now)
        let level: DecisionWatch.Level = reply.isLimited ? .denials : .everything
        let isSeen = watch._withUnsafeGuaranteedRef { $0.sees(level) && (!reply.isLimited || !$0.passesOver(now)) }
        if call.increment > 0, isSeen {
            tell(reply, of: call.key, cost: call.increment / max(1, call.emission), now: now)
        }
        return reply
    }

    /// Has a call seen by those who look on. Its key is told as a hash only: it is gone by now.
    @inline(never)
    func tell(_ reply: ThrottleReply, of key: CellKey, cost: Int64, now: Int64) {
        let subject = DecisionWatch.Subject(counter: throttles, key: key, cost: cost)
        watch._withUnsafeGuaranteedRef {
            $0.note(reply.decision, subject, of: CounterRegistry.throttle.policy, at: now) {
                DecisionWatch.digits(of: key)
            }
        }
    }

    @inline(__always)
    private func decide(_ call: ThrottleCall, now: Int64) -> ThrottleReply {
        let shard = shard(of: call.key)
        shard.lock()
        defer { shard.unlock() }
        var place = shard.pointee.table.find(call.key)
        let cell = place.isFound ? shard.pointee.table.slots[place.index].cell : .empty
        let arrival = max(now, cell.expiry)
        let next = max(now, arrival.saturatingAdding(call.increment))
        let excess = next.saturatingSubtracting(now).saturatingSubtracting(call.tolerance)
        if excess > 0 {
            let isImpossible = call.increment > call.tolerance
            shard.pointee.tally.countDenied(throttles, isImpossible: isImpossible, at: call.key)
            return call.limited(reset: arrival &- now, retry: isImpossible ? -1 : excess)
        }
        if call.increment != 0, next > now || place.isFound {
            if !place.isFound, !shard.pointee.table.hasRoom {
                if let firstExpiry = shard.pointee.makeRoom(near: place.index, now: now, self) {
                    shard.pointee.tally.countDenied(throttles, isImpossible: false, at: call.key)
                    return call.limited(reset: 0, retry: max(1, firstExpiry &- now))
                }
                place = shard.pointee.table.find(call.key)
            }
            let isExhausted = call.tolerance &- (next &- now) < call.emission
            let written = Cell(expiry: next, limit: .throttle, payload: 0, isExhausted: isExhausted)
            shard.pointee.write(written, for: call.key, at: place, now: now, self)
        }
        if call.increment != 0 { shard.pointee.tally.countAllowed(throttles, nil, at: call.key) }
        let reset = next &- now
        return ThrottleReply(
            isLimited: false, limit: call.limit, remaining: call.remaining(reset), retryAfterNanoseconds: -1,
            resetAfterNanoseconds: reset)
    }
}

extension ThrottleReply {
    /// The same as a decision of no rule.
    fileprivate var decision: Decision {
        guard isLimited else {
            return .allowed(
                Pass(rule: nil, limit: limit, remaining: remaining, resetAfterNanoseconds: resetAfterNanoseconds))
        }
        return .denied(
            Denial(
                reason: retryAfterNanoseconds < 0 ? .impossible : .limited, rule: nil, limit: limit,
                remaining: remaining, retryAfterNanoseconds: retryAfterNanoseconds,
                resetAfterNanoseconds: resetAfterNanoseconds))
    }
}

extension ThrottleCall {
    @inline(__always)
    fileprivate func remaining(_ reset: Int64) -> Int64 {
        let left = tolerance &- reset
        return left > 0 && emission > 0 ? left / emission : 0
    }

    fileprivate func limited(reset: Int64, retry: Int64) -> ThrottleReply {
        ThrottleReply(
            isLimited: true, limit: limit, remaining: remaining(reset), retryAfterNanoseconds: retry,
            resetAfterNanoseconds: reset)
    }
}
