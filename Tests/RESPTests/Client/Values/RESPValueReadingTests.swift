import NIOCore
import RESP
import Testing

@Suite("Replies of both versions say the same")
struct RESPValueReadingTests {
    @Test("text is read from strings of every kind")
    func text() {
        #expect(RESPValue.simple("a").text == "a")
        #expect(RESPValue.bulk("a").text == "a")
        #expect(RESPValue.verbatim(format: "txt", ByteBuffer(string: "a")).text == "a")
        #expect(RESPValue.integer(1).text == nil)
        #expect(RESPValue.simple("a").bytes == ByteBuffer(string: "a"))
    }

    @Test("numbers are read from digits too")
    func numbers() {
        #expect(RESPValue.integer(5).integer == 5)
        #expect(RESPValue.bulk("5").integer == 5)
        #expect(RESPValue.bulk("5x").integer == nil)
        #expect(RESPValue.boolean(true).integer == 1)
        #expect(RESPValue.bulk("1.5").double == 1.5)
        #expect(RESPValue.double(1.5).double == 1.5)
        #expect(RESPValue.null.double == nil)
    }

    @Test("maps are read from arrays of twice as many values")
    func maps() {
        let flat = RESPValue.array([.bulk("a"), .integer(1), .bulk("b"), .integer(2)])
        let map = RESPValue.map([.init(.bulk("a"), .integer(1)), .init(.bulk("b"), .integer(2))])
        #expect(flat.pairs == map.pairs)
        #expect(flat["b"] == .integer(2))
        #expect(map["c"] == nil)
        #expect(RESPValue.array([.integer(1)]).pairs == nil)
        #expect(RESPValue.set([.integer(1)]).elements == [.integer(1)])
    }

    @Test(
        "a refusal's first word is its code if it is in capitals",
        arguments: [
            ("NOSCRIPT No matching script.", "NOSCRIPT", "No matching script."),
            ("MOVED 1 127.0.0.1:1", "MOVED", "1 127.0.0.1:1"),
            ("ERR", "ERR", ""),
            ("oh no", "ERR", "oh no"),
            ("", "ERR", ""),
        ])
    func codes(_ text: String, _ code: String, _ message: String) {
        let error = RESPErrorReply(text)
        #expect(error.code == code)
        #expect(error.message == message)
    }

    @Test("codes are compared without what follows")
    func comparedCodes() {
        #expect(RESPErrorReply("MOVED 1 a:1").hasCode("MOVED"))
        #expect(RESPErrorReply("MOVED").hasCode("MOVED"))
        #expect(!RESPErrorReply("MOVEDX 1").hasCode("MOVED"))
        #expect(!RESPErrorReply("MOV").hasCode("MOVED"))
    }
}
