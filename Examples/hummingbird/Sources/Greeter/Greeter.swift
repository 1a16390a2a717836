import Hummingbird
import Sluice
import SluiceHummingbird

@main
struct Greeter {
    static func main() async throws {
        let limiter = try Limiter {
            Policy("api") {
                Rule("burst", by: .ip, .tokenBucket(5, per: .seconds(10)))
                Rule("daily", by: .ip, .slidingLog(1_000, per: .days(1)))
            }
        }
        let router = Router(context: PeerRequestContext.self)
        router.add(middleware: try RateLimit(limiter, "api", by: .clientAddress))
        router.get("/hello") { _, _ in "hello\n" }

        let port = Environment().get("PORT", as: Int.self) ?? 8080
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
        try await application.runService()
    }
}
