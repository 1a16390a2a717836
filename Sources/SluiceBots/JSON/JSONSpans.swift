/// Finds where values lie in JSON that is known to be JSON, without reading them.
enum JSONSpans {
    /// The places of the elements of an array that is a field of the outermost object; `nil` if there is none.
    ///
    /// Complexity: O(bytes), without recursion.
    static func elements(of field: String, in json: [UInt8]) -> [Range<Int>]? {
        var scanner = Scanner(json: json)
        guard scanner.take(UInt8(ascii: "{")) else { return nil }
        while let key = scanner.string() {
            guard scanner.take(UInt8(ascii: ":")) else { return nil }
            if json[key].elementsEqual("\"\(field)\"".utf8) { return scanner.elements() }
            guard scanner.value() != nil, scanner.take(UInt8(ascii: ",")) else { return nil }
        }
        return nil
    }

    private struct Scanner {
        let json: [UInt8]
        var position = 0

        var byte: UInt8? { position < json.count ? json[position] : nil }

        mutating func skipSpace() {
            while let byte, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
        }

        /// Takes a mark, if it is next.
        mutating func take(_ mark: UInt8) -> Bool {
            skipSpace()
            guard byte == mark else { return false }
            position += 1
            return true
        }

        /// Takes a string with its quotation marks.
        mutating func string() -> Range<Int>? {
            skipSpace()
            let start = position
            guard take(UInt8(ascii: "\"")) else { return nil }
            while let byte {
                position += byte == UInt8(ascii: "\\") ? 2 : 1
                if byte == UInt8(ascii: "\"") { return start..<position }
            }
            return nil
        }

        /// Takes a value of any kind.
        mutating func value() -> Range<Int>? {
            skipSpace()
            let start = position
            var depth = 0
            while let byte {
                switch byte {
                case UInt8(ascii: "\""): guard string() != nil else { return nil }
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    position += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    // Here ends what is around the value.
                    if depth == 0 { return start == position ? nil : start..<position }
                    depth -= 1
                    position += 1
                    if depth == 0 { return start..<position }
                case UInt8(ascii: ",") where depth == 0: return start == position ? nil : start..<position
                default: position += 1
                }
                if depth == 0, json[start] == UInt8(ascii: "\"") { return start..<position }
            }
            return nil
        }

        mutating func elements() -> [Range<Int>]? {
            guard take(UInt8(ascii: "[")) else { return nil }
            var found: [Range<Int>] = []
            if take(UInt8(ascii: "]")) { return found }
            while let element = value() {
                found.append(element)
                if take(UInt8(ascii: "]")) { return found }
                guard take(UInt8(ascii: ",")) else { return nil }
            }
            return nil
        }
    }
}
