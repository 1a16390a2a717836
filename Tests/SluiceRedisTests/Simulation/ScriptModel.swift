/// What the function in Redis does with a call, by cells that remember everything.
///
/// It reads the bytes that are sent by itself and writes every answer in plain numbers. It knows token buckets, logs,
/// fixed windows and leases, without penalties.
struct ScriptModel {
    /// Where a cell lies: its key, and its field if it shares the key with others.
    struct CellName: Hashable {
        var key: [UInt8]
        var field: [UInt8]
    }

    struct Misunderstood: Error {}

    private struct Charge {
        var cell: CellName
        var limit: LimitModel?
        var isShadow: Bool
        var isAlternative: Bool
        var cost: Int64
    }

    private(set) var cells: [CellName: CellModel] = [:]
    /// The numbers of the leases that the last call asked for.
    private(set) var asked: [UInt64] = []

    /// Takes the cells out whose keys are meant, in no order.
    mutating func takeCells(where isMeant: ([UInt8]) -> Bool) -> [(CellName, CellModel)] {
        let taken = cells.filter { isMeant($0.key.key) }
        for name in taken.keys { cells[name] = nil }
        return taken.map { ($0.key, $0.value) }
    }

    mutating func put(_ cell: CellModel, under name: CellName) { cells[name] = cell }

    private enum Operation: UInt8 {
        case decide, peek, acquire, refund, reset, undo, renew, release, borrow, settle
    }

    /// Carries out a call.
    /// - Returns: The bytes of the answer.
    mutating func call(
        keys: [[UInt8]], limits: [UInt8], requests: [UInt8], at now: Int64
    ) throws -> [UInt8] {
        asked = []
        var limitBytes = ByteReader(limits)
        var known: [LimitModel] = []
        while !limitBytes.isAtEnd { known.append(try Self.limit(&limitBytes)) }
        var reader = ByteReader(requests)
        var answer: [UInt8] = []
        Self.write(now, bytes: 7, to: &answer)
        while !reader.isAtEnd {
            let code = try reader.byte()
            let count = Int(try reader.byte())
            guard let operation = Operation(rawValue: code % 16) else { throw Misunderstood() }
            let chargedAt = operation == .undo ? try reader.little(7) : 0
            let hasLease = [.acquire, .undo, .renew, .release].contains(operation)
            let lease = hasLease ? try reader.big(8) : 0
            if operation == .acquire { asked.append(lease) }
            var charges: [Charge] = []
            for _ in 0..<count { charges.append(try Self.charge(&reader, keys, known)) }
            perform(operation, charges, chargedAt: chargedAt, lease: lease, isObserved: code >= 16, at: now, &answer)
        }
        return answer
    }

    private mutating func perform(
        _ operation: Operation, _ charges: [Charge], chargedAt: Int64, lease: UInt64, isObserved: Bool, at now: Int64,
        _ answer: inout [UInt8]
    ) {
        if [.decide, .peek, .acquire].contains(operation) {
            return decide(operation, charges, lease: lease, isObserved: isObserved, at: now, &answer)
        }
        for charge in charges {
            var cell = cells[charge.cell] ?? CellModel()
            defer { cells[charge.cell] = cell }
            var outcome = VerdictModel.Outcome.allowed
            switch operation {
            case .renew, .release:
                if !cell.change(lease, isRenewed: operation == .renew, at: now) { outcome = .limited }
            case .reset: cell = CellModel()
            case .refund: if let limit = charge.limit { cell.refund(charge.cost, by: limit, at: now) }
            case .settle: if let limit = charge.limit { cell.charge(charge.cost, by: limit, at: now) }
            case .undo:
                if let limit = charge.limit {
                    cell.undo(charge.cost, chargedAt: chargedAt, lease: lease, by: limit, at: now)
                }
            case .borrow:
                guard let limit = charge.limit else { break }
                let granted = min(charge.cost, cell.standing(limit, at: now).left)
                cell.charge(granted, by: limit, at: now)
                let (left, reset) = cell.standing(limit, at: now)
                Self.write(
                    VerdictModel(outcome: .allowed, remaining: granted, retryAfter: left, resetAfter: reset), &answer)
                continue
            case .decide, .peek, .acquire: break
            }
            // Nothing but the outcome.
            answer.append(192 | outcome.rawValue)
        }
    }

    /// All or nothing.
    private mutating func decide(
        _ operation: Operation, _ charges: [Charge], lease: UInt64, isObserved: Bool, at now: Int64,
        _ answer: inout [UInt8]
    ) {
        var verdicts: [VerdictModel] = []
        for charge in charges {
            guard let limit = charge.limit else { continue }
            verdicts.append(cells[charge.cell, default: CellModel()].judge(charge.cost, by: limit, at: now))
        }
        let denials = zip(charges, verdicts).filter { !$0.isShadow && $1.outcome != .allowed }
        let alternatives = charges.filter(\.isAlternative)
        let isDenied =
            denials.contains { !$0.0.isAlternative }
            || !alternatives.isEmpty && denials.count { $0.0.isAlternative } == alternatives.count
        for (place, charge) in charges.enumerated() where verdicts[place].outcome == .allowed {
            guard let limit = charge.limit, operation != .peek, !isDenied else { continue }
            var cell = cells[charge.cell] ?? CellModel()
            if limit.algorithm == .concurrency {
                if operation == .acquire { cell.take(lease, charge.cost, by: limit, at: now) }
            } else {
                cell.charge(charge.cost, by: limit, at: now)
            }
            (verdicts[place].remaining, verdicts[place].resetAfter) = cell.standing(limit, at: now)
            cells[charge.cell] = cell
        }
        for verdict in verdicts { Self.write(verdict, &answer) }
    }

    // MARK: Bytes

    private static func limit(_ reader: inout ByteReader) throws -> LimitModel {
        guard let algorithm = LimitModel.Algorithm(rawValue: try reader.byte()) else { throw Misunderstood() }
        let numbers = try (0..<5).map { _ in try reader.little(7) }
        return LimitModel(algorithm: algorithm, count: numbers[0], period: numbers[1], burst: numbers[2])
    }

    private static func charge(
        _ reader: inout ByteReader, _ keys: [[UInt8]], _ limits: [LimitModel]
    ) throws -> Charge {
        let place = Int(try reader.big(2))
        let limit = Int(try reader.big(2))
        let penalty = try reader.big(2)
        let flags = try reader.byte()
        var cost = Int64(try reader.byte())
        let field = try reader.bytes(7)
        if flags & 2 != 0 { cost = try reader.little(7) }
        guard place >= 1, place <= keys.count, limit <= limits.count, penalty == 0, flags & 4 == 0 else {
            throw Misunderstood()
        }
        return Charge(
            cell: CellName(key: keys[place - 1], field: field), limit: limit == 0 ? nil : limits[limit - 1],
            isShadow: flags & 1 != 0, isAlternative: flags & 8 != 0, cost: cost)
    }

    private static func write(_ verdict: VerdictModel, _ answer: inout [UInt8]) {
        answer.append(verdict.outcome.rawValue)
        write(verdict.remaining, bytes: 5, to: &answer)
        write(verdict.retryAfter, bytes: 7, to: &answer)
        write(verdict.resetAfter, bytes: 7, to: &answer)
    }

    private static func write(_ number: Int64, bytes: Int, to answer: inout [UInt8]) {
        var rest = number
        for _ in 0..<bytes {
            answer.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}

/// Reads numbers from bytes.
struct ByteReader {
    struct TooShort: Error {}

    private let all: [UInt8]
    private var at = 0

    init(_ all: [UInt8]) { self.all = all }

    var isAtEnd: Bool { at == all.count }

    mutating func byte() throws -> UInt8 {
        guard at < all.count else { throw TooShort() }
        at += 1
        return all[at - 1]
    }

    mutating func bytes(_ count: Int) throws -> [UInt8] {
        guard at + count <= all.count else { throw TooShort() }
        at += count
        return Array(all[at - count..<at])
    }

    /// The lowest byte first.
    mutating func little(_ count: Int) throws -> Int64 {
        var number: Int64 = 0
        for place in 0..<count { number |= Int64(try byte()) << Int64(8 * place) }
        return number
    }

    /// The highest byte first.
    mutating func big(_ count: Int) throws -> UInt64 {
        var number: UInt64 = 0
        for _ in 0..<count { number = number << 8 | UInt64(try byte()) }
        return number
    }
}
