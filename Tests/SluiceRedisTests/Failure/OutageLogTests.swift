import NIOCore
import RESP
import RedisServers
import Sluice
import Testing

@testable import SluiceRedis

@Suite("The log of an outage")
struct OutageLogTests {
    private let error = RedisError(.timedOut, "no answer")

    @Test func `Says that Redis does not decide at once, then less and less often, then that it decides again`() {
        let kept = KeptLog()
        let log = FaultLog(kept.logger)
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        // A thousand faults a minute for an hour.
        for fault in 0..<60_000 { log.failed(error, at: start + .milliseconds(Int64(60 * fault))) }
        let told = kept.lines
        // At 0 s, 5 s, 15 s, 35 s, 75 s, 155 s, 315 s, and every five minutes from then on.
        #expect(told.count == 17)
        #expect(told.allSatisfy { $0.contains("Redis does not decide") })
        let end = start + .milliseconds(60 * 59_999)
        log.recovered(at: end + .milliseconds(500))
        #expect(kept.lines.count == 17)
        log.recovered(at: end + .seconds(1))
        #expect(kept.lines.count == 18 && kept.lines.last?.contains("decides again") == true)
        log.recovered(at: end + .seconds(2))
        #expect(kept.lines.count == 18)
    }

    @Test func `A node that is away for a while is told of once, and once when it is back`() async throws {
        try await RedisServer.during { server in
            let kept = KeptLog()
            let store = try RedisStore(server.url)
            let limiter = try SharedLimiter(
                [Policy("p") { Rule("r", by: .user, .tokenBucket(1_000_000, per: .seconds(1))) }], store: store,
                logger: kept.logger)
            #expect(try await !limiter.decide("p", [.user: "1"]).isDegraded)
            await server.kill()
            let clock = ContinuousClock()
            let until = clock.now + .seconds(2)
            while clock.now < until {
                #expect(try await limiter.decide("p", [.user: "1"]).isDegraded)
                try await Task.sleep(for: .milliseconds(5))
            }
            try await server.restart()
            try await eventually("Redis decides again") {
                _ = try await limiter.decide("p", [.user: "1"])
                return kept.lines.contains { $0.contains("Redis decides again") }
            }
            #expect(kept.lines.count { $0.hasPrefix("warning not connected") } == 1)
            #expect(kept.lines.count { $0.hasPrefix("notice connected again") } == 1)
            #expect(kept.lines.count { $0.hasPrefix("warning Redis does not decide") } <= 2)
            await limiter.shutDown()
        }
    }
}
