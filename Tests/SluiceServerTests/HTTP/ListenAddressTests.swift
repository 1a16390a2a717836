import Testing

@testable import SluiceServer

@Suite("An address to listen on")
struct ListenAddressTests {
    @Test(
        "is read and written",
        arguments: [
            ("127.0.0.1:8080", ListenAddress.tcp(host: "127.0.0.1", port: 8080)),
            (":0", .tcp(host: "127.0.0.1", port: 0)), ("[::1]:80", .tcp(host: "::1", port: 80)),
            ("localhost:65535", .tcp(host: "localhost", port: 65_535)),
            ("unix:/run/a.sock", .unix(path: "/run/a.sock")),
        ])
    func reads(text: String, address: ListenAddress) throws {
        #expect(try ListenAddress.parse(text) == address)
        #expect(try ListenAddress.parse(address.description) == address)
    }

    @Test("may be off")
    func off() throws { #expect(try ListenAddress.parse("off") == nil) }

    @Test(
        "that is none is told how to write one",
        arguments: ["", "8080", "host", "host:", "host:65536", "host:-1", "::1:80", "unix:", "host:80x"])
    func refuses(text: String) {
        let error = #expect(throws: ServerError.self) { try ListenAddress.parse(text) }
        #expect(error?.code == .invalidAddress)
    }

    @Test("makes the line that says where everything is")
    func readyLine() {
        let addresses = ServerAddresses(
            http: .tcp(host: "127.0.0.1", port: 8080), resp: .tcp(host: "127.0.0.1", port: 6380))
        #expect(addresses.readyLine == "ready http=127.0.0.1:8080 resp=127.0.0.1:6380")
        #expect(ServerAddresses(http: .unix(path: "/a b"), resp: nil).readyLine == "ready http=unix:/a b")
    }
}
