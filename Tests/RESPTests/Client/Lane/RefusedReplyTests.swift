import Testing

@testable import RESP

@Suite("Refused replies")
struct RefusedReplyTests {
    private func read(_ text: String) -> RefusedReply? { RefusedReply(RESPErrorReply(text)) }

    @Test("tell where a slot is")
    func redirects() throws {
        let slot = try #require(HashSlot(3_999))
        #expect(read("MOVED 3999 127.0.0.1:6381") == .moved(slot, .init(host: "127.0.0.1", port: 6_381)))
        #expect(read("ASK 3999 node-3.example:6381") == .ask(slot, .init(host: "node-3.example", port: 6_381)))
        #expect(read("MOVED 3999 ::1:6381") == .moved(slot, .init(host: "::1", port: 6_381)))
        #expect(read("MOVED 3999 127.0.0.1:6381 more") == .moved(slot, .init(host: "127.0.0.1", port: 6_381)))
    }

    @Test("leave the host out when it is the one that was asked, and know when nobody knows it")
    func halfKnown() throws {
        let slot = try #require(HashSlot(1))
        #expect(read("MOVED 1 :7000") == .moved(slot, .init(host: nil, port: 7_000)))
        #expect(read("ASK 1 ?:7000") == .ask(slot, .init(host: nil, port: nil)))
    }

    @Test(
        "tell that nothing was executed",
        arguments: [
            ("TRYAGAIN Multiple keys request during rehashing of slot", .tryAgain),
            ("CLUSTERDOWN The cluster is down", .clusterDown), ("CLUSTERDOWN Hash slot not served", .clusterDown),
            ("LOADING Redis is loading the dataset in memory", .loading), ("LOADING", .loading),
            ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", .masterDown),
            ("READONLY You can't write against a read only replica. script: abc, on @user_script:1.", .readOnly),
        ] as [(String, RefusedReply)])
    func refusals(text: String, refusal: RefusedReply) { #expect(read(text) == refusal) }

    @Test(
        "are nothing else",
        arguments: [
            "", "ERR unknown command", "NOSCRIPT No matching script.", "OOM command not allowed", "LOADINGS",
            "loading it",
            "MOVED", "MOVED 1", "MOVED x 127.0.0.1:1", "MOVED 16384 127.0.0.1:1", "MOVED -1 127.0.0.1:1",
            "MOVED 1 127.0.0.1", "MOVED 1 127.0.0.1:", "MOVED 1 127.0.0.1:0", "MOVED 1 127.0.0.1:65536",
            "ASK 1 127.0.0.1:x", "BUSY Redis is busy running a script", "NOREPLICAS Not enough good replicas to write.",
        ])
    func others(text: String) { #expect(read(text) == nil) }
}
