extension ReplyWriter {
    /// Replies that were written earlier.
    package mutating func written(_ replies: UnsafeRawBufferPointer) { put(replies) }

    /// `:5`
    @inlinable
    package mutating func integer(_ value: Int64) { putLine(UInt8(ascii: ":"), value) }

    /// Five integers in an array: redis-cell's reply, with one reservation.
    @inlinable
    package mutating func integers(_ a: Int64, _ b: Int64, _ c: Int64, _ d: Int64, _ e: Int64) {
        let mark = UInt8(ascii: ":")
        reserve(6 * Self.longestNumberLine)
        var target = storage + length
        target += Self.store(UInt8(ascii: "*"), 5, at: target)
        target += Self.store(mark, a, at: target)
        target += Self.store(mark, b, at: target)
        target += Self.store(mark, c, at: target)
        target += Self.store(mark, d, at: target)
        target += Self.store(mark, e, at: target)
        length = target - storage
    }

    /// An array of as many values as follow.
    @inlinable
    package mutating func array(_ count: Int) { putLine(UInt8(ascii: "*"), Int64(count)) }

    /// A map of as many pairs as follow: in version 2 an array of twice as many values.
    package mutating func map(_ pairs: Int) {
        switch version {
        case .two: array(pairs * 2)
        case .three: putLine(UInt8(ascii: "%"), Int64(pairs))
        }
    }

    /// A set of as many values as follow: in version 2 an array.
    package mutating func set(_ count: Int) {
        putLine(version == .two ? UInt8(ascii: "*") : UInt8(ascii: "~"), Int64(count))
    }

    /// `+OK`
    package mutating func simple(_ text: StaticString) {
        put("+")
        put(text)
        putLineEnd()
    }

    /// A string of any bytes.
    @inlinable
    package mutating func bulk(_ bytes: UnsafeRawBufferPointer) {
        putLine(UInt8(ascii: "$"), Int64(bytes.count))
        put(bytes)
        putLineEnd()
    }

    /// A string.
    package mutating func bulk(_ text: String) {
        var text = text
        text.withUTF8 { bulk(UnsafeRawBufferPointer($0)) }
    }

    /// Text for people, which version 3 tells apart from data.
    package mutating func verbatim(_ text: String) {
        guard version == .three else { return bulk(text) }
        var text = text
        text.withUTF8 { utf8 in
            putLine(UInt8(ascii: "="), Int64(utf8.count + 4))
            put("txt:")
            put(UnsafeRawBufferPointer(utf8))
            putLineEnd()
        }
    }

    /// Nothing, in place of a string.
    package mutating func null() {
        switch version {
        case .two: put("$-1\r\n")
        case .three: put("_\r\n")
        }
    }

    /// Yes or no: in version 2 the integers 1 and 0.
    package mutating func boolean(_ value: Bool) {
        switch version {
        case .two: integer(value ? 1 : 0)
        case .three: put(value ? "#t\r\n" : "#f\r\n")
        }
    }

    /// A number that need not be whole: in version 2 a string.
    package mutating func double(_ value: Double) {
        let text = Self.text(of: value)
        guard version == .three else { return bulk(text) }
        put(",")
        putText(text)
        putLineEnd()
    }

    /// An error. Line ends in it become spaces: they would end the reply early.
    ///
    /// - Parameter message: A code in capitals such as `ERR`, a space, and what is wrong.
    package mutating func error(_ message: String) {
        put("-")
        let start = length
        putText(message)
        for offset in start..<length {
            let byte = storage.load(fromByteOffset: offset, as: UInt8.self)
            if byte == 0x0d || byte == 0x0a { storage.storeBytes(of: 0x20, toByteOffset: offset, as: UInt8.self) }
        }
        putLineEnd()
    }

    private mutating func putText(_ text: String) {
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    private static func text(of value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        return value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : String(value)
    }
}
