import RESP
import Testing

@Suite("Reply writer")
struct ReplyWriterTests {
    private func written(_ version: RESPVersion = .two, _ body: (inout ReplyWriter) -> Void) -> String {
        var writer = ReplyWriter()
        writer.version = version
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("writes every integer as Swift does")
    func integers() {
        let seed = SeededGenerator.freshSeed("integers")
        var random = SeededGenerator(seed: seed)
        var values: [Int64] = [.min, .min + 1, .max, .max - 1] + (-1_100...1_100).map(Int64.init)
        var power: Int64 = 1
        while power < .max / 10 {
            power *= 10
            values += [power - 1, power, power + 1, -power, 1 - power, -power - 1]
        }
        for _ in 0..<2_000 { values.append(Int64(bitPattern: random.next()) >> Int64(random.number(0...63))) }
        for value in values {
            #expect(written { $0.integer(value) } == ":\(value)\r\n")
        }
    }

    @Test("writes five integers as an array of them")
    func fiveIntegers() {
        #expect(written { $0.integers(0, 16, 15, -1, 2) } == "*5\r\n:0\r\n:16\r\n:15\r\n:-1\r\n:2\r\n")
        let extremes = written { $0.integers(.min, .max, 0, 100, -9) }
        #expect(extremes == "*5\r\n:\(Int64.min)\r\n:\(Int64.max)\r\n:0\r\n:100\r\n:-9\r\n")
    }

    @Test("writes what both versions share alike", arguments: [RESPVersion.two, .three])
    func shared(version: RESPVersion) {
        let text = written(version) { writer in
            writer.simple("OK")
            writer.array(2)
            writer.bulk("é\r\n")
            writer.bulk("")
            writer.error("ERR a\r\nb")
        }
        #expect(text == "+OK\r\n*2\r\n$4\r\né\r\n\r\n$0\r\n\r\n-ERR a  b\r\n")
    }

    @Test("writes types of version 3, and what stands for them in version 2")
    func versions() {
        func both(_ body: (inout ReplyWriter) -> Void) -> [String] { [written(.two, body), written(.three, body)] }
        #expect(both { $0.null() } == ["$-1\r\n", "_\r\n"])
        #expect(both { $0.map(2) } == ["*4\r\n", "%2\r\n"])
        #expect(both { $0.set(3) } == ["*3\r\n", "~3\r\n"])
        #expect(both { $0.boolean(true) } == [":1\r\n", "#t\r\n"])
        #expect(both { $0.boolean(false) } == [":0\r\n", "#f\r\n"])
        #expect(both { $0.double(1.5) } == ["$3\r\n1.5\r\n", ",1.5\r\n"])
        #expect(both { $0.double(-3) } == ["$2\r\n-3\r\n", ",-3\r\n"])
        #expect(both { $0.double(.infinity) } == ["$3\r\ninf\r\n", ",inf\r\n"])
        #expect(both { $0.double(-.infinity) } == ["$4\r\n-inf\r\n", ",-inf\r\n"])
        #expect(both { $0.double(.nan) } == ["$3\r\nnan\r\n", ",nan\r\n"])
        #expect(both { $0.verbatim("hi") } == ["$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"])
    }

    @Test("keeps what it has written when it grows, and begins anew")
    func growth() {
        var writer = ReplyWriter()
        let word = [UInt8](repeating: 0x61, count: 1_000)
        for _ in 0..<2 {
            for _ in 0..<200 { word.withUnsafeBytes { writer.bulk($0) } }
            #expect(writer.count == 200 * 1_009)
            let one = Array("$1000\r\n".utf8) + word + [0x0d, 0x0a]
            #expect(writer.bytes.elementsEqual((0..<200).flatMap { _ in one }))
            writer.removeAll()
            #expect(writer.count == 0)
        }
    }
}
