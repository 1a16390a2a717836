import Foundation
import SluiceTesting
import Testing

@testable import SluiceHTTP

@Suite("What answers are written with")
struct ByteWriterTests {
    private func written(_ write: (inout ByteWriter) -> Void) -> String {
        var writer = ByteWriter(capacity: 1)
        write(&writer)
        return writer.text
    }

    @Test("writes whole numbers as Swift does")
    func decimals() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        var numbers: [Int64] = [0, 1, -1, 9, 10, 99, 100, .max, .min, .max - 1, .min + 1]
        for power in 0..<19 { numbers += [0, 1, -1].map { Int64(pow(10, Double(power))) + $0 } }
        for _ in 0..<1_000 { numbers.append(Int64(bitPattern: random.next()) >> random.number(in: 0...63)) }
        for number in numbers { #expect(written { $0.writeDecimal(number) } == "\(number)", "seed \(seed)") }
    }

    @Test(
        "writes seconds rounded up to the millisecond",
        arguments: [
            (0, "0"), (1, "0.001"), (999_999, "0.001"), (1_000_000, "0.001"), (1_000_001, "0.002"),
            (10_000_000, "0.01"), (100_000_000, "0.1"), (1_000_000_000, "1"), (1_230_000_000, "1.23"),
            (59_999_000_001, "60"), (3_600_004_000_000, "3600.004"),
        ])
    func seconds(nanoseconds: Int64, text: String) {
        #expect(written { $0.writeSeconds(.nanoseconds(nanoseconds)) } == text)
    }

    @Test("writes strings that JSON parsers read back")
    func strings() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            var text = ""
            for _ in 0..<random.number(in: 0...20) {
                let scalar = Unicode.Scalar(UInt32(random.number(in: 0...(random.chance(70) ? 0x7F : 0x10FFFF))))
                text.unicodeScalars.append(scalar ?? "\u{FFFD}")
            }
            let json = written { $0.writeJSONString(text) }
            let read = try JSONSerialization.jsonObject(with: Data(json.utf8), options: [.fragmentsAllowed])
            #expect(read as? String == text, "seed \(seed)")
            #expect(!json.utf8.contains { $0 < 0x20 }, "seed \(seed)")
        }
    }

    @Test("grows, and is written anew after it was cleared")
    func grows() {
        var writer = ByteWriter(capacity: 1)
        for _ in 0..<3 {
            writer.clear()
            for index in 0..<1_000 { writer.write(UInt8(truncatingIfNeeded: index)) }
            #expect(writer.count == 1_000)
            #expect(writer.bytes.enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0) })
        }
        writer.removeLast()
        #expect(writer.count == 999)
    }
}
