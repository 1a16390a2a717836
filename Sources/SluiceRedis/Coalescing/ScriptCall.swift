import NIOCore
import RESP
import Sluice

/// One call of the script, and the requests that go with it.
///
/// Confined to the lane's event loop.
final class ScriptCall {
    let pass: NodeGuards.Pass
    let slot: HashSlot?
    let queue: Int
    let deadline: NIODeadline
    let sentAt: Timestamp
    private let requests: [StoreRequest]
    /// How often the function was loaded for it, and why a server did not take it.
    var loads = 0
    var loadRefusal: RESPErrorReply?

    init(
        _ requests: [StoreRequest], _ pass: NodeGuards.Pass, slot: HashSlot?, queue: Int, deadline: NIODeadline,
        sentAt: Timestamp
    ) {
        self.requests = requests
        self.pass = pass
        self.slot = slot
        self.queue = queue
        self.deadline = deadline
        self.sentAt = sentAt
    }

    /// The call in the form in which it is sent.
    func batch(_ script: DecisionScript, layout: KeyLayout, redisTime: Timestamp, moment: Int64?) -> DecisionBatch {
        script.batch(requests, layout: layout, redisTime: redisTime, moment: moment)
    }

    /// Tells everybody what Redis said.
    /// - Parameter onTime: Told when Redis decided.
    /// - Returns: Requests that Redis refused because they knew another time than its own; nothing of them was charged.
    func answer(_ bytes: ByteBuffer, of script: DecisionScript, onTime: (Timestamp) -> Void) -> [StoreRequest] {
        var refused: [StoreRequest] = []
        var answered = 0
        do throws(RedisError) {
            var reader = try ReplyReader(bytes, of: script)
            onTime(Timestamp(nanoseconds: reader.moment.saturatingMultiplied(by: 1_000)))
            for request in requests {
                let answer = try reader.next(request)
                answered += 1
                switch answer {
                case .judged(let verdicts): request.complete(.judged(verdicts, at: reader.moment))
                case .wrongTime where !request.isRepeated:
                    request.isRepeated = true
                    refused.append(request)
                case .wrongTime: request.fail("Redis's clock and the calendar of a quota do not agree")
                case .wrongValue: request.fail("a key of this store holds something else; give it a prefix of its own")
                }
            }
        } catch {
            for request in requests.dropFirst(answered) { request.complete(.failed(StoreFault(error: error))) }
        }
        return refused
    }

    /// The next deadline of those who are not answered and whose deadline is later than a moment.
    func nextDeadline(after now: NIODeadline) -> NIODeadline? {
        requests.lazy.map(\.deadline).filter { $0 > now }.min()
    }

    /// Those whose deadline has come. The call goes on for the others.
    func expired(at now: NIODeadline) -> [StoreRequest] { requests.filter { $0.deadline <= now } }

    /// Tells everybody that the call failed.
    func fail(_ error: RedisError, retryAfterNanoseconds: Int64 = 0) {
        let fault = StoreFault(error: error, retryAfterNanoseconds: retryAfterNanoseconds)
        for request in requests { request.complete(.failed(fault)) }
    }
}

extension ReplyReader {
    /// What came of a request.
    fileprivate mutating func next(_ request: StoreRequest) throws(RedisError) -> Answer {
        try request.charges.isEmpty ? next(leaseIn: request.keys.count) : next(request.charges)
    }
}

extension StoreRequest {
    fileprivate func fail(_ message: String) {
        complete(.failed(StoreFault(error: RedisError(.unexpectedReply, message))))
    }
}
