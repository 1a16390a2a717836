import Sluice

/// One JSON object (RFC 8259) on each line, of which only the wanted fields are read.
///
/// Numbers and booleans are taken as they are written; `null`, objects and arrays are absent. A field `a.b` is
/// field `b` of object `a`, or a field whose name has the point in it.
struct JSONLinesParser: LineParser {
    /// A field somebody wants: where its value goes, and how much it is preferred to others for the same place.
    private struct Wanted {
        var name: [UInt8]
        /// In the plan, or one beyond it for the time.
        var place: Int
        var rank: Int
    }

    /// Deeper objects are malformed, so that a line of brackets cannot exhaust the stack.
    static let maximumDepth = 32

    private let wanted: [Wanted]
    private let descends: Bool
    private let timePlace: Int
    private var time = ISO8601Time()
    private var ranks: [Int]
    private var path: [UInt8] = []
    private var moment = UnsafeRawBufferPointer(start: nil, count: 0)

    init(plan: FieldPlan, mapping: FieldMapping) {
        timePlace = plan.count
        var wanted: [Wanted] = []
        for (place, key) in (plan.keys.map(\.name) + [FieldMapping.time]).enumerated() {
            for (rank, name) in mapping.names(for: key).enumerated() {
                wanted.append(Wanted(name: Array(name.utf8), place: place, rank: rank))
            }
        }
        self.wanted = wanted
        descends = wanted.contains { $0.name.contains(UInt8(ascii: ".")) }
        ranks = [Int](repeating: .max, count: plan.count + 1)
    }

    mutating func parse(_ line: UnsafeRawBufferPointer, into batch: Batch) -> LineVerdict {
        var cursor = ByteCursor(line)
        for place in ranks.indices { ranks[place] = .max }
        path.removeAll(keepingCapacity: true)
        moment = UnsafeRawBufferPointer(start: nil, count: 0)
        cursor.skipSpaces()
        guard cursor.skip(0x7b) else { return .malformed("not a JSON object") }
        guard readMembers(&cursor, into: batch, depth: 0) else { return .malformed("broken JSON") }
        cursor.skipSpaces()
        guard cursor.isAtEnd else { return .malformed("something after the JSON object") }
        guard moment.count > 0 else { return .malformed("no field with the time") }
        guard let time = time.parse(moment) else {
            return .malformed("a time that is neither ISO 8601 nor a number since 1970")
        }
        return .request(time: time)
    }

    /// The members of an object whose brace has been passed, up to and with its closing brace.
    private mutating func readMembers(_ cursor: inout ByteCursor, into batch: Batch, depth: Int) -> Bool {
        guard depth < Self.maximumDepth else { return false }
        cursor.skipSpaces()
        if cursor.skip(0x7d) { return true }
        while true {
            cursor.skipSpaces()
            guard cursor.skip(0x22), let name = cursor.takeQuoted() else { return false }
            cursor.skipSpaces()
            guard cursor.skip(0x3a) else { return false }
            cursor.skipSpaces()
            guard readValue(of: name, &cursor, into: batch, depth: depth) else { return false }
            cursor.skipSpaces()
            if cursor.skip(0x2c) { continue }
            return cursor.skip(0x7d)
        }
    }

    private mutating func readValue(
        of name: UnsafeRawBufferPointer, _ cursor: inout ByteCursor, into batch: Batch, depth: Int
    ) -> Bool {
        switch cursor.next {
        case 0x22:
            cursor.advance(1)
            guard let text = cursor.takeQuoted() else { return false }
            keep(text, as: name, isEscaped: text.contains(0x5c), into: batch)
            return true
        case 0x7b where descends:
            cursor.advance(1)
            let length = path.count
            path.append(contentsOf: name)
            path.append(UInt8(ascii: "."))
            defer { path.removeSubrange(length...) }
            return readMembers(&cursor, into: batch, depth: depth + 1)
        case 0x7b, 0x5b:
            return Self.skipNested(&cursor)
        default:
            guard let word = Self.takeScalar(&cursor) else { return false }
            if !word.equals("null") { keep(word, as: name, isEscaped: false, into: batch) }
            return true
        }
    }

    private mutating func keep(
        _ value: UnsafeRawBufferPointer, as name: UnsafeRawBufferPointer, isEscaped: Bool, into batch: Batch
    ) {
        for field in wanted where field.rank < ranks[field.place] && matches(field.name, name) {
            ranks[field.place] = field.rank
            let text = isEscaped ? JSONText.unescape(value, into: batch) : value
            if field.place == timePlace { moment = text } else { batch.values[field.place] = text }
        }
    }

    @inline(__always)
    private func matches(_ wanted: [UInt8], _ name: UnsafeRawBufferPointer) -> Bool {
        guard wanted.count == path.count + name.count else { return false }
        return wanted.withUnsafeBytes { bytes in
            UnsafeRawBufferPointer(rebasing: bytes[path.count...]).equals(name)
                && (path.isEmpty || bytes.starts(with: path))
        }
    }

    /// A number, `true`, `false` or `null`.
    private static func takeScalar(_ cursor: inout ByteCursor) -> UnsafeRawBufferPointer? {
        let rest = cursor.rest
        let end =
            rest.firstIndex { byte in
                let isWordByte = (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
                return !isWordByte && byte != 0x2d && byte != 0x2b && byte != 0x2e
            } ?? rest.endIndex
        guard end > 0 else { return nil }
        let word = UnsafeRawBufferPointer(rebasing: rest[..<end])
        let isNumber = word[0] == 0x2d || (0x30...0x39).contains(word[0])
        guard isNumber || word.equals("true") || word.equals("false") || word.equals("null") else { return nil }
        cursor.advance(end)
        return word
    }

    /// An object or array that nobody looks into; only its brackets and strings are matched.
    private static func skipNested(_ cursor: inout ByteCursor) -> Bool {
        var depth = 0
        repeat {
            switch cursor.next {
            case 0x7b, 0x5b: depth += 1
            case 0x7d, 0x5d: depth -= 1
            case 0x22:
                cursor.advance(1)
                guard cursor.takeQuoted() != nil else { return false }
                continue
            case 0 where cursor.isAtEnd: return false
            default: break
            }
            cursor.advance(1)
        } while depth > 0
        return true
    }
}

/// The inside of JSON strings.
enum JSONText {
    /// The text without escapes; those that are broken are kept as they stand, lone surrogates become U+FFFD.
    static func unescape(_ raw: UnsafeRawBufferPointer, into batch: Batch) -> UnsafeRawBufferPointer {
        // What grows most is a `\u` without digits: two bytes that become the three of U+FFFD.
        let output = batch.scrap(byteCount: raw.count + raw.count / 2)
        var count = 0
        var cursor = ByteCursor(raw)
        func put(_ byte: UInt8) {
            output[count] = byte
            count += 1
        }
        while !cursor.isAtEnd {
            let byte = cursor.next
            cursor.advance(1)
            guard byte == 0x5c, !cursor.isAtEnd else {
                put(byte)
                continue
            }
            let kind = cursor.next
            cursor.advance(1)
            switch kind {
            case 0x6e: put(0x0a)
            case 0x74: put(0x09)
            case 0x72: put(0x0d)
            case 0x62: put(0x08)
            case 0x66: put(0x0c)
            case 0x75: scalar(&cursor).utf8.forEach(put)
            default: put(kind)
            }
        }
        return UnsafeRawBufferPointer(start: output.baseAddress, count: count)
    }

    /// The character of `XXXX`, or of `XXXX\uXXXX`, after `\u`.
    private static func scalar(_ cursor: inout ByteCursor) -> Character {
        guard let first = takeUnit(&cursor) else { return "\u{fffd}" }
        if let scalar = Unicode.Scalar(first) { return Character(scalar) }
        var ahead = cursor
        guard first < 0xdc00, ahead.skip(0x5c), ahead.skip(0x75), let second = takeUnit(&ahead),
            (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xd800) << 10 + UInt32(second) - 0xdc00)
        else { return "\u{fffd}" }
        cursor = ahead
        return Character(scalar)
    }

    private static func takeUnit(_ cursor: inout ByteCursor) -> UInt16? {
        guard cursor.remaining >= 4 else { return nil }
        var value: UInt16 = 0
        for offset in 0..<4 {
            let byte = cursor.peek(offset)
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | UInt16(digit)
        }
        cursor.advance(4)
        return value
    }
}
