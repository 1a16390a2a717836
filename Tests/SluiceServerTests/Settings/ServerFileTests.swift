import Foundation
import Sluice
import SluiceHTTP
import SluicePolicies
import Testing

@testable import SluiceServer

@Suite("A file's settings for the server")
struct ServerFileTests {
    private static let policies = "policies: {api: {rules: [{name: each, by: [ip], limit: 2 per 1h}]}}\n"

    private static func read(_ text: String) throws -> ServerFile {
        let path = LifetimeTests.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data((policies + text).utf8).write(to: URL(fileURLWithPath: path))
        return try ServerFile(contentsOf: path)
    }

    @Test("are read")
    func good() throws {
        let file = try Self.read(
            """
            server:
              trusted-proxies: [10.0.0.0/8, 192.0.2.1]
              forwarded-header: forwarded
              ipv6-prefix: 56
              authorize:
                api:
                  deny-with: 403
                  descriptor: {ip: client-address, key: header X-Api-Key, id: query user_id, p: path}
            """)
        #expect(file.policies.map(\.name) == ["api"])
        let proxies = file.settings.trustedProxies
        #expect(proxies.header == .forwarded)
        #expect(proxies.ipv6PrefixLength == 56)
        #expect(proxies.contains(.address(try #require(IPAddress("10.1.2.3")))))
        #expect(!proxies.contains(.address(try #require(IPAddress("127.0.0.1")))))
        let authorize = try #require(file.settings.authorize["api"])
        #expect(authorize.denialStatus == 403)
        #expect(authorize.descriptor.map(\.key) == [.ip, "key", "id", "p"])
        let header = try #require(RequestValue("header x-api-key"))
        #expect(authorize.descriptor.map(\.value) == [.clientAddress, header, .query("user_id"), .path])
    }

    @Test("of a start are told with their places, as texts")
    func start() throws {
        let file = try Self.read(
            """
            server:
              http: off
              threads: 2
              admin: true
              trusted-proxies: [10.0.0.0/8, 192.0.2.1]
              redis: redis://:secret@127.0.0.1:6379
            """)
        #expect(file.given["http"] == FileSetting(text: "off", position: SourcePosition(line: 3, column: 9)))
        #expect(file.given["threads"]?.text == "2")
        #expect(file.given["admin"]?.text == "true")
        #expect(file.given["trusted-proxies"]?.text == "10.0.0.0/8,192.0.2.1")
        #expect(file.given["redis"]?.position.line == 7)
        #expect(file.given["resp"] == nil && file.given["config"] == nil)
    }

    @Test(
        "are told without the password of a URL, whatever is wrong",
        arguments: [
            "redis: redis://user:hunter2@127.0.0.1:70000", "redsi: redis://user:hunter2@127.0.0.1",
            "redis: redis://user:hunter2@127.0.0.1\n  redis: redis://user:hunter2@127.0.0.1",
            "{redis: 'redis://user:hunter2@127.0.0.1', threads: 0}", "redis: [redis://:hunter2@127.0.0.1]",
            "redis: redis-sentinel://127.0.0.1/m?sentinel_password=hunter2&nonsense=1",
            "redis: \"redis://:hunter2@127.0.0.1", "redis: redis://:hunt/er2@hunter2@127.0.0.1",
        ])
    func secret(_ line: String) throws {
        let error = #expect(throws: PolicyFileError.self) { try Self.read("server:\n  \(line)\n") }
        #expect(error?.description.contains("error:") == true)
        #expect(error?.description.contains("er2") == false, "\(error?.description ?? "")")
    }

    @Test("are the defaults where there are none, and policies need not be listed")
    func defaults() throws {
        for text in ["", "server:\n", "server: {}\n"] {
            let settings = try Self.read(text).settings
            #expect(settings.authorize.isEmpty)
            #expect(settings.trustedProxies.contains(.address(try #require(IPAddress("127.0.0.1")))))
            #expect(settings.trustedProxies.contains(.address(try #require(IPAddress("::1")))))
        }
    }

    @Test(
        "are told where they are wrong, with the nearest word",
        arguments: [
            (
                "server: {trusted-proxys: []}",
                "2:10: error: unknown key 'trusted-proxys' in 'server' (did you mean 'trusted-proxies'?)"
            ),
            (
                "server: {trusted-proxies: [10.0.0.0/40]}",
                "2:28: error: '10.0.0.0/40' is neither an address nor a network"
            ),
            ("server: {forwarded-header: x-forwarded}", "(did you mean 'x-forwarded-for'?)"),
            ("server: {ipv6-prefix: 129}", "2:23: error: '129' is not a whole number from 1 to 128"),
            (
                "server: {authorize: {apy: {}}}",
                "2:22: error: there is no policy 'apy' in this file (did you mean 'api'?)"
            ),
            ("server: {authorize: {api: {deny-with: 200}}}", "'deny-with' is from 400 to 599, not '200'"),
            ("server: {authorize: {api: {denywith: 403}}}", "(did you mean 'deny-with'?)"),
            ("server: {authorize: {api: {descriptor: {ip: client-adress}}}}", "(did you mean 'client-address'?)"),
            ("server: {authorize: {api: {descriptor: {ip: header}}}}", "'header NAME'"),
            ("server: {authorize: {api: {descriptor: {ip: header a b}}}}", "'header NAME'"),
            ("server: {authorize: {api: {descriptor: [ip]}}}", "expected a map such as {ip: client-address}"),
            ("server: {threads: 0}", "2:19: error: '0' is not a whole number from 1 to 1024"),
            ("server: {http: localhost}", "2:16: error: 'localhost' is not an address: write HOST:PORT"),
            ("server: {admin: yes}", "(did you mean 'true'?)"),
            ("server: {log-level: warn}", "(did you mean 'warning'?)"),
            ("server: {redis-timeout: 2h}", "'2h' is not a time from 1ms to 1m"),
            ("server: {config: other.yaml}", "unknown key 'config' in 'server'"),
            ("server: {http: [a]}", "expected a value for 'http', found a list"),
            ("server: [1]", "expected a map of keys for 'server', found a list"),
        ])
    func wrong(text: String, message: String) throws {
        let error = #expect(throws: PolicyFileError.self) { try Self.read(text) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test("are none of a limiter's business")
    func limiter() throws {
        let file = try PolicyFile(yaml: Self.policies + "server: {anything: goes}\n")
        #expect(file.policies.map(\.name) == ["api"])
    }
}
