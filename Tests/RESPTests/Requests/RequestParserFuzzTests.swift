import Foundation
import RESP
import Testing

@Suite("Request parser on any bytes", .timeLimit(.minutes(10)))
struct RequestParserFuzzTests {
    private static let rounds = 3_000
    private let limits = RequestLimits(frameBytes: 400, arguments: 5, lineBytes: 60)

    @Test("gives the same requests however a pipeline is cut")
    func cuts() {
        let seed = SeededGenerator.freshSeed("cuts")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<Self.rounds {
            var bytes: [UInt8] = []
            var expected: [[[UInt8]]] = []
            for _ in 0..<random.number(1...6) {
                let words = (0..<random.number(1...5)).map { _ in random.bytes(0...30) }
                expected.append(words)
                bytes += .request(words)
            }
            let cuts = (0..<random.number(0...12)).map { _ in random.number(0...bytes.count) }
            let reading = Reading(bytes, cuts: cuts, limits: limits)
            #expect(reading.requests.map(\.words) == expected && reading.rest == 0, "seed \(seed)")
            if reading.requests.map(\.words) != expected { return }
        }
    }

    @Test("gives the same byte by byte as at once, and never reads too far, on mutations of the corpus")
    func mutations() throws {
        let corpus = try Corpus.load()
        let seed = SeededGenerator.freshSeed("mutations")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<Self.rounds {
            var bytes = (0..<random.number(1...3)).flatMap { _ in corpus[random.number(0...corpus.count - 1)] }
            for _ in 0..<random.number(0...4) { Self.mutate(&bytes, &random) }
            let whole = Reading(bytes, limits: limits)
            let cut = Reading(bytes, cuts: Array(0...bytes.count), limits: limits)
            #expect(whole == cut, "seed \(seed), \(Corpus.escaped(bytes))")
            if whole != cut { return }
        }
    }

    @Test("reads the corpus as committed: whole and cut alike")
    func corpus() throws {
        for bytes in try Corpus.load() {
            #expect(Reading(bytes) == Reading(bytes, cuts: Array(0...bytes.count)), "\(Corpus.escaped(bytes))")
        }
    }

    @Test("asks each byte of a long line once, however it arrives")
    func linear() {
        // Were a line searched from its front at each arrival, this would take 2 · 10⁹ steps, not 6 · 10⁴.
        let line = [UInt8](repeating: 0x61, count: 65_000) + [0x0a]
        var parser = RequestParser()
        line.withUnsafeBytes { bytes in
            for end in 1..<bytes.count {
                guard case .incomplete = parser.next(UnsafeRawBufferPointer(rebasing: bytes[..<end])) else {
                    Issue.record("not whole at \(end)")
                    return
                }
            }
            guard case .request(let request) = parser.next(bytes) else {
                Issue.record("whole")
                return
            }
            #expect(request[0].count == 65_000)
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let index = random.number(0...bytes.count - 1)
        let telling = Array("*$\r\n\"' \\x0123456789-\0".utf8)
        switch random.number(0...5) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[index] = telling[random.number(0...telling.count - 1)]
        case 2: bytes.remove(at: index)
        case 3: bytes.insert(telling[random.number(0...telling.count - 1)], at: index)
        case 4: bytes.removeSubrange(index...)
        default: bytes.insert(contentsOf: bytes[index...].prefix(random.number(1...20)), at: index)
        }
    }
}

/// Requests, good and bad, one a line, with `\r`, `\n`, `\\` and `\xHH` for what a line cannot show.
enum Corpus {
    static func load() throws -> [[UInt8]] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: tests.appendingPathComponent("Corpora/resp-requests.txt"), encoding: .utf8)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { unescaped(Array($0.utf8)) }
    }

    private static func unescaped(_ line: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = 0
        while index < line.count {
            guard line[index] == UInt8(ascii: "\\"), index + 1 < line.count else {
                bytes.append(line[index])
                index += 1
                continue
            }
            switch line[index + 1] {
            case UInt8(ascii: "r"): bytes.append(0x0d)
            case UInt8(ascii: "n"): bytes.append(0x0a)
            case UInt8(ascii: "x"):
                bytes.append(UInt8(String(decoding: line[index + 2..<index + 4], as: UTF8.self), radix: 16)!)
                index += 2
            default: bytes.append(line[index + 1])
            }
            index += 2
        }
        return bytes
    }

    static func escaped(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            switch byte {
            case 0x0d: "\\r"
            case 0x0a: "\\n"
            case 0x5c: "\\\\"
            case 0x20..<0x7f: String(UnicodeScalar(byte))
            default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
    }
}
