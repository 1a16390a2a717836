import NIOCore
import RESP
import Sluice

/// Reads what the script has answered, request by request, in the order in which they were added.
///
/// ```
/// 7 time | charges:
/// 1 head: 3 bits outcome | 3 bits how often a penalty halved the limit | 2 bits form
/// 0  5 remaining | 7 retry after | 7 reset after
/// 1  the same | 5 parts of retry after | 5 parts of reset after
/// 2  7 a token bucket's debt, in parts, or how far off a gap's end is
/// 3  nothing else
/// ```
/// Times are microseconds; a token bucket's parts are those of its limit, others are nanoseconds.
/// Whatever bytes come, the worst is an error.
struct ReplyReader {
    /// What came of a request.
    enum Answer: Equatable {
        case judged([ChargeVerdict])
        /// Nothing was charged: one of its keys holds what the script never wrote.
        case wrongValue
        /// Nothing was charged: the calendar periods it came with are over by Redis's time.
        case wrongTime
    }

    private enum Outcome: UInt8 {
        case allowed, limited, impossible, banned, wrongValue, wrongTime
    }

    /// When Redis decided, in microseconds since 1970.
    let moment: Int64
    private var bytes: ByteBuffer
    private let script: DecisionScript
    /// The limit looked at last: mostly the next one's too, and its record takes divisions to make.
    private var latest: (limit: UnsafePointer<CompiledLimit>, record: LimitRecord)?

    init(_ bytes: ByteBuffer, of script: DecisionScript) throws(RedisError) {
        self.bytes = bytes
        self.script = script
        guard let moment = self.bytes.readLittle(bytes: 7) else { throw Self.tooShort }
        self.moment = moment
    }

    /// Whether all has been read.
    var isAtEnd: Bool { bytes.readableBytes == 0 }

    private static var tooShort: RedisError {
        RedisError(.unexpectedReply, "the script's answer ends too early; is another program's function of its name?")
    }

    /// What came of a request about charges.
    mutating func next(_ charges: [PlannedCharge]) throws(RedisError) -> Answer {
        var verdicts: [ChargeVerdict] = []
        verdicts.reserveCapacity(charges.count)
        var problem: Answer?
        for charge in charges {
            guard charge.limit().pointee.algorithm != .unlimited else {
                verdicts.append(
                    ChargeVerdict(denial: nil, remaining: .max, retryAfterNanoseconds: 0, resetAfterNanoseconds: 0))
                continue
            }
            let head = try readHead()
            switch head.outcome {
            case .wrongValue: problem = .wrongValue
            case .wrongTime: problem = .wrongTime
            case .allowed, .limited, .impossible, .banned: try verdicts.append(verdict(head, charge))
            }
        }
        return problem ?? .judged(verdicts)
    }

    /// Whether a lease was held in each of the cells.
    mutating func next(leaseIn cells: Int) throws(RedisError) -> Answer {
        var verdicts: [ChargeVerdict] = []
        var problem: Answer?
        for _ in 0..<cells {
            let head = try readHead()
            if head.outcome == .wrongValue { problem = .wrongValue }
            verdicts.append(
                ChargeVerdict(
                    denial: head.outcome == .allowed ? nil : .limited, remaining: 0, retryAfterNanoseconds: 0,
                    resetAfterNanoseconds: 0))
        }
        return problem ?? .judged(verdicts)
    }

    private struct Head {
        var outcome: Outcome
        var level: Int
        var form: UInt8

        var denial: Denial.Reason? {
            switch outcome {
            case .limited: .limited
            case .impossible: .impossible
            case .banned: .banned
            case .allowed, .wrongValue, .wrongTime: nil
            }
        }
    }

    private mutating func readHead() throws(RedisError) -> Head {
        guard let byte = bytes.readInteger(as: UInt8.self) else { throw Self.tooShort }
        let level = Int(byte >> 3 & 7)
        guard let outcome = Outcome(rawValue: byte & 7), level < PlannedCharge.levels else {
            throw RedisError(.unexpectedReply, "the script's answer says nothing that it can say")
        }
        return Head(outcome: outcome, level: level, form: byte >> 6)
    }

    private mutating func read(_ count: Int) throws(RedisError) -> Int64 {
        guard let number = bytes.readLittle(bytes: count) else { throw Self.tooShort }
        return number
    }

    private mutating func record(of limit: UnsafePointer<CompiledLimit>) -> LimitRecord {
        if let latest, latest.limit == limit { return latest.record }
        let record = LimitRecord(limit.pointee)
        latest = (limit, record)
        return record
    }

    private mutating func verdict(_ head: Head, _ charge: PlannedCharge) throws(RedisError) -> ChargeVerdict {
        var verdict = ChargeVerdict(
            denial: head.denial, remaining: 0, retryAfterNanoseconds: 0, resetAfterNanoseconds: 0,
            shrinkLevel: head.level)
        switch head.form {
        case 0:
            verdict.remaining = try read(5)
            verdict.retryAfterNanoseconds = try read(7).saturatingMultiplied(by: 1_000)
            verdict.resetAfterNanoseconds = try read(7).saturatingMultiplied(by: 1_000)
        case 1:
            let limit = record(of: charge.limit(shrunkTo: head.level))
            verdict.remaining = try read(5)
            let (retry, reset) = (try read(7), try read(7))
            verdict.retryAfterNanoseconds = limit.nanoseconds(retry, parts: try read(5))
            verdict.resetAfterNanoseconds = limit.nanoseconds(reset, parts: try read(5))
        case 2:
            let debt = try read(7)
            let limit = record(of: charge.limit(shrunkTo: head.level))
            return limit.verdict(debt: debt, cost: charge.cost, denial: head.denial, shrinkLevel: head.level)
        default: break
        }
        if head.outcome == .impossible { verdict.retryAfterNanoseconds = -1 }
        return verdict
    }
}
