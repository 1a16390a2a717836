import Testing

@testable import RESP

@Suite("Redis URLs are read")
struct RedisURLTests {
    @Test(
        "hosts, ports and paths",
        arguments: [
            ("redis://localhost", [NodeAddress.tcp(host: "localhost", port: 6379)]),
            ("redis://localhost/", [.tcp(host: "localhost", port: 6379)]),
            ("REDIS://10.0.0.1:7000", [.tcp(host: "10.0.0.1", port: 7000)]),
            ("redis://[::1]", [.tcp(host: "::1", port: 6379)]),
            ("redis://[::1]:7000/3", [.tcp(host: "::1", port: 7000)]),
            (
                "redis://a:1,b,[::2]:3?cluster=yes",
                [
                    .tcp(host: "a", port: 1), .tcp(host: "b", port: 6379), .tcp(host: "::2", port: 3),
                ]
            ),
            ("unix:///run/redis.sock", [.unix(path: "/run/redis.sock")]),
            ("unix://u:p@/run/a%20b?db=2", [.unix(path: "/run/a b")]),
        ])
    func addresses(_ url: String, _ addresses: [NodeAddress]) throws {
        #expect(try RedisConfiguration(url: url).addresses == addresses)
    }

    @Test(
        "addresses are written so that they can be read",
        arguments: [
            (NodeAddress.tcp(host: "a", port: 1), "a:1"), (.tcp(host: "::1", port: 2), "[::1]:2"),
            (.unix(path: "/a"), "unix:/a"),
        ])
    func written(_ address: NodeAddress, _ text: String) {
        #expect(address.description == text)
    }

    @Test(
        "users and passwords are decoded",
        arguments: [
            ("redis://:secret@h", nil, "secret"),
            ("redis://ann:secret@h", "ann", "secret"),
            ("redis://a%3Ab:p%40%2F%3f%25@h", "a:b", "p@/?%"),
            ("redis://ann:p@ss:word@h", "ann", "p@ss:word"),
            ("redis://ann:@h", "ann", ""),
        ] as [(String, String?, String)])
    func credentials(_ url: String, _ user: String?, _ password: String) throws {
        let credentials = try #require(try RedisConfiguration(url: url).credentials)
        #expect(credentials.username == user)
        #expect(credentials.password == password)
    }

    @Test("options are applied")
    func options() throws {
        let plain = try RedisConfiguration(
            url: "redis://h/5?client_name=web-1&connect_timeout=3s&timeout=40ms&protocol=2")
        #expect(plain.database == 5)
        #expect(plain.clientName == "web-1")
        #expect(plain.connectTimeout == .seconds(3))
        #expect(plain.commandTimeout == .milliseconds(40))
        #expect(plain.version == .two)
        #expect(plain.tls == nil)
        #expect(plain.overdueBound == .seconds(1))
        let encrypted = try RedisConfiguration(
            url: "rediss://h?ca=/a%20b/ca.pem&cert=c.pem&key=k.pem&server_name=n&verify=certificate&timeout=1s")
        var tls = RedisTLS()
        tls.authorityFile = "/a b/ca.pem"
        tls.certificateFile = "c.pem"
        tls.keyFile = "k.pem"
        tls.serverName = "n"
        tls.verification = .certificate
        #expect(encrypted.tls == tls)
        #expect(encrypted.overdueBound == .seconds(3))
        #expect(try RedisConfiguration(url: "unix:///s?db=4").database == 4)
    }

    @Test("what is behind the addresses is told by an option")
    func topologies() throws {
        #expect(try RedisConfiguration(url: "redis://h").topology == .single)
        #expect(try RedisConfiguration(url: "redis://h?cluster=yes").topology == .cluster)
        #expect(try RedisConfiguration(url: "redis://h?cluster=no").topology == .single)
        let sentinel = try RedisConfiguration(
            url: "redis://a:26379,b:26379/1?sentinel=main&sentinel_password=x&sentinel_user=watch")
        #expect(sentinel.topology == .sentinel(master: "main"))
        #expect(sentinel.sentinelCredentials == RedisCredentials(username: "watch", password: "x"))
    }

    private static let wrong: [(String, String)] = [
        ("localhost:6379", "begins with redis://"),
        ("http://h", "begins with redis://"),
        ("redis://", "names a host"),
        ("redis:///1", "names a host"),
        ("redis://a,,b", "wherever there is a comma"),
        ("redis://:7", "wherever there is a comma"),
        ("redis://h:0", "ports from 1 to 65535"),
        ("redis://h:65536", "ports from 1 to 65535"),
        ("redis://h:x", "ports from 1 to 65535"),
        ("redis://::1", "brackets"),
        ("redis://[::1", "in brackets"),
        ("redis://[::1]x", "ports from 1"),
        ("redis://h/x", "by its number"),
        ("redis://h/-1", "by its number"),
        ("unix://host/path", "three slashes"),
        ("unix://", "names its path"),
        ("redis://h?timout=1s", "'timout' is none of them"),
        ("redis://h?timeout", "name=value"),
        ("redis://h?timeout=1s&timeout=2s", "twice"),
        ("redis://h?timeout=5", "250ms or 2s"),
        ("redis://h?timeout=0s", "250ms or 2s"),
        ("redis://h?timeout=99999999999999999999s", "250ms or 2s"),
        ("redis://h?connect_timeout=1h", "connect_timeout such as"),
        ("redis://h?protocol=4", "protocol=2 or protocol=3"),
        ("redis://h?client_name=a%20b", "without spaces"),
        ("redis://h?cluster=maybe", "cluster=yes or cluster=no"),
        ("redis://h/1?cluster=yes", "a cluster has 0 only"),
        ("redis://h?ca=x", "only with TLS"),
        ("rediss://h?cert=x", "cert and key together"),
        ("rediss://h?verify=hard", "verify=full"),
    ]

    @Test("what is wrong is told by what would be right", arguments: wrong)
    func mistakes(_ url: String, _ words: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test(
        "no error and no description shows a password",
        arguments: [
            "redis://ann:hunter2@h:x", "redis://ann:hunter2/x@h", "redis://ann:hunter2?x@h", "redis://hunter2@h",
            "redis://ann:hunter2%zz@h", "ann:hunter2@h", "redis://:hunter2@h:99999", "redis://ann:hunter2@h?x=y",
            "redis://ann:hunter2@", "redis://ann:%ff%fehunter2@h", "redis://h?sentinel_password=hunter2&sentinel=",
            "redis://ann:a?hunter2=b@h", "hunter2://h", "redis://:hunter2#a@h",
        ])
    func secrecy(_ url: String) {
        do throws(RedisError) {
            let configuration = try RedisConfiguration(url: url)
            var dumped = ""
            dump(configuration, to: &dumped)
            #expect(!"\(configuration)\(String(reflecting: configuration))\(dumped)".contains("hunter2"))
        } catch {
            #expect(!"\(error)\(String(reflecting: error))".contains("hunter2"))
        }
    }

    @Test("waits double up to their bound, and are spread over all of it")
    func backOff() {
        var backOff = RedisBackOff()
        backOff.initial = .milliseconds(50)
        backOff.maximum = .milliseconds(300)
        #expect((0...5).map { backOff.bound(failures: $0) / .milliseconds(1) } == [50, 50, 100, 200, 300, 300])
        #expect(backOff.bound(failures: .max) == .milliseconds(300))
        #expect(backOff.delay(failures: 3) { 0.5 } == .milliseconds(100))
        #expect(backOff.delay(failures: 3) { 0 } == .zero)
    }
}
