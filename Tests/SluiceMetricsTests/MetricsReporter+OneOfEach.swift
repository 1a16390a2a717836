import Logging
import RedisServers
import Sluice
import SluiceBots
import SluiceCache
import SluiceMetrics
import SluiceRedis

extension MetricsReporter {
    /// Adds one of each kind that can be reported, with something to tell.
    func addOneOfEach() async throws {
        let policies = [
            Policy("chat") { Rule("flood", by: .user, .tokenBucket(5, per: .seconds(10))) },
            Policy("busy") { Rule("slots", .concurrency(2)) },
        ]
        let limiter = try Limiter(policies)
        _ = try limiter.decide("chat", [.user: "1"])
        _ = try limiter.acquire("busy", [:])
        add(limiter)
        let port = try await FreePort.find()
        let shared = try SharedLimiter(
            policies, store: RedisStore("redis://127.0.0.1:\(port)"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        _ = try await shared.decide("chat", [.user: "1"])
        add(shared)
        add(MemoryCache<String, Int>(), named: "sizes")
        add(TieredCache<String> { $0 }, named: "pages")
        add(CircuitBreaker("model"))
        add(try Pacer(.twitchJoins()), named: "joins")
        add(MessageBatcher<String, String> { _, _ in }, named: "lines")
        add(UpdateWorker<Int> { _ in }, named: "worker")
        add(TelegramWebhook(secret: try WebhookSecret("secret")) { _ in }, named: "webhook")
    }
}
