import NIOCore
import Sluice

/// The requests of one call of the script, in the bytes that go to Redis.
///
/// ```
/// request  1 operation, 16 more if observed | 1 number of charges
///          undo: 7 charged at | hold: 7 duration | acquire, undo, renew, release: 8 lease | charges
/// charge   2 place of its key | 2 limit | 2 penalty or 0 | 1 flags | 1 cost | 7 field
///          flag 2: 7 cost | flag 4: 2 place of the penalty's bucket
/// ```
/// The flag 1 is a shadow's, 8 an alternative's. Limits are counted from 1; those that a penalty shrinks follow each
/// other, the whole one first. The field is the low 7 bytes of the cell's key, the highest first. Places, limits and
/// leases are big-endian, times and costs little-endian.
struct DecisionBatch {
    private enum Flag {
        static let shadow: UInt8 = 1
        static let longCost: UInt8 = 2
        static let bucket: UInt8 = 4
        static let alternative: UInt8 = 8
    }

    /// More than any limit holds, and exact as a double.
    private static let mostCost: Int64 = 1 << 53 - 1

    private let script: DecisionScript
    /// The moment to decide at, in microseconds; `nil` for Redis's own.
    private let moment: Int64?
    private let redisTime: Timestamp
    private var keys: KeyTable
    private var limits: [LimitRecord] = []
    /// Where the limits behind a pointer start among `limits`.
    private var places: [(limit: UnsafePointer<CompiledLimit>, place: UInt16)] = []
    private var data = ByteBuffer()
    /// How many requests there are.
    private(set) var count = 0

    /// - Parameters:
    ///   - redisTime: Redis's time as far as it is known: calendar quotas need their periods around it.
    ///   - moment: The time to decide at instead of Redis's, in microseconds; for tests.
    init(_ script: DecisionScript, layout: KeyLayout, redisTime: Timestamp, moment: Int64? = nil) {
        self.script = script
        self.redisTime = redisTime
        self.moment = moment
        keys = KeyTable(layout)
    }

    /// Adds a request about charges.
    /// - Precondition: It has no more charges than a policy has rules.
    mutating func append(_ charges: [PlannedCharge], _ operation: StoreOperation) {
        // What is unlimited needs no asking.
        let asked = charges.count { $0.limit().pointee.algorithm != .unlimited }
        begin(operation, charges: asked)
        for charge in charges where charge.limit().pointee.algorithm != .unlimited { append(charge) }
    }

    /// Adds a request about a lease's cells.
    mutating func append(leaseIn cells: [CellKey], _ operation: StoreOperation) {
        begin(operation, charges: cells.count)
        for cell in cells { appendHead(cell, isList: true, limit: 0, penalty: 0, flags: 0, cost: 0) }
    }

    private mutating func begin(_ operation: StoreOperation, charges: Int) {
        count += 1
        data.writeInteger(operation.code)
        data.writeInteger(UInt8(charges))
        if case .undo(let chargedAt, _) = operation { data.writeLittle(chargedAt, bytes: 7) }
        if case .hold(let microseconds) = operation { data.writeLittle(microseconds, bytes: 7) }
        if let lease = operation.writtenLease { data.writeInteger(lease) }
    }

    private mutating func append(_ charge: PlannedCharge) {
        let limit = charge.limit()
        let isList = limit.pointee.algorithm == .slidingLog || limit.pointee.algorithm == .concurrency
        let limitPlace = place(of: charge)
        let penaltyPlace = charge.penalty.map { penalty in place(of: penalty, levels: { _ in penalty }, count: 1) } ?? 0
        var flags = charge.isShadow ? Flag.shadow : 0
        if charge.isAlternative { flags |= Flag.alternative }
        if charge.cost > UInt8.max { flags |= Flag.longCost }
        if isList, penaltyPlace > 0 { flags |= Flag.bucket }
        appendHead(
            charge.key, isList: isList, limit: limitPlace, penalty: penaltyPlace, flags: flags,
            cost: UInt8(truncatingIfNeeded: min(charge.cost, 255)))
        if flags & Flag.longCost != 0 { data.writeLittle(min(charge.cost, Self.mostCost), bytes: 7) }
        if flags & Flag.bucket != 0 { data.writeInteger(keys.place(ofBucket: charge.key)) }
    }

    private mutating func appendHead(
        _ key: CellKey, isList: Bool, limit: UInt16, penalty: UInt16, flags: UInt8, cost: UInt8
    ) {
        let place = isList ? keys.place(ofList: key) : keys.place(ofBucket: key)
        data.writeMultipleIntegers(
            place, limit, penalty, flags, cost, UInt8(truncatingIfNeeded: key.high >> 48),
            UInt16(truncatingIfNeeded: key.high >> 32), UInt32(truncatingIfNeeded: key.high))
    }

    private mutating func place(of charge: PlannedCharge) -> UInt16 {
        guard charge.canShrink else { return place(of: charge.limit(), levels: { _ in charge.limit() }, count: 1) }
        return place(of: charge.limit(), levels: { charge.limit(shrunkTo: $0) }, count: PlannedCharge.levels)
    }

    private mutating func place(
        of limit: UnsafePointer<CompiledLimit>, levels: (Int) -> UnsafePointer<CompiledLimit>, count: Int
    ) -> UInt16 {
        // Few different limits, mostly the first: a walk is faster than a table.
        for known in places where known.limit == limit { return known.place }
        let place = UInt16(limits.count + 1)
        for level in 0..<count { limits.append(script.record(of: levels(level), redisTime: redisTime)) }
        places.append((limit, place))
        return place
    }

    /// The bytes that go to Redis.
    func request() -> ByteBuffer {
        var request = ByteBuffer()
        request.reserveCapacity(data.readableBytes + keys.bytes.readableBytes + limits.count * 40 + 256)
        request.writeString("*\(6 + keys.count)\r\n$5\r\nFCALL\r\n")
        request.writeBulk(script.name)
        request.writeBulk(String(keys.count))
        request.writeImmutableBuffer(keys.bytes)
        request.writeBulk(moment.map(String.init) ?? "")
        request.writeString("$\(limits.count * LimitRecord.byteCount)\r\n")
        for limit in limits { limit.write(into: &request) }
        request.writeString("\r\n$\(data.readableBytes)\r\n")
        request.writeImmutableBuffer(data)
        request.writeString("\r\n")
        return request
    }
}

extension StoreOperation {
    /// The number by which the script knows it.
    fileprivate var code: UInt8 {
        switch self {
        case .decide(let isObserved): isObserved ? 16 : 0
        case .peek: 1
        case .acquire: 2
        case .refund: 3
        case .reset: 4
        case .undo: 5
        case .renew: 6
        case .release: 7
        case .borrow: 8
        case .settle: 9
        case .hold: 10
        case .lift: 11
        }
    }

    fileprivate var writtenLease: UInt64? {
        switch self {
        case .acquire(let lease), .renew(let lease), .release(let lease): lease
        case .undo(_, let lease): lease ?? 0
        case .decide, .peek, .refund, .reset, .borrow, .settle, .hold, .lift: nil
        }
    }
}
