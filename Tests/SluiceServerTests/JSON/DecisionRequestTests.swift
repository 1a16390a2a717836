import Sluice
import Testing

@testable import SluiceServer

@Suite("A decision request in JSON")
struct DecisionRequestTests {
    @Test("is read with all its words, in any order and spacing")
    func reads() throws {
        let request = DecodedRequest(
            policy: "chat", descriptor: ["user": "42", "chat": "-100"], cost: 3, wantsDetails: true)
        #expect(
            try DecodedRequest.decode(
                #"{"policy":"chat","descriptor":{"user":"42","chat":"-100"},"cost":3,"details":true}"#) == request)
        #expect(
            try DecodedRequest.decode(
                "\r\n{ \"details\" : true,\t\"cost\":3 ,\"descriptor\": { \"chat\":-100, \"user\" :42 } , "
                    + "\"policy\":\"chat\"} ") == request)
    }

    @Test("needs only a policy")
    func defaults() throws {
        #expect(try DecodedRequest.decode(#"{"policy":"chat"}"#) == DecodedRequest(policy: "chat", descriptor: [:]))
        #expect(
            try DecodedRequest.decode(#"{"policy":"chat","descriptor":{}}"#)
                == DecodedRequest(policy: "chat", descriptor: [:]))
    }

    @Test(
        "has its escapes undone",
        arguments: [
            (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"), (#"\u0041\u00e9\u20AC"#, "Aé€"), (#"\ud83d\ude00"#, "😀"),
            (#"a\u0000b"#, "a\u{0}b"), ("é€😀", "é€😀"), (#"é\n€"#, "é\n€"), ("", ""),
        ])
    func escapes(written: String, meant: String) throws {
        let request = try DecodedRequest.decode(
            "{\"policy\":\"\(written)\",\"descriptor\":{\"\(written)k\":\"\(written)\"}}")
        #expect(request == DecodedRequest(policy: meant, descriptor: [meant + "k": meant]))
    }

    @Test(
        "that is not JSON is told where it is not",
        arguments: [
            "", " ", "{", "x", "{\"policy\":\"chat\"", "{\"policy\":\"chat\",}", "{\"policy\" \"chat\"}",
            "{policy:\"chat\"}", "{\"policy\":\"chat\"}x", "{\"policy\":\"chat\"}{}", "{\"policy\":\"ch\nat\"}",
            #"{"policy":"\x"}"#, #"{"policy":"\u12"}"#, #"{"policy":"\u12g4"}"#, #"{"policy":"\ud83d"}"#,
            #"{"policy":"\ud83dx"}"#, #"{"policy":"\ud83d\n"}"#, #"{"policy":"\ud83d\u0041"}"#, #"{"policy":"\ude00"}"#,
            #"{"policy":"chat","cost":01}"#, #"{"policy":"chat","cost":-}"#, #"{"policy":"chat","cost":1.}"#,
            #"{"policy":"chat","cost":1e}"#, #"{"policy":"chat","cost":+1}"#, #"{"policy":"chat","details":truth}"#,
            #"{"policy":"chat","details":tru"#, "{'policy':'chat'}", "{\"policy\":\"chat\\",
        ])
    func malformed(text: String) {
        #expect(DecodedRequest.fault(text)?.kind == .malformed, "\(text)")
    }

    @Test("with bytes that are not UTF-8 is not JSON")
    func invalidUTF8() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] {
            let text = Array("{\"policy\":\"".utf8) + bytes + Array("\"}".utf8)
            #expect(throws: RequestFault.self) { try DecodedRequest.decode(text) }
            let escaped = Array("{\"policy\":\"\\n".utf8) + bytes + Array("\"}".utf8)
            #expect(throws: RequestFault.self) { try DecodedRequest.decode(escaped) }
        }
    }

    @Test(
        "that is JSON but not a request is told what it should be",
        arguments: [
            ("{}", "'policy' is missing"), ("[]", "must be an object"), ("null", "must be an object"),
            (#"{"policy":1}"#, "'policy' must be a string"),
            (#"{"policy":null}"#, "'policy' must be a string"), (#"{"policy":["a"]}"#, "'policy' must be a string"),
            (#"{"policy":"a","cost":"1"}"#, "'cost' must be a number"),
            (#"{"policy":"a","cost":1.0}"#, "whole number"), (#"{"policy":"a","cost":1e2}"#, "whole number"),
            (#"{"policy":"a","cost":-1}"#, "from 0 to"), (#"{"policy":"a","cost":9223372036854775808}"#, "from 0 to"),
            (#"{"policy":"a","details":1}"#, "true or false"), (#"{"policy":"a","descriptor":[]}"#, "an object"),
            (#"{"policy":"a","descriptor":{"user":true}}"#, "string or a whole number"),
            (#"{"policy":"a","descriptor":{"user":{}}}"#, "string or a whole number"),
            (#"{"policy":"a","descriptor":{"user":1.5}}"#, "a fraction"),
            (#"{"policy":"a","descriptor":{"user":"1","user":"2"}}"#, "gives 'user' twice"),
            (#"{"policy":"a","policy":"b"}"#, "'policy' is given twice"),
            (#"{"polcy":"a"}"#, "did you mean 'policy'?"), (#"{"descripter":{}}"#, "did you mean 'descriptor'?"),
        ])
    func invalid(text: String, told: String) throws {
        let fault = try #require(DecodedRequest.fault(text))
        #expect(fault.kind == .invalid)
        #expect(fault.message.contains(told), "\(fault.message)")
    }

    @Test("accepts only the words of its endpoint")
    func words() {
        #expect(DecodedRequest.fault(#"{"policy":"a","details":true}"#, accepting: .costed)?.kind == .invalid)
        #expect(DecodedRequest.fault(#"{"policy":"a","cost":1}"#, accepting: .plain)?.kind == .invalid)
        #expect(DecodedRequest.fault(#"{"policy":"a","cost":1}"#, accepting: .costed) == nil)
    }

    @Test("is too large beyond 16 entries and beyond 1 KiB in a key, a value or a policy's name")
    func tooLarge() {
        func text(entries: Int) -> String {
            let entries = (0..<entries).map { "\"k\($0)\":\"v\"" }.joined(separator: ",")
            return "{\"policy\":\"a\",\"descriptor\":{\(entries)}}"
        }
        #expect(DecodedRequest.fault(text(entries: 16)) == nil)
        #expect(DecodedRequest.fault(text(entries: 17))?.kind == .tooLarge)
        let (longest, tooLong) = (String(repeating: "x", count: 1_024), String(repeating: "x", count: 1_025))
        #expect(DecodedRequest.fault("{\"policy\":\"a\",\"descriptor\":{\"\(longest)\":\"\(longest)\"}}") == nil)
        #expect(DecodedRequest.fault("{\"policy\":\"a\",\"descriptor\":{\"k\":\"\(tooLong)\"}}")?.kind == .tooLarge)
        #expect(DecodedRequest.fault("{\"policy\":\"a\",\"descriptor\":{\"\(tooLong)\":\"v\"}}")?.kind == .tooLarge)
        #expect(DecodedRequest.fault("{\"policy\":\"\(tooLong)\"}")?.kind == .tooLarge)
    }

    @Test("may have escapes in every string, and the memory for them serves the next request too")
    func scratch() throws {
        let scratch = JSONScratch()
        for length in [3, 900, 10, 400] {
            let value = String(repeating: "\\n", count: length)
            let text = "{\"policy\":\"\(value)\",\"descriptor\":{\"\(value)1\":\"\(value)\",\"\(value)2\":\"x\\ty\"}}"
            let meant = String(repeating: "\n", count: length)
            #expect(
                try DecodedRequest.decode(Array(text.utf8), scratch: scratch)
                    == DecodedRequest(policy: meant, descriptor: [meant + "1": meant, meant + "2": "x\ty"]))
        }
    }
}
