import Testing

/// A list of strings with parameters, read by the grammar of RFC 9651.
struct StructuredList: Equatable {
    struct Item: Equatable {
        var name: String
        var parameters: [String: Value]
    }

    enum Value: Equatable {
        case integer(Int64)
        case string(String)
    }

    var items: [Item] = []

    init(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        repeat {
            while rest.first == UInt8(ascii: " ") { rest.removeFirst() }
            var item = Item(name: try Self.string(&rest), parameters: [:])
            while rest.first == UInt8(ascii: ";") {
                rest.removeFirst()
                let key = Self.key(&rest)
                try Self.take("=", &rest)
                item.parameters[key] =
                    rest.first == UInt8(ascii: "\"")
                    ? .string(try Self.string(&rest)) : .integer(try Self.integer(&rest))
            }
            items.append(item)
        } while rest.popFirst() == UInt8(ascii: ",")
        try #require(rest.isEmpty, "\(text)")
    }

    private static func take(_ scalar: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) throws {
        let byte = rest.popFirst()
        try #require(byte == UInt8(ascii: scalar))
    }

    private static func string(_ rest: inout ArraySlice<UInt8>) throws -> String {
        try take("\"", &rest)
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            try #require((0x20..<0x7F).contains(byte))
            if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() {
                try #require(escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\"))
                bytes.append(escaped)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func key(_ rest: inout ArraySlice<UInt8>) -> String {
        let key = rest.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        rest = rest.dropFirst(key.count)
        return String(decoding: key, as: UTF8.self)
    }

    private static func integer(_ rest: inout ArraySlice<UInt8>) throws -> Int64 {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        try #require((1...15).contains(digits.count))
        rest = rest.dropFirst(digits.count)
        return try #require(Int64(String(decoding: digits, as: UTF8.self)))
    }
}
