import Sluice

/// Timestamped IRC (RFC 1459, section 2.3.1, with IRCv3 tags):
/// `2019-04-30T08:56:59Z [@TAGS ][:NICK!USER@HOST ]COMMAND PARAMETERS`.
///
/// Only PRIVMSG is a request. A text that begins with `!` or `/` is a command, whose first word without that mark,
/// and without a bot's name after `@`, is the value of `command`.
struct ChatLogParser: LineParser {
    private var time = ISO8601Time()
    private let user: Int
    private let chat: Int
    private let text: Int
    private let command: Int

    init(plan: FieldPlan) {
        user = plan.index(of: .user)
        chat = plan.index(of: .chat)
        text = plan.index(of: .text)
        command = plan.index(of: .command)
    }

    mutating func parse(_ line: UnsafeRawBufferPointer, into batch: Batch) -> LineVerdict {
        var cursor = ByteCursor(line)
        // Some recorders put the time in brackets.
        let isBracketed = cursor.skip(0x5b)
        guard let stamp = isBracketed ? cursor.take(until: 0x5d) : cursor.takeWord(), let moment = time.parse(stamp)
        else { return .malformed("no time before the message") }
        cursor.skipSpaces()
        if cursor.skip(0x40), cursor.takeWord() == nil { return .malformed("nothing after the tags") }
        cursor.skipSpaces()
        var nick = UnsafeRawBufferPointer(start: nil, count: 0)
        if cursor.skip(0x3a) {
            guard let prefix = cursor.takeWord() else { return .malformed("nothing after the sender") }
            nick = Self.nick(prefix)
        }
        cursor.skipSpaces()
        guard let verb = Self.takeVerb(&cursor) else { return .malformed("no IRC command") }
        guard verb.equals("PRIVMSG") else { return .other }
        cursor.skipSpaces()
        guard nick.count > 0 else { return .malformed("a message without a sender") }
        guard let target = cursor.takeWord(), target.count > 0, !cursor.isAtEnd else {
            return .malformed("a message without a chat or a text")
        }
        _ = cursor.skip(0x3a)
        if user >= 0 { batch.values[user] = nick }
        if chat >= 0 { batch.values[chat] = target }
        if text >= 0 { batch.values[text] = cursor.rest }
        if command >= 0 { batch.values[command] = Self.command(cursor.rest) }
        return .request(time: moment)
    }

    /// The nick of `nick!user@host`.
    private static func nick(_ prefix: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let end = prefix.firstIndex { $0 == 0x21 || $0 == 0x40 } ?? prefix.endIndex
        return UnsafeRawBufferPointer(rebasing: prefix[..<end])
    }

    /// A command of letters or of three digits.
    private static func takeVerb(_ cursor: inout ByteCursor) -> UnsafeRawBufferPointer? {
        let rest = cursor.rest
        let end = rest.firstIndex(of: 0x20) ?? rest.endIndex
        let verb = UnsafeRawBufferPointer(rebasing: rest[..<end])
        let isLetters = verb.allSatisfy { (0x41...0x5a).contains($0 & 0xdf) }
        let isNumeric = verb.count == 3 && verb.allSatisfy { (0x30...0x39).contains($0) }
        guard verb.count > 0, isLetters || isNumeric else { return nil }
        cursor.advance(verb.count)
        return verb
    }

    private static func command(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard text.count > 1, text[0] == 0x21 || text[0] == 0x2f else { return .init(start: nil, count: 0) }
        let word = text[1...]
        let end = word.firstIndex { $0 == 0x20 || $0 == 0x40 } ?? word.endIndex
        return UnsafeRawBufferPointer(rebasing: word[..<end])
    }
}
