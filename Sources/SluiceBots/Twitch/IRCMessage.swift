/// One line of IRC with IRCv3 tags, as Twitch's chat speaks it.
///
/// Source: RFC 1459, section 2.3.1, and IRCv3's "Message Tags". Twitch's lines are longer than IRC's 512 bytes.
public struct IRCMessage: Sendable, Hashable {
    /// The longest line that is read, in bytes; a longer one is no message.
    public static let longestLine = 16_384
    /// The most tags that a message keeps; what comes after them is left out.
    public static let mostTags = 64
    /// The most parameters; the last takes the rest of the line, as RFC 1459 has it.
    public static let mostParameters = 15

    /// A tag: its name, and its value with nothing escaped in it; empty if it has none.
    public struct Tag: Sendable, Hashable {
        /// The name, such as `user-id`.
        public var name: String
        /// The value.
        public var value: String

        /// A tag.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The tags in the order of the line.
    public var tags: [Tag]
    /// Who sent it: `nick!user@host`, or a server.
    public var source: String?
    /// The command in capital letters, or three digits.
    public var command: String
    /// What the command is about; the last may hold spaces.
    public var parameters: [String]

    /// A message of these parts.
    public init(_ command: String, _ parameters: [String] = [], from source: String? = nil, tags: [Tag] = []) {
        self.tags = tags
        self.source = source
        self.command = command
        self.parameters = parameters
    }

    /// The value of a tag, the last if it is there twice.
    public func tag(_ name: String) -> String? { tags.last { $0.name == name }?.value }

    /// The sender's name: what stands before `!` in the source.
    public var nick: String? { source.map { String($0.prefix { $0 != "!" && $0 != "@" }) } }

    /// Reads a line, with or without its line break.
    /// - Returns: `nil` for what is no message: an empty or overlong line, or one without a command.
    /// - Complexity: O(length of the line).
    public init?(_ line: String) {
        var line = line
        let message = line.withUTF8 { IRCMessage(UnsafeRawBufferPointer($0)) }
        guard let message else { return nil }
        self = message
    }

    /// Reads a line where it lies; bytes that are no UTF-8 are replaced by U+FFFD.
    /// - Returns: `nil` for what is no message.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= Self.longestLine else { return nil }
        var reader = IRCReader(bytes)
        tags = reader.tags()
        source = reader.source()
        guard let command = reader.command() else { return nil }
        self.command = command
        parameters = reader.parameters()
    }
}

/// Reads a line from its front to its end, each byte once.
private struct IRCReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var end: Int

    private static let space = UInt8(ascii: " ")

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        // A NUL, CR or LF ends a line wherever it stands.
        end = bytes.firstIndex { $0 == 0 || $0 == 10 || $0 == 13 } ?? bytes.count
    }

    private mutating func skipSpaces() {
        while position < end, bytes[position] == Self.space { position += 1 }
    }

    private mutating func word() -> UnsafeRawBufferPointer.SubSequence {
        let start = position
        while position < end, bytes[position] != Self.space { position += 1 }
        let word = bytes[start..<position]
        skipSpaces()
        return word
    }

    mutating func tags() -> [IRCMessage.Tag] {
        guard position < end, bytes[position] == UInt8(ascii: "@") else { return [] }
        position += 1
        var tags: [IRCMessage.Tag] = []
        for part in word().split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: true) {
            guard tags.count < IRCMessage.mostTags else { break }
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard equals > part.startIndex else { continue }
            let value = equals < part.endIndex ? part[(equals + 1)...] : part[part.endIndex...]
            tags.append(
                IRCMessage.Tag(String(decoding: part[..<equals], as: UTF8.self), Self.unescaped(value)))
        }
        return tags
    }

    /// A tag's value: `\:` is a semicolon, `\s` a space, `\r` and `\n` line breaks, `\\` itself; a backslash before
    /// anything else, or at the end, is left out.
    private static func unescaped(_ bytes: UnsafeRawBufferPointer.SubSequence) -> String {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        var value: [UInt8] = []
        var isEscaped = false
        for byte in bytes {
            guard isEscaped else {
                if byte == UInt8(ascii: "\\") { isEscaped = true } else { value.append(byte) }
                continue
            }
            isEscaped = false
            switch byte {
            case UInt8(ascii: ":"): value.append(UInt8(ascii: ";"))
            case UInt8(ascii: "s"): value.append(space)
            case UInt8(ascii: "r"): value.append(13)
            case UInt8(ascii: "n"): value.append(10)
            default: value.append(byte)
            }
        }
        return String(decoding: value, as: UTF8.self)
    }

    mutating func source() -> String? {
        guard position < end, bytes[position] == UInt8(ascii: ":") else { return nil }
        position += 1
        return String(decoding: word(), as: UTF8.self)
    }

    /// Letters, or three digits.
    mutating func command() -> String? {
        let word = word()
        let isNumber = word.count == 3 && word.allSatisfy { (48...57).contains($0) }
        let isWord = !word.isEmpty && word.allSatisfy { (65...90).contains($0 & 0xdf) && $0 >= 65 }
        return isNumber || isWord ? String(decoding: word, as: UTF8.self).uppercased() : nil
    }

    mutating func parameters() -> [String] {
        var parameters: [String] = []
        while position < end {
            let isLast = bytes[position] == UInt8(ascii: ":")
            if isLast || parameters.count == IRCMessage.mostParameters - 1 {
                parameters.append(String(decoding: bytes[(position + (isLast ? 1 : 0))..<end], as: UTF8.self))
                break
            }
            parameters.append(String(decoding: word(), as: UTF8.self))
        }
        return parameters
    }
}

extension IRCMessage: CustomStringConvertible {
    /// The line that says it, without a line break; what would end a line or a parameter early is left out.
    public var description: String {
        var line = ""
        if !tags.isEmpty {
            line = "@" + tags.map { "\($0.name)=\(Self.escaped($0.value))" }.joined(separator: ";") + " "
        }
        if let source { line += ":\(Self.word(source)) " }
        line += command
        for (place, parameter) in parameters.enumerated() {
            let isLast = place == parameters.count - 1
            line += isLast ? " :" + Self.rest(parameter) : " " + Self.word(parameter)
        }
        return line
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value.unicodeScalars {
            switch character {
            case ";": escaped += "\\:"
            case " ": escaped += "\\s"
            case "\\": escaped += "\\\\"
            case "\r": escaped += "\\r"
            case "\n": escaped += "\\n"
            case "\0": break
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    private static func rest(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\r" && $0 != "\n" && $0 != "\0" }))
    }

    private static func word(_ text: String) -> String { rest(text).filter { $0 != " " } }
}
