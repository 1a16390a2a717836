import Sluice
import Testing

@testable import SluiceHTTP

@Suite("The client behind proxies")
struct TrustedProxiesTests {
    private let proxies: TrustedProxies

    init() throws { proxies = try TrustedProxies(["10.0.0.0/8", "192.0.2.1", "2001:db8:ff::/48"]) }

    private func client(
        _ peer: String?, _ lines: [String], header: ForwardedHeader = .xForwardedFor
    ) -> String? {
        var proxies = proxies
        proxies.header = header
        let address = peer.flatMap { IPAddress($0) }
        return proxies.client(behind: address.map(Peer.address) ?? .unixSocket, lines.map { $0[...] })
    }

    @Test("is who connects, whatever he says, unless he is a proxy that is trusted")
    func untrusted() {
        #expect(client("198.51.100.7", ["203.0.113.9"]) == "198.51.100.7")
        #expect(client("198.51.100.7", ["10.1.1.1, 10.1.1.2"]) == "198.51.100.7")
        #expect(client("198.51.100.7", []) == "198.51.100.7")
    }

    @Test("is the last hop that is not a trusted proxy, so that what a client sends itself does not count")
    func trusted() {
        #expect(client("10.0.0.1", ["203.0.113.9"]) == "203.0.113.9")
        #expect(client("10.0.0.1", ["1.1.1.1, 203.0.113.9"]) == "203.0.113.9")
        #expect(client("10.0.0.1", ["1.1.1.1, 203.0.113.9, 10.2.2.2, 192.0.2.1"]) == "203.0.113.9")
        #expect(client("10.0.0.1", ["1.1.1.1", "203.0.113.9"]) == "203.0.113.9")
        #expect(client("10.0.0.1", ["10.2.2.2,10.3.3.3"]) == "10.2.2.2")
        #expect(client("10.0.0.1", []) == "10.0.0.1")
    }

    @Test("is the nearest hop known when one is not an address")
    func malformed() {
        #expect(client("10.0.0.1", ["203.0.113.9, unknown"]) == "10.0.0.1")
        #expect(client("10.0.0.1", ["203.0.113.9, nonsense, 10.2.2.2"]) == "10.2.2.2")
        #expect(client("10.0.0.1", ["203.0.113.9,"]) == "10.0.0.1")
        #expect(client("10.0.0.1", [""]) == "10.0.0.1")
    }

    @Test("is named by the other end of a Unix domain socket, which is on this machine")
    func unixSocket() {
        #expect(client(nil, ["1.1.1.1, 203.0.113.9"]) == "203.0.113.9")
        #expect(client(nil, []) == nil)
    }

    @Test(
        "is read with ports, brackets and quotes",
        arguments: [
            ("203.0.113.9:4711", "203.0.113.9"), ("[2001:db8:1:2:3::4]:443", "2001:db8:1:2::/64"),
            ("2001:DB8:1:2::4", "2001:db8:1:2::/64"), ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[2001:db8::1]", "2001:db8::/64"), (" \t203.0.113.9 ", "203.0.113.9"),
        ])
    func forms(text: String, name: String) {
        #expect(client("10.0.0.1", [text]) == name)
    }

    @Test("is read from Forwarded, where that is what the proxies send")
    func forwarded() {
        let line = "for=1.1.1.1;proto=https, For=\"[2001:db8:cafe::17]:4711\" ; by=203.0.113.43, for=10.4.4.4"
        #expect(client("10.0.0.1", [line], header: .forwarded) == "2001:db8:cafe::/64")
        #expect(client("10.0.0.1", ["for=_hidden"], header: .forwarded) == "10.0.0.1")
        #expect(client("10.0.0.1", ["proto=https"], header: .forwarded) == "10.0.0.1")
    }

    @Test("is counted by as much of an IPv6 address as is wanted")
    func prefix() throws {
        var proxies = TrustedProxies.loopback
        let peer = Peer.address(try #require(IPAddress("2001:db8:1:2:3:4:5:6")))
        #expect(proxies.client(behind: peer, []) == "2001:db8:1:2::/64")
        proxies.ipv6PrefixLength = 128
        #expect(proxies.client(behind: peer, []) == "2001:db8:1:2:3:4:5:6")
        proxies.ipv6PrefixLength = 48
        let loopback = Peer.address(try #require(IPAddress("::1")))
        #expect(proxies.client(behind: loopback, ["2001:db8:1:2::1"]) == "2001:db8:1::/48")
        #expect(proxies.client(behind: .unknown, ["2001:db8:1:2::1"]) == nil)
    }

    @Test("networks that are none are told")
    func networks() {
        #expect(throws: TrustedProxiesError(network: "10.0.0.0/33")) { try TrustedProxies(["10.0.0.0/33"]) }
        #expect(throws: TrustedProxiesError(network: "proxy.local")) { try TrustedProxies(["proxy.local"]) }
    }

    @Test(
        "addresses are written as RFC 5952 says",
        arguments: [
            ("2001:0db8:0:0:0:0:2:1", "2001:db8::2:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("192.0.2.1", "192.0.2.1"), ("FE80::ABCD", "fe80::abcd"),
        ])
    func text(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test("addresses are the same by their bytes as by their text")
    func bytes() throws {
        for octets in [[0, 0, 0, 0], [192, 0, 2, 1], [255, 99, 100, 9], [10, 255, 255, 255]] as [[UInt32]] {
            let address = IPAddress(v4: octets.reduce(0) { $0 << 8 | $1 })
            let text = octets.map(String.init).joined(separator: ".")
            #expect(address == IPAddress(text) && address.description == text)
        }
        let bytes: [UInt8] = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]
        #expect(bytes.withUnsafeBytes { IPAddress(v6: $0) } == IPAddress("2001:db8::2:1"))
    }
}
