import RESP
import Sluice
import SluiceRedis

/// `CL.THROTTLE`, as redis-cell answers it.
///
/// Calls are gathered, parsed and hashed in one go and decided in another; see ``ThrottleBatch``. Whatever else is
/// asked is answered after those gathered before it.
extension CommandProcessor {
    mutating func throttle(_ request: Request, _ session: inout Session, at now: Timestamp) {
        guard request.sent == 5 || request.sent == 6 else {
            return failThrottle(
                "Usage: cl.throttle <key> <max_burst> <count per period> <period> [<quantity>]", at: now)
        }
        let key = request[1]
        guard key.count <= Descriptor.maximumBytes else {
            return failThrottle("Key is longer than \(Descriptor.maximumBytes) bytes", at: now)
        }
        guard let maxBurst = number(request[2], at: now), let count = number(request[3], at: now),
            let period = number(request[4], at: now)
        else { return }
        var quantity: Int64 = 1
        if request.sent == 6 {
            guard let given = number(request[5], at: now) else { return }
            quantity = given
        }
        // Beyond it nanoseconds overflow; redis-cell stops the whole server there.
        let period64 = min(max(period, -Self.longestPeriod), Self.longestPeriod)
        guard count != 0, period64 &* 1_000_000_000 / count != 0 else {
            return failThrottle("Zero rates are not supported", at: now)
        }
        if let shared {
            return throttle(
                key: key, maxBurst: maxBurst, count: count, periodSeconds: period64, quantity: quantity, on: shared,
                &session)
        }
        if throttles.isFull { answerThrottles(at: now) }
        throttles.append(key: key, maxBurst: maxBurst, count: count, periodSeconds: period64, quantity: quantity)
    }

    /// Seconds in 2⁶³ − 1 nanoseconds.
    private static var longestPeriod: Int64 { 9_223_372_036 }

    /// Decides what has been gathered.
    @inline(__always)
    mutating func answerThrottles(at now: Timestamp) {
        guard !throttles.isEmpty else { return }
        for index in 0..<throttles.count {
            answer(throttles.decide(index, at: now))
        }
        throttles.removeAll()
    }

    @inline(__always)
    mutating func answer(_ reply: ThrottleReply) {
        replies.integers(
            reply.isLimited ? 1 : 0, reply.limit, reply.remaining,
            Self.seconds(reply.retryAfterNanoseconds), Self.seconds(reply.resetAfterNanoseconds))
    }

    /// Whole seconds as redis-cell rounds them: up, but only from a fraction of a millisecond or more.
    @inline(__always)
    static func seconds(_ nanoseconds: Int64) -> Int64 {
        guard nanoseconds >= 0 else { return -1 }
        let (seconds, fraction) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return fraction >= 1_000_000 ? seconds &+ 1 : seconds
    }

    @inline(__always)
    private mutating func number(_ bytes: UnsafeRawBufferPointer, at now: Timestamp) -> Int64? {
        if let value = Int64(decimal: bytes) { return value }
        failThrottle("Couldn't parse as integer: \(Self.text(bytes))", at: now)
        return nil
    }

    @inline(never)
    private mutating func failThrottle(_ message: String, at now: Timestamp) {
        answerThrottles(at: now)
        fail("Cell error: " + message)
    }
}
