import NIOCore
import RESP
import Testing

@Suite("The reply parser withstands anything")
struct RESPValueParserFuzzTests {
    /// Feeds bytes in pieces, as a connection does.
    private func events(_ pieces: [[UInt8]], limits: RESPValueLimits = RESPValueLimits()) -> [RESPValueParser.Event] {
        var parser = RESPValueParser(limits: limits)
        var buffer = ByteBuffer()
        var events: [RESPValueParser.Event] = []
        for piece in pieces {
            buffer.writeBytes(piece)
            while buffer.readableBytes > 0 {
                let before = buffer.readableBytes
                let event = parser.next(&buffer)
                switch event {
                case .incomplete:
                    #expect(buffer.readableBytes == before)
                case .violation:
                    return events + [event]
                case .value, .push:
                    #expect(buffer.readableBytes < before)
                    events.append(event)
                    continue
                }
                break
            }
        }
        return events
    }

    @Test("a reply cut anywhere is read as the whole one", arguments: ReplyCorpus.all)
    func cuts(_ entry: ReplyCorpus.Entry) {
        let bytes = Array(entry.bytes.utf8)
        for cut in 1..<bytes.count {
            #expect(events([Array(bytes[..<cut]), Array(bytes[cut...])]) == [entry.event])
        }
        #expect(events(bytes.map { [$0] }) == [entry.event])
    }

    @Test("whatever is changed in replies, they end in values, in a wish for more, or in a violation")
    func mutations() {
        let seed = SeededGenerator.freshSeed("RESPValueParserFuzzTests.mutations")
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("+-:$*~%|>#,(_=!?;.0123456789\r\n".utf8)
        var limits = RESPValueLimits()
        limits.elements = 1_000
        limits.bulkBytes = 4_096
        for _ in 0..<4_000 {
            var bytes = (0..<random.number(1...3)).flatMap { _ in
                Array(ReplyCorpus.all[random.number(0...ReplyCorpus.all.count - 1)].bytes.utf8)
            }
            for _ in 0..<random.number(1...4) where !bytes.isEmpty {
                let index = random.number(0...bytes.count - 1)
                switch random.number(0...3) {
                case 0: bytes[index] = alphabet[random.number(0...alphabet.count - 1)]
                case 1: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 2: bytes.remove(at: index)
                default: bytes.insert(alphabet[random.number(0...alphabet.count - 1)], at: index)
                }
            }
            let whole = events([bytes], limits: limits)
            let byBytes = events(bytes.map { [$0] }, limits: limits)
            #expect(
                descriptions(whole) == descriptions(byBytes), "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test("noise is no reply, or a short one")
    func noise() {
        let seed = SeededGenerator.freshSeed("RESPValueParserFuzzTests.noise")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<3_000 {
            let bytes = random.bytes(0...64)
            let whole = events([bytes])
            #expect(descriptions(whole) == descriptions(events(bytes.map { [$0] })), "seed \(seed): \(bytes)")
        }
    }

    /// Compared as text: what is not a number differs from itself.
    private func descriptions(_ events: [RESPValueParser.Event]) -> [String] { events.map { "\($0)" } }

    @Test("a long reply that arrives byte by byte is looked at once")
    func byteByByte() {
        // A parser that began anew with each byte would need 15 billion steps for this.
        let count = 20_000
        let text = "*\(count)\r\n" + String(repeating: "$3\r\nabc\r\n", count: count)
        var parser = RESPValueParser()
        var buffer = ByteBuffer()
        var last = RESPValueParser.Event.incomplete
        for byte in text.utf8 {
            buffer.writeInteger(byte)
            last = parser.next(&buffer)
        }
        #expect(last == .value(.array([RESPValue](repeating: .bulk("abc"), count: count))))
    }

    @Test("a long string that arrives byte by byte is looked at once")
    func longString() {
        let count = 1 << 18
        var parser = RESPValueParser()
        var buffer = ByteBuffer(string: "$\(count)\r\n")
        for _ in 0..<count {
            buffer.writeInteger(UInt8(ascii: "x"))
            guard parser.next(&buffer) == .incomplete else {
                Issue.record("complete too early")
                return
            }
        }
        buffer.writeString("\r\n")
        #expect(parser.next(&buffer) == .value(.bulk(String(repeating: "x", count: count))))
    }
}
