import RESP
import Testing

@Suite("Decimal numbers")
struct DecimalTests {
    private func strict(_ text: String) -> Int64? { Array(text.utf8).withUnsafeBytes { Int64(strictDecimal: $0) } }
    private func lenient(_ text: String) -> Int64? { Array(text.utf8).withUnsafeBytes { Int64(decimal: $0) } }

    @Test(
        "read as Redis reads lengths",
        arguments: [
            ("0", 0), ("7", 7), ("-7", -7), ("10", 10), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("", nil), ("-", nil), ("+1", nil), ("01", nil), ("-0", nil), (" 1", nil), ("1 ", nil), ("1.0", nil),
            ("a", nil),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("99999999999999999999", nil),
        ] as [(String, Int64?)])
    func strict(text: String, value: Int64?) { #expect(strict(text) == value) }

    @Test(
        "read as Rust's parse does",
        arguments: [
            ("0", 0), ("007", 7), ("+7", 7), ("-07", -7), ("-0", 0), ("+0", 0),
            ("999999999999999999", 999_999_999_999_999_999),
            ("1000000000000000000", 1_000_000_000_000_000_000), ("9223372036854775807", .max),
            ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("", nil), ("-", nil), ("+", nil), ("1x", nil),
            ("+-1", nil), (" 1", nil), ("0000000000000000000000001", 1), ("/", nil), (":", nil), ("12:45", nil),
        ] as [(String, Int64?)])
    func lenient(text: String, value: Int64?) { #expect(lenient(text) == value) }

    @Test("read back what Swift writes")
    func roundTrip() {
        var random = SeededGenerator(seed: SeededGenerator.freshSeed("roundTrip"))
        for _ in 0..<2_000 {
            let value = Int64(bitPattern: random.next()) >> Int64(random.number(0...63))
            #expect(strict("\(value)") == value && lenient("\(value)") == value)
        }
    }
}

@Suite("Command names")
struct CommandNameTests {
    private func name(_ text: String) -> CommandName? { Array(text.utf8).withUnsafeBytes { CommandName($0) } }

    @Test("ignore case, and nothing else")
    func ignoreCase() {
        #expect(name("CL.Throttle") == CommandName("cl.throttle"))
        #expect(name("pInG") == CommandName("PING"))
        #expect(name("ping") != name("pin"))
        #expect(name("pingg") != name("ping"))
        #expect(name("") == nil)
        #expect(name("seventeen.letters") == nil)
        // One bit from a letter, and not a letter: `[` and `{`, `@` and a backquote, `.` and 0x0e.
        #expect(name("a[") != name("a{"))
        #expect(name("a@") != name("a`"))
        #expect(name("cl\u{0e}throttle") != name("cl.throttle"))
        #expect(name("p\0") != name("p"))
        #expect(name("abcdefgh\0") != name("abcdefgh"))
    }

    @Test("are equal exactly when their small letters are")
    func oracle() {
        var random = SeededGenerator(seed: SeededGenerator.freshSeed("oracle"))
        let letters = Array("aAbB.zZ[{@`19\0".utf8)
        func lower(_ bytes: [UInt8]) -> [UInt8] { bytes.map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 } }
        for _ in 0..<5_000 {
            let a = (0..<random.number(1...16)).map { _ in letters[random.number(0...letters.count - 1)] }
            var b = a
            let index = random.number(0...a.count - 1)
            b[index] = letters[random.number(0...letters.count - 1)]
            if random.number(0...5) == 0, b.count > 1 { b.removeLast() }
            let isEqual = a.withUnsafeBytes { a in b.withUnsafeBytes { CommandName(a) == CommandName($0) } }
            #expect(isEqual == (lower(a) == lower(b)), "\(a) \(b)")
        }
    }
}
