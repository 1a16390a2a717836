/// Finds where a reply ends, remembering how far it came.
///
/// It reads within the given bytes only, and `position` is never beyond them: every read is preceded by a comparison
/// with their count.
struct RESPValueScanner {
    enum Outcome {
        /// As many bytes are a reply.
        case whole(Int)
        case incomplete
        case violation(ReplyViolation)
    }

    /// An aggregate that is not complete.
    private struct Open {
        /// Values that have to follow.
        var missing: Int
        /// Attributes are no value of what they lie in.
        var isAttribute: Bool
    }

    private let limits: RESPValueLimits
    /// Where the next value begins.
    private var position = 0
    /// Up to where a line's end was looked for.
    private var searched = 0
    private var elements = 0
    private var open: [Open] = []

    /// Longer is no length: a mark, a sign, 19 digits and a line's end.
    private static let longestLengthLine = 24

    init(limits: RESPValueLimits) { self.limits = limits }

    /// Forgets the reply.
    mutating func startOver() {
        position = 0
        searched = 0
        elements = 0
        open.removeAll(keepingCapacity: true)
    }

    /// Goes on measuring.
    ///
    /// - Parameter input: All bytes of the reply that have arrived.
    mutating func scan(_ input: UnsafeRawBufferPointer) -> Outcome {
        while true {
            guard position < input.count else { return .incomplete }
            guard elements < limits.elements else { return .violation(.tooManyElements) }
            let end: Bool
            switch step(input) {
            case .value: end = closeAggregates()
            case .opened(let count, let isAttribute):
                if let violation = begin(count, isAttribute) { return .violation(violation) }
                elements += 1
                end = count == 0 && closeAggregates(emptyAttribute: isAttribute)
            case .incomplete: return .incomplete
            case .violation(let violation): return .violation(violation)
            }
            guard position <= limits.totalBytes else { return .violation(.replyTooLong) }
            if end { return .whole(position) }
        }
    }

    private mutating func begin(_ count: Int, _ isAttribute: Bool) -> ReplyViolation? {
        guard count > 0 else { return nil }
        guard open.count < limits.depth else { return .tooDeep }
        guard count <= limits.elements - elements else { return .tooManyElements }
        open.append(Open(missing: count, isAttribute: isAttribute))
        return nil
    }

    /// Counts a value that is complete, and what it completes. Whether that is the reply.
    private mutating func closeAggregates(emptyAttribute: Bool = false) -> Bool {
        if emptyAttribute { return false }
        while let last = open.indices.last {
            open[last].missing -= 1
            if open[last].missing > 0 { return false }
            if open.removeLast().isAttribute { return false }
        }
        return true
    }
}

// MARK: - One value

extension RESPValueScanner {
    private enum Step {
        case value
        case opened(Int, isAttribute: Bool)
        case incomplete
        case violation(ReplyViolation)
    }

    private mutating func step(_ input: UnsafeRawBufferPointer) -> Step {
        switch input[position] {
        case UInt8(ascii: "$"): return string(input, mayBeNull: true)
        case UInt8(ascii: "="), UInt8(ascii: "!"): return string(input, mayBeNull: false)
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "#"),
            UInt8(ascii: "_"), UInt8(ascii: "("):
            switch lineEnd(input, limit: limits.lineBytes) {
            case .found(let next):
                advance(to: next)
                elements += 1
                return .value
            case .incomplete: return .incomplete
            case .violation(let violation): return .violation(violation)
            }
        case UInt8(ascii: "*"): return aggregate(input, valuesEach: 1, mayBeNull: true)
        case UInt8(ascii: "~"): return aggregate(input, valuesEach: 1)
        case UInt8(ascii: "%"): return aggregate(input, valuesEach: 2)
        case UInt8(ascii: "|"): return aggregate(input, valuesEach: 2, isAttribute: true)
        case UInt8(ascii: ">"):
            guard open.isEmpty else { return .violation(.misplacedPush) }
            return aggregate(input, valuesEach: 1)
        case UInt8(ascii: ";"), UInt8(ascii: "."): return .violation(.streamed)
        case let mark: return .violation(.unknownKind(mark))
        }
    }

    private mutating func string(_ input: UnsafeRawBufferPointer, mayBeNull: Bool) -> Step {
        switch length(input, mayBeNull: mayBeNull) {
        case .length(let count, let start):
            guard count >= 0 else {
                advance(to: start)
                elements += 1
                return .value
            }
            guard count <= limits.bulkBytes else { return .violation(.stringTooLong) }
            // Neither can overflow: the limit bounds one, memory the other.
            let end = start + count
            guard end + 2 <= limits.totalBytes else { return .violation(.replyTooLong) }
            guard end + 2 <= input.count else { return .incomplete }
            guard input[end] == 0x0d, input[end + 1] == 0x0a else { return .violation(.missingLineEnd) }
            advance(to: end + 2)
            elements += 1
            return .value
        case .incomplete: return .incomplete
        case .violation(let violation): return .violation(violation)
        }
    }

    private mutating func aggregate(
        _ input: UnsafeRawBufferPointer, valuesEach: Int, mayBeNull: Bool = false, isAttribute: Bool = false
    ) -> Step {
        switch length(input, mayBeNull: mayBeNull) {
        case .length(let count, let start):
            guard count >= 0 else {
                advance(to: start)
                elements += 1
                return .value
            }
            guard count <= limits.elements else { return .violation(.tooManyElements) }
            advance(to: start)
            return .opened(count * valuesEach, isAttribute: isAttribute)
        case .incomplete: return .incomplete
        case .violation(let violation): return .violation(violation)
        }
    }

    private mutating func advance(to next: Int) {
        position = next
        searched = next
    }
}

// MARK: - Lines

extension RESPValueScanner {
    private enum Line {
        /// Where what follows the line begins.
        case found(Int)
        case incomplete
        case violation(ReplyViolation)
    }

    private enum Length {
        /// A length, and where what it measures begins; -1 for null.
        case length(Int, start: Int)
        case incomplete
        case violation(ReplyViolation)
    }

    /// Looks for the end of the line at `position`, from where it was looked for the last time.
    private mutating func lineEnd(_ input: UnsafeRawBufferPointer, limit: Int) -> Line {
        let stop = min(input.count, position + limit)
        var index = max(searched, position + 1)
        while index < stop, input[index] != 0x0d, input[index] != 0x0a { index += 1 }
        searched = index
        guard index < stop else { return stop < position + limit ? .incomplete : .violation(.lineTooLong) }
        guard input[index] == 0x0d else { return .violation(.missingLineEnd) }
        guard index + 1 < input.count else { return .incomplete }
        return input[index + 1] == 0x0a ? .found(index + 2) : .violation(.missingLineEnd)
    }

    private mutating func length(_ input: UnsafeRawBufferPointer, mayBeNull: Bool) -> Length {
        switch lineEnd(input, limit: Self.longestLengthLine) {
        case .found(let next):
            let digits = UnsafeRawBufferPointer(rebasing: input[position + 1..<next - 2])
            if digits.count == 1, digits[0] == UInt8(ascii: "?") { return .violation(.streamed) }
            guard let value = Int64(strictDecimal: digits), value >= 0 || (mayBeNull && value == -1) else {
                return .violation(.invalidLength)
            }
            return .length(Int(value), start: next)
        case .incomplete: return .incomplete
        case .violation(.lineTooLong): return .violation(.invalidLength)
        case .violation(let violation): return .violation(violation)
        }
    }
}
