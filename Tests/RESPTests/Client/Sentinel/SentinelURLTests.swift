import RESP
import Testing

@Suite("URLs of Sentinels")
struct SentinelURLTests {
    @Test("name hosts, master and the database of the master")
    func read() throws {
        let configuration = try RedisConfiguration(url: "redis-sentinel://:secret@h1,h2:5/mymaster?db=3")
        #expect(configuration.addresses == [.tcp(host: "h1", port: 26_379), .tcp(host: "h2", port: 5)])
        #expect(configuration.topology == .sentinel(master: "mymaster") && configuration.database == 3)
        #expect(configuration.credentials?.password == "secret" && configuration.tls == nil)
        #expect(configuration.sentinelCredentials == nil)
        #expect(try RedisConfiguration(url: "rediss-sentinel://h/m").tls != nil)
    }

    @Test("are the same as Redis URLs with the option for it")
    func option() throws {
        let configuration = try RedisConfiguration(url: "redis://h1:26379/2?sentinel=mymaster")
        #expect(configuration.topology == .sentinel(master: "mymaster") && configuration.database == 2)
    }

    @Test("say what is missing", arguments: ["redis-sentinel://h", "redis-sentinel://h/", "redis-sentinel:///m"])
    func incomplete(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .invalidConfiguration)
    }
}
