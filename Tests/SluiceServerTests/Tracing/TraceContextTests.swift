import Instrumentation
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("The context of a trace")
struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test("is read and written as W3C says", arguments: [("01", true), ("00", false), ("03", true), ("02", false)])
    func roundTrip(flags: String, isSampled: Bool) throws {
        let context = try #require(TraceContext(parent: "00-\(Self.trace)-\(Self.span)-\(flags)"))
        #expect(context.traceText == Self.trace)
        #expect(TraceContext.digits(context.span) == Self.span)
        #expect(context.isSampled == isSampled)
        // Of the flags only the one that is known is passed on.
        #expect(context.parent == "00-\(Self.trace)-\(Self.span)-\(isSampled ? "01" : "00")")
    }

    @Test("may have more in later versions, and not in this one")
    func versions() {
        let known = "\(Self.trace)-\(Self.span)-01"
        #expect(TraceContext(parent: "cc-\(known)") != nil)
        #expect(TraceContext(parent: "cc-\(known)-what-comes") != nil)
        #expect(TraceContext(parent: "cc-\(known).what-comes") == nil)
        #expect(TraceContext(parent: "00-\(known)-what-comes") == nil)
        #expect(TraceContext(parent: "ff-\(known)") == nil)
    }

    @Test(
        "counts as missing when it is none",
        arguments: [
            "", "00", "00-\(trace)", "00-\(trace)-\(span)", "00-\(trace)-\(span)-0", "00-\(trace)-\(span)-0g",
            "00-\(trace)-\(span)-01 ", " 00-\(trace)-\(span)-01", "00-\(trace.uppercased())-\(span)-01",
            "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
            "00_\(trace)-\(span)-01", "00-\(trace)+\(span)-01", "0x-\(trace)-\(span)-01", "00-\(trace)-\(span)é-1",
        ])
    func nonsense(text: String) {
        #expect(TraceContext(parent: text) == nil)
    }

    @Test("is never read from what is not written again the same way", arguments: 1...20)
    func mutations(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let letters = Array("0123456789abcdefABCDEF-_ g\u{0}é")
        for _ in 0..<500 {
            var text = Array("00-\(Self.trace)-\(Self.span)-01")
            for _ in 0..<Int(random.number(in: 1...4)) {
                text[Int(random.number(in: 0...Int64(text.count) - 1))] = random.pick(letters)
            }
            guard let context = TraceContext(parent: String(text)), text.starts(with: Array("00")) else { continue }
            #expect(context.parent.dropLast(2) == String(text).dropLast(2), "seed \(seed)")
        }
    }

    @Test("passes on what tracing systems tell each other, within bounds")
    func state() throws {
        let parent = "00-\(Self.trace)-\(Self.span)-01"
        #expect(try #require(TraceContext(parent: parent, state: "vendor=1,other=2")).state == "vendor=1,other=2")
        let long = String(repeating: "a", count: 513)
        #expect(try #require(TraceContext(parent: parent, state: long)).state.isEmpty)
    }
}

/// Fields in a dictionary.
struct DictionaryFields: Extractor, Injector {
    func extract(key: String, from fields: [String: String]) -> String? { fields[key] }

    func inject(_ value: String, forKey key: String, into fields: inout [String: String]) { fields[key] = value }
}
