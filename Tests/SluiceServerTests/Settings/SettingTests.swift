import Sluice
import SluiceHTTP
import SluicePolicies
import Testing

@testable import SluiceServer

@Suite("The settings")
struct SettingTests {
    @Test("have one name in three spellings, and no two have the same")
    func names() throws {
        #expect(Setting.redisTimeout.key == "redis-timeout")
        #expect(Setting.redisTimeout.option == "--redis-timeout")
        #expect(Setting.redisTimeout.variable == "SLUICE_REDIS_TIMEOUT")
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
        for setting in Setting.all {
            #expect(setting.key.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil)
            #expect(setting.purpose.last == "." && setting.purpose.first?.isUppercase == true)
            #expect(!setting.layers.isEmpty)
        }
    }

    @Test("have defaults that are good", arguments: Setting.all.map(\.key))
    func defaults(_ key: String) throws {
        let setting = try #require(Setting.named(key))
        if let value = setting.standardValue { try setting.kind.check(value) }
    }

    @Test("say of proxies by default what a server that is told nothing does")
    func proxies() {
        let proxies = TrustedProxies { $0.standardValue }
        #expect(proxies.header == TrustedProxies.loopback.header)
        #expect(proxies.ipv6PrefixLength == TrustedProxies.loopback.ipv6PrefixLength)
        for (text, isTrusted) in [("127.0.0.1", true), ("::1", true), ("10.0.0.1", false)] {
            #expect(IPAddress(text).map { proxies.contains(.address($0)) } == isTrusted)
        }
    }

    @Test(
        "are refused when they are wrong",
        arguments: [
            ("threads", "0", "'0' is not a whole number from 1 to 1024"),
            ("capacity", "-1", "'-1' is not a whole number from 1"),
            ("http", "nonsense", "'nonsense' is not an address"),
            ("snapshot", "", "at least one character"),
            ("admin", "on", "'on' is not true or false"),
            ("log-format", "yaml", "'yaml' is none of text, json"),
            ("redis-timeout", "100", "'100' is not a time from 1ms to 1m"),
            ("redis-timeout", "61s", "'61s' is not a time from 1ms to 1m"),
            ("redis-prefix", "a{b}", "it has 1 to 64 printable"),
            ("trusted-proxies", "10.0.0.0/8, 10.0.0.0/99", "'10.0.0.0/99' is neither"),
            ("redis", "http://:never-shown@a", "a Redis URL begins with"),
            ("authorize", "api", "only a file has room for it"),
        ])
    func wrong(_ key: String, _ value: String, _ message: String) throws {
        let setting = try #require(Setting.named(key))
        let fault = #expect(throws: TextFault.self) { try setting.kind.check(value) }
        #expect(fault?.message.contains(message) == true)
        #expect(fault?.message.contains("never-shown") == false)
    }

    @Test(
        "show a URL without its password",
        arguments: [
            ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379"),
            ("rediss://user:hunter2@a:1,b:2/3", "rediss://***@a:1,b:2/3"),
            ("redis://:hunt@er2@a", "redis://***@a"),
            ("redis-sentinel://:hunter2@a/m?sentinel_password=hunter2", "redis-sentinel://***@a/m?***"),
            ("hunter2", "***"),
        ])
    func shown(_ url: String, _ shown: String) {
        #expect(Setting.redis.shown(url) == shown)
        #expect(Setting.redisCluster.shown(url) == shown)
        #expect(Setting.http.shown(url) == url)
    }
}

@Suite("The environment")
struct SettingEnvironmentTests {
    @Test("says what its variables say; an empty one says nothing, and those of others are left alone")
    func values() {
        let environment = SettingEnvironment([
            "SLUICE_HTTP": "off", "SLUICE_ADMIN": "", "PATH": "/bin", "sluice_http": "x", "MY_SLUICE_HTTP": "x",
        ])
        #expect(environment.values == ["SLUICE_HTTP": "off"])
        #expect(environment.faults.isEmpty)
    }

    @Test(
        "has no names that nothing has",
        arguments: [
            ("SLUICE_HTPP", "did you mean 'SLUICE_HTTP'?"), ("SLUICE_THREAD", "did you mean 'SLUICE_THREADS'?"),
            ("SLUICE_REDIS_TIMOUT", "did you mean 'SLUICE_REDIS_TIMEOUT'?"),
            ("SLUICE_AUTHORIZE", "no such setting"), ("SLUICE_PORT", "no such setting"),
            ("SLUICE_", "no such setting"), ("SLUICE_REDIS_PORT", "no such setting"),
        ])
    func unknown(_ name: String, _ message: String) {
        let faults = SettingEnvironment([name: "6379"]).faults
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("\(name): ") == true && faults.first?.contains(message) == true)
    }

    /// What Kubernetes sets in each pod beside services called `sluice` and `sluice-redis`, and Docker for a link.
    static let links = [
        "SLUICE_SERVICE_HOST": "10.0.0.11", "SLUICE_SERVICE_PORT": "8080", "SLUICE_SERVICE_PORT_HTTP": "8080",
        "SLUICE_PORT": "tcp://10.0.0.11:8080", "SLUICE_PORT_8080_TCP": "tcp://10.0.0.11:8080",
        "SLUICE_PORT_8080_TCP_PROTO": "tcp", "SLUICE_PORT_8080_TCP_PORT": "8080",
        "SLUICE_PORT_8080_TCP_ADDR": "10.0.0.11", "SLUICE_PORT_53_UDP": "udp://10.0.0.11:53",
        "SLUICE_REDIS_SERVICE_HOST": "10.0.0.12", "SLUICE_REDIS_SERVICE_PORT": "6379",
        "SLUICE_REDIS_PORT": "tcp://10.0.0.12:6379", "SLUICE_REDIS_PORT_6379_TCP": "tcp://10.0.0.12:6379",
        "SLUICE_REDIS_PORT_6379_TCP_ADDR": "10.0.0.12", "SLUICE_NAME": "/web/sluice", "SLUICE_ENV_PATH": "/bin",
    ]

    @Test("may have what Kubernetes and Docker make for a service of that name")
    func serviceLinks() {
        let environment = SettingEnvironment(Self.links)
        #expect(environment.faults.isEmpty, "\(environment.faults)")
        #expect(environment.values.isEmpty)
    }

    @Test(
        "may not have what only looks like it",
        arguments: [
            ("SLUICE_SERVICE_PORT", "no number"), ("SLUICE_PORT_8080_TCP", "8080"), ("SLUICE_PORT_HTTP", "8080"),
            ("SLUICE_PORT_8080", "tcp://10.0.0.11:8080"), ("SLUICE_NAME", "sluice"),
            ("SLUICE_PORT_8080_TCP_HOST", "10.0.0.11"),
        ])
    func almostLinks(_ name: String, _ value: String) {
        #expect(SettingEnvironment([name: value]).faults.count == 1)
    }
}
