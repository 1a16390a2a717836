/// Reads requests from bytes where they lie: arrays of bulk strings, and inline commands as typed by hand.
///
/// A request may arrive in pieces. The caller keeps what has not been consumed, appends what comes next and asks
/// again; the parser remembers how far it came, so the work is linear in the bytes whatever the cuts. It
/// allocates when it is made and for inline commands, and otherwise never.
///
/// What Redis leaves unchecked (that a line feed follows each carriage return, that one follows each argument)
/// is left unchecked here too.
///
/// Invariants, on which the unsafe reads rest:
/// 1. `position` and `searched` are at most the length of the input that was last handed in, and that input is a
///    prefix of the next one until a request has been returned.
/// 2. Every place below `read` ends at or before `position`.
/// 3. `read` is at most `announced`; `places` has room for `limits.arguments`.
package struct RequestParser: ~Copyable {
    /// What the input holds.
    package enum Event {
        /// A whole request. One without arguments is to be ignored.
        case request(Request)
        /// The beginning of a request, or nothing.
        case incomplete
        /// Not the protocol.
        case violation(ProtocolViolation)
    }

    package let limits: RequestLimits
    private let places: UnsafeMutablePointer<Request.Place>
    var scratch = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    /// How far the frame has been read.
    private var position = 0
    /// How far the line at `position` has been searched for its end.
    private var searched = 0
    /// Arguments announced; 0 until the frame's first line has been read.
    private var announced = 0
    /// Arguments read.
    private var read = 0

    package init(limits: RequestLimits = RequestLimits()) {
        self.limits = limits
        places = .allocate(capacity: limits.arguments)
    }

    deinit {
        places.deallocate()
        scratch.deallocate()
    }

    /// Reads the request at the front of the input.
    ///
    /// - Parameter input: All bytes from the end of the last request on.
    /// - Complexity: O(bytes not seen before), and O(arguments).
    package mutating func next(_ input: UnsafeRawBufferPointer) -> Event {
        guard let base = input.baseAddress, !input.isEmpty else { return .incomplete }
        if announced == 0 {
            guard base.load(as: UInt8.self) == UInt8(ascii: "*") else { return nextInline(base, input.count) }
            if let event = readArgumentCount(base, input.count) { return event }
        }
        while read < announced {
            if let event = readArgument(base, input.count) { return event }
        }
        return .request(finish(base))
    }

    private mutating func finish(_ base: UnsafeRawPointer) -> Request {
        let request = Request(
            base: base, places: places, count: min(read, limits.arguments), sent: read, frameBytes: position)
        startOver()
        return request
    }

    private mutating func startOver() {
        position = 0
        searched = 0
        announced = 0
        read = 0
    }
}

// MARK: - Arrays of bulk strings

extension RequestParser {
    private mutating func readArgumentCount(_ base: UnsafeRawPointer, _ end: Int) -> Event? {
        switch readLength(base, end) {
        case .length(let length):
            // The shortest argument, `$0\r\n\r\n`, takes 6 bytes.
            guard length <= limits.frameBytes / 6 else { return .violation(.invalidArgumentCount) }
            guard length > 0 else { return .request(finish(base)) }
            announced = length
            return nil
        case .incomplete: return .incomplete
        case .tooLong: return .violation(.argumentCountTooLong)
        case .malformed: return .violation(.invalidArgumentCount)
        }
    }

    @inline(__always)
    private mutating func readArgument(_ base: UnsafeRawPointer, _ end: Int) -> Event? {
        let start = position
        switch readLength(base, end) {
        case .length(let length):
            let mark = base.load(fromByteOffset: start, as: UInt8.self)
            guard mark == UInt8(ascii: "$") else { return .violation(.expectedLength(found: mark)) }
            guard length >= 0, length <= limits.frameBytes else { return .violation(.invalidLength) }
            let next = position &+ length &+ 2
            guard next <= limits.frameBytes else { return .violation(.frameTooLong) }
            guard next <= end else {
                position = start
                return .incomplete
            }
            if read < limits.arguments { places[read] = Request.Place(offset: position, length: length) }
            read &+= 1
            position = next
            searched = next
            return nil
        case .incomplete: return .incomplete
        case .tooLong: return .violation(.lengthTooLong)
        case .malformed:
            let mark = base.load(fromByteOffset: start, as: UInt8.self)
            return .violation(mark == UInt8(ascii: "$") ? .invalidLength : .expectedLength(found: mark))
        }
    }

    private enum Length {
        case length(Int)
        case incomplete
        case tooLong
        case malformed
    }

    /// Reads the line `?123\r\n` at `position` and moves behind it, whatever its first byte is.
    @inline(__always)
    private mutating func readLength(_ base: UnsafeRawPointer, _ end: Int) -> Length {
        // Nearly all lengths have one digit or two: `?1\r\n` or `?12\r\n`.
        if position &+ 5 <= end {
            let word = base.loadUnaligned(fromByteOffset: position &+ 1, as: UInt32.self).littleEndian
            let first = word & 0xff &- 0x30
            let second = word &>> 8 & 0xff
            if first < 10 {
                if second == 0x0d {
                    position &+= 4
                    return .length(Int(first))
                }
                if second &- 0x30 < 10, first > 0, word &>> 16 & 0xff == 0x0d {
                    position &+= 5
                    return .length(Int(first &* 10 &+ second &- 0x30))
                }
            }
        }
        return readAnyLength(base, end)
    }

    @inline(never)
    private mutating func readAnyLength(_ base: UnsafeRawPointer, _ end: Int) -> Length {
        let stop = min(end, position + limits.lineBytes)
        var index = max(searched, position)
        while index < stop, base.load(fromByteOffset: index, as: UInt8.self) != 0x0d { index += 1 }
        searched = index
        guard index < stop else { return stop == end && end - position < limits.lineBytes ? .incomplete : .tooLong }
        guard index + 2 <= end else { return .incomplete }
        let digits = UnsafeRawBufferPointer(start: base + position + 1, count: max(0, index - position - 1))
        guard let value = Int64(strictDecimal: digits) else { return .malformed }
        position = index + 2
        return .length(Int(value))
    }
}

// MARK: - Inline commands

extension RequestParser {
    private mutating func nextInline(_ base: UnsafeRawPointer, _ end: Int) -> Event {
        let stop = min(end, limits.lineBytes)
        while searched < stop, base.load(fromByteOffset: searched, as: UInt8.self) != 0x0a { searched += 1 }
        guard searched < stop else { return end < limits.lineBytes ? .incomplete : .violation(.lineTooLong) }
        position = searched + 1
        let hasReturn = searched > 0 && base.load(fromByteOffset: searched - 1, as: UInt8.self) == 0x0d
        let line = UnsafeRawBufferPointer(start: base, count: searched - (hasReturn ? 1 : 0))
        reserveScratch(line.count)
        var words = InlineWords(line: line, output: scratch)
        while let word = words.next() {
            if read < limits.arguments { places[read] = word }
            read += 1
        }
        guard words.isBalanced else { return .violation(.unbalancedQuotes) }
        // `scratch` has an address: `reserveScratch` allocates at least one byte.
        return .request(finish(UnsafeRawPointer(scratch.baseAddress!)))
    }

    private mutating func reserveScratch(_ count: Int) {
        guard scratch.count < max(1, count) else { return }
        scratch.deallocate()
        scratch = .allocate(byteCount: max(64, count), alignment: 1)
    }
}
