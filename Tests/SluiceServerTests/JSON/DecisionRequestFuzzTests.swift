import Foundation
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("The JSON reader under fuzz")
struct DecisionRequestFuzzTests {
    /// Says where our reader and Foundation's disagree, or `nil`.
    ///
    /// Ours may be stricter: a word given twice and a number written in another way than plain digits do not show
    /// in Foundation's result, and Foundation lets a comma stand before a closing brace, which RFC 8259 does not.
    static func disagreement(_ bytes: [UInt8]) -> String? {
        let theirs = FoundationReading(bytes)
        do throws(RequestFault) {
            let ours = try DecodedRequest.decode(bytes)
            return theirs == .request(ours) || theirs == .unsure ? nil : "we read \(ours), Foundation \(theirs)"
        } catch {
            switch (error.kind, theirs) {
            case (.malformed, .notJSON), (.invalid, .notJSON), (.tooLarge, .notJSON): return nil
            case (.invalid, .notARequest), (.tooLarge, .notARequest): return nil
            case (.invalid, .request), (.tooLarge, .request):
                return isStricter(error, bytes) ? nil : "we refuse: \(error.message)"
            case (_, .unsure): return nil
            case (.malformed, _) where isTrailingComma(error, in: bytes): return nil
            case (.malformed, _): return "we say it is not JSON: \(error.message)"
            }
        }
    }

    private static func isTrailingComma(_ fault: RequestFault, in bytes: [UInt8]) -> Bool {
        guard fault.message.contains("has '}' at byte"),
            let digits = fault.message.split(separator: " ").first(where: {
                $0.hasSuffix(",") && Int($0.dropLast()) != nil
            }), let place = Int(digits.dropLast())
        else { return false }
        return bytes[..<place].last { ![0x20, 0x0A, 0x0D, 0x09].contains($0) } == UInt8(ascii: ",")
    }

    private static func isStricter(_ fault: RequestFault, _ bytes: [UInt8]) -> Bool {
        let reasons = ["twice", "whole number", "a fraction", "more than 16", "at most 1024"]
        if reasons.contains(where: { fault.message.contains($0) }) { return true }
        // Foundation takes the last value of a word that is given twice; the first may have been what we refused.
        let text = String(decoding: bytes, as: UTF8.self)
        return ["policy", "descriptor", "cost", "details"].contains { text.split(separator: "\"\($0)\"").count > 2 }
    }

    /// Foundation guesses UTF-16 and UTF-32 from zero bytes at the beginning and skips a byte order mark; RFC 8259
    /// allows neither between systems.
    static func isComparable(_ bytes: [UInt8]) -> Bool {
        !bytes.prefix(4).contains { $0 == 0 || $0 >= 0xEF }
    }

    @Test("agrees with Foundation on random requests and their mutations")
    func agreesWithFoundation() {
        let seed = UInt64.random(in: .min ... .max)
        var fuzzer = RequestFuzzer(random: SplitMix64(seed: seed))
        for _ in 0..<3_000 {
            let request = fuzzer.request()
            for bytes in [request, fuzzer.mutated(request), fuzzer.mutated(request)] where Self.isComparable(bytes) {
                let disagreement = Self.disagreement(bytes)
                #expect(disagreement == nil, "seed \(seed): \(String(decoding: bytes, as: UTF8.self)) — \(bytes)")
            }
        }
    }

    @Test("agrees with Foundation on every text of the corpus")
    func corpus() throws {
        let texts = try Corpus.texts()
        #expect(texts.count >= 30)
        for (name, bytes) in texts where Self.isComparable(bytes) {
            #expect(Self.disagreement(bytes) == nil, "\(name)")
        }
    }

    @Test("survives noise, and every prefix of a request")
    func survives() {
        let seed = UInt64.random(in: .min ... .max)
        var fuzzer = RequestFuzzer(random: SplitMix64(seed: seed))
        for _ in 0..<2_000 {
            let noise = (0..<fuzzer.random.number(in: 0...60)).flatMap { _ in
                Array(fuzzer.random.pick(RequestFuzzer.fragments).utf8)
            }
            _ = try? DecodedRequest.decode(noise)
        }
        let request = fuzzer.request()
        for count in 0..<request.count {
            let fault = DecodedRequest.fault(String(decoding: request[..<count], as: UTF8.self))
            let isWhole = request[count...].allSatisfy { [0x20, 0x0A, 0x0D, 0x09].contains($0) }
            #expect((fault == nil) == isWhole, "seed \(seed), \(count) bytes")
        }
    }
}

/// The committed corpus: what once went wrong, and what is known to be hard.
enum Corpus {
    static func texts() throws -> [(name: String, bytes: [UInt8])] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = tests.appendingPathComponent("Corpora/decision-requests.jsonl")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        return try lines.map { line in
            let entry = try JSONDecoder().decode(Entry.self, from: Data(line.utf8))
            return (entry.name, Array(Data(base64Encoded: entry.base64) ?? Data()))
        }
    }

    private struct Entry: Decodable {
        var name: String
        var base64: String
    }
}
