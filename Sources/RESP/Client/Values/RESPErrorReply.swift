/// A refusal by a Redis server, such as `NOSCRIPT No matching script.`
public struct RESPErrorReply: Hashable, Sendable, CustomStringConvertible {
    /// All of it, as it was sent.
    public let text: String

    /// A refusal with that text.
    public init(_ text: String) { self.text = text }

    /// The first word when that is in capitals, which tells machines what is the matter; otherwise `ERR`.
    public var code: Substring {
        let word = text.prefix { $0 != " " }
        let isCode = !word.isEmpty && word.utf8.allSatisfy { $0 >= 0x41 && $0 <= 0x5a || $0 == 0x5f }
        return isCode ? word : "ERR"
    }

    /// What follows the code.
    public var message: Substring {
        guard text.hasPrefix(code) else { return text[...] }
        return text.dropFirst(code.count + 1)
    }

    /// Whether the first word is this one, without making a string of it.
    public func hasCode(_ code: StaticString) -> Bool {
        let length = code.utf8CodeUnitCount
        var rest = text.utf8.makeIterator()
        for index in 0..<length where rest.next() != code.utf8Start[index] { return false }
        guard let next = rest.next() else { return true }
        return next == 0x20
    }

    public var description: String { text }
}
