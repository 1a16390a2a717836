import Sluice
import SluicePolicies
import SluiceTesting
import SwiftProtobuf
import Testing

@testable import SluiceGRPC

/// Envoy's service on the files of envoyproxy/ratelimit.
@Suite("Domains of an Envoy configuration")
struct EnvoyDomainTests {
    private let time = ManualTime(at: Timestamp(milliseconds: 1_700_000_001_000))

    private static let yaml = """
        domain: shop
        descriptors:
          - key: path
            value: /search
            rate_limit: {unit: minute, requests_per_unit: 2, name: searches}
          - key: user
            rate_limit: {unit: hour, requests_per_unit: 3}
            descriptors:
              - key: plan
                value: gold
                rate_limit: {unit: second, requests_per_unit: 4, replaces: [{name: searches}]}
              - key: plan
                value: free
                rate_limit: {unlimited: true}
          - key: trial
            rate_limit: {unit: minute, requests_per_unit: 1}
            shadow_mode: true
          - key: closed
            rate_limit: {unit: day, requests_per_unit: 0}
          - key: quota
            value: small
            rate_limit: {unit: day, requests_per_unit: 1}
            quota_mode: true
          - key: quota
            value: large
            rate_limit: {unit: day, requests_per_unit: 2}
            quota_mode: true
          - key: host
            value: "api-*"
            rate_limit: {unit: minute, requests_per_unit: 1}
            share_threshold: true
        """

    private func service() throws -> RateLimitService {
        let configuration = try EnvoyConfiguration([(name: "shop.yaml", text: Self.yaml)])
        let limiter = try Limiter(
            configuration.policies + [Policy("web") { Rule("each", by: .ip, .fixedWindow(1, per: .seconds(60))) }],
            time: .provided(by: time))
        return RateLimitService(limiter, DomainDirectory(limiter, configuration))
    }

    @Test("are limited as their files say, and others by policies")
    func matching() async throws {
        let service = try service()
        let search = RateLimitRequest("shop", [("path", "/search")])
        #expect(try await service.codes(3, search) == [.ok, .ok, .overLimit])
        let status = try await service.answer(search).statuses[0]
        #expect(status.currentLimit.name == "searches")
        #expect(status.currentLimit.requestsPerUnit == 2 && status.currentLimit.unit == .minute)
        // The minute ends 39 seconds later.
        #expect(status.durationUntilReset.seconds == 39)
        #expect(try await service.codes(4, RateLimitRequest("shop", [("user", "u")])).last == .overLimit)
        #expect(try await service.codes(1, RateLimitRequest("shop", [("user", "v")])) == [.ok])
        #expect(try await !service.answer(RateLimitRequest("shop", [("path", "/")])).statuses[0].hasCurrentLimit)
        #expect(try await service.codes(2, RateLimitRequest("web", [("ip", "1")])) == [.ok, .overLimit])
    }

    @Test("switch off what a limit replaces")
    func replaces() async throws {
        let service = try service()
        let search = RateLimitRequest("shop", [("path", "/search")])
        #expect(try await service.codes(3, search) == [.ok, .ok, .overLimit])
        let gold = RateLimitRequest("shop", [("path", "/search")], [("user", "u"), ("plan", "gold")])
        let answer = try await service.answer(gold)
        #expect(answer.overallCode == .ok)
        #expect(!answer.statuses[0].hasCurrentLimit)
        #expect(answer.statuses[1].currentLimit.requestsPerUnit == 4)
    }

    @Test("know what is unlimited, on trial and closed")
    func kinds() async throws {
        let service = try service()
        let free = try await service.answer(RateLimitRequest("shop", [("user", "u"), ("plan", "free")]))
        #expect(free.overallCode == .ok && free.statuses[0].limitRemaining == .max)
        #expect(try await service.codes(3, RateLimitRequest("shop", [("trial", "t")])) == [.ok, .ok, .ok])
        let trial = try await service.answer(RateLimitRequest("shop", [("trial", "t")])).statuses[0]
        #expect(trial.currentLimit.requestsPerUnit == 1 && trial.limitRemaining == 0)
        let closed = try await service.answer(RateLimitRequest("shop", [("closed", "c")]))
        #expect(closed.overallCode == .overLimit)
        #expect(closed.statuses[0].hasCurrentLimit && closed.statuses[0].currentLimit.requestsPerUnit == 0)
        #expect(closed.statuses[0].limitRemaining == 0)
    }

    @Test("deny by quotas only when all quotas are used up")
    func quotas() async throws {
        let service = try service()
        let request = RateLimitRequest("shop", [("quota", "small")], [("quota", "large")])
        #expect(try await service.codes(3, request) == [.ok, .ok, .overLimit])
    }

    @Test("count values of a shared threshold together")
    func shared() async throws {
        let service = try service()
        #expect(try await service.codes(1, RateLimitRequest("shop", [("host", "api-1")])) == [.ok])
        #expect(try await service.codes(1, RateLimitRequest("shop", [("host", "api-2")])) == [.overLimit])
    }
}
