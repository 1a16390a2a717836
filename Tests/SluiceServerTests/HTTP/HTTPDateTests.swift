import Testing

@testable import SluiceServer

@Suite("The date of an answer")
struct HTTPDateTests {
    @Test(
        "is written as HTTP wants it",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
        ])
    func dates(second: Int, text: String) {
        var date = HTTPDate()
        #expect(String(decoding: date.at(second), as: UTF8.self) == text)
        #expect(String(decoding: date.at(second), as: UTF8.self) == text)
    }
}
