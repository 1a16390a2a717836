/// Reads the tokens of a JSON text (RFC 8259) where they lie.
///
/// It knows no values and never recurses: whoever reads a shape asks for the token that must come next, so
/// nothing can nest deeper than the shape does. Every read is checked against `end`.
struct JSONScanner {
    let bytes: UnsafeRawBufferPointer
    var position = 0
    /// Where strings that had escapes go. Whoever makes a scanner keeps the scratch memory for as long as it reads,
    /// so that a scanner is a plain value without reference counts.
    let unescaped: Unmanaged<JSONScratch>

    init(_ bytes: UnsafeRawBufferPointer, scratch: JSONScratch) {
        self.bytes = bytes
        scratch.reset()
        unescaped = .passUnretained(scratch)
    }

    /// The next byte that is not white space, without taking it; `nil` at the end.
    @inline(__always)
    mutating func peek() -> UInt8? {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        return nil
    }

    /// Takes `byte` if it comes next.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    /// Takes `byte` or says what came instead.
    @inline(__always)
    mutating func require(_ byte: UInt8) throws(RequestFault) {
        guard take(byte) else { throw unexpected("'\(Character(UnicodeScalar(byte)))'") }
    }

    /// Nothing but white space may follow.
    mutating func requireEnd() throws(RequestFault) {
        guard peek() == nil else { throw unexpected("the end") }
    }

    /// Takes `true` or `false`.
    mutating func bool() throws(RequestFault) -> Bool {
        if try literal("true") { return true }
        if try literal("false") { return false }
        throw unexpected("true or false")
    }

    private mutating func literal(_ word: StaticString) throws(RequestFault) -> Bool {
        guard peek() == word.utf8Start[0] else { return false }
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { throw unexpected("'\(word)'") }
        for index in 0..<count where bytes[position + index] != word.utf8Start[index] {
            throw unexpected("'\(word)'")
        }
        position += count
        return true
    }

    /// Takes a number and tells where it lies and whether it is written without fraction and exponent.
    mutating func number() throws(RequestFault) -> (text: UnsafeRawBufferPointer, isWhole: Bool) {
        _ = peek()
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        var isWhole = true
        if current == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isWhole = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return (UnsafeRawBufferPointer(rebasing: bytes[start..<position]), isWhole)
    }

    private mutating func digits() throws(RequestFault) {
        let start = position
        while let byte = current, byte &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > start else { throw unexpected("a digit") }
    }

    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// The fault that something else should have come here.
    func unexpected(_ expected: String) -> RequestFault {
        guard position < bytes.count else {
            return .malformed("The JSON ends at byte \(position), where \(expected) must follow.")
        }
        let byte = bytes[position]
        let found =
            byte > 0x20 && byte < 0x7F ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
        return .malformed("The JSON has \(found) at byte \(position), where \(expected) must follow.")
    }
}
