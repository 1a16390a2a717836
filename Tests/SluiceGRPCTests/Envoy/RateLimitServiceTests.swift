import GRPCCore
import Sluice
import SluicePolicies
import SluiceTesting
import SwiftProtobuf
import Testing

@testable import SluiceGRPC

/// Envoy's service on policies that are called like its domains.
@Suite("Envoy's rate limit service")
struct RateLimitServiceTests {
    private let time = ManualTime(at: Timestamp(milliseconds: 1_700_000_001_000))

    private func service(_ policies: Policy...) throws -> RateLimitService {
        let limiter = try Limiter(policies, time: .provided(by: time))
        return RateLimitService(limiter, DomainDirectory(limiter))
    }

    private var web: Policy {
        Policy("web") { Rule("each", by: .ip, .fixedWindow(2, per: .seconds(60))) }
    }

    @Test("decides by the policy that is called like the domain")
    func policy() async throws {
        let service = try service(web)
        let first = try await service.answer(RateLimitRequest("web", [("ip", "10.0.0.1")]))
        #expect(first.overallCode == .ok)
        let status = try #require(first.statuses.first)
        #expect(status.code == .ok && status.limitRemaining == 1)
        #expect(status.currentLimit.name == "each")
        #expect(status.currentLimit.requestsPerUnit == 2 && status.currentLimit.unit == .minute)
        // The minute began 21 seconds earlier.
        #expect(status.durationUntilReset.seconds == 39)
        let codes = try await service.codes(2, RateLimitRequest("web", [("ip", "10.0.0.1")]))
        #expect(codes == [.ok, .overLimit])
        #expect(try await service.codes(1, RateLimitRequest("web", [("ip", "10.0.0.2")])) == [.ok])
    }

    @Test("lets pass what no limit is for")
    func unknown() async throws {
        let service = try service(web)
        for request in [RateLimitRequest("api", [("ip", "1")]), RateLimitRequest("web", [("user", "1")])] {
            let answer = try await service.answer(request)
            #expect(answer.overallCode == .ok)
            #expect(answer.statuses.count == 1)
            #expect(answer.statuses.allSatisfy { $0.code == .ok && !$0.hasCurrentLimit })
        }
    }

    @Test("charges all descriptors or none")
    func allOrNothing() async throws {
        let service = try service(web)
        let both = RateLimitRequest("web", [("ip", "a")], [("ip", "b")])
        #expect(try await service.codes(2, RateLimitRequest("web", [("ip", "b")])) == [.ok, .ok])
        let answer = try await service.answer(both)
        #expect(answer.overallCode == .overLimit)
        #expect(answer.statuses.map(\.code) == [.ok, .overLimit])
        #expect(answer.statuses.map(\.limitRemaining) == [2, 0])
        #expect(try await service.codes(3, RateLimitRequest("web", [("ip", "a")])) == [.ok, .ok, .overLimit])
    }

    @Test("charges what a request or a descriptor costs")
    func hits() async throws {
        let service = try service(web)
        var look = RateLimitRequest("web", [("ip", "a")], hits: 2)
        look.descriptors[0].hitsAddend = 0
        #expect(try await service.answer(look).statuses[0].limitRemaining == 2)
        #expect(try await service.codes(2, RateLimitRequest("web", [("ip", "a")], hits: 2)) == [.ok, .overLimit])
        var own = RateLimitRequest("web", [("ip", "b")])
        own.descriptors[0].hitsAddend = 3
        #expect(try await service.codes(1, own) == [.overLimit])
    }

    @Test("takes a limit that comes with the descriptor")
    func overrides() async throws {
        let service = try service(web)
        var request = RateLimitRequest("web", [("ip", "a"), ("plan", "x")])
        request.descriptors[0] = request.descriptors[0].limited(to: 3, per: .hour)
        let first = try await service.answer(request)
        #expect(first.statuses[0].currentLimit.requestsPerUnit == 3)
        #expect(first.statuses[0].currentLimit.unit == .hour)
        #expect(try await service.codes(3, request) == [.ok, .ok, .overLimit])
        // Other numbers keep what was used.
        request.descriptors[0] = request.descriptors[0].limited(to: 4, per: .hour)
        #expect(try await service.codes(2, request) == [.ok, .overLimit])
        request.descriptors[0] = request.descriptors[0].limited(to: 0, per: .minute)
        #expect(try await service.codes(1, request) == [.overLimit])
        // A domain that nobody knows has no limits, as in the original.
        request.domain = "other"
        #expect(try await service.codes(1, request) == [.ok])
    }

    @Test("refuses what cannot be decided", arguments: 0..<4)
    func refused(_ number: Int) async throws {
        let requests = [
            RateLimitRequest("", [("ip", "a")]), RateLimitRequest("web"),
            RateLimitRequest("web", (0..<17).map { ("k\($0)", "v") }),
            RateLimitRequest("web", [("ip", String(repeating: "x", count: 1_025))]),
        ]
        let service = try service(web)
        let error = await #expect(throws: RPCError.self) { try await service.answer(requests[number]) }
        #expect(error?.code == .invalidArgument)
    }

    @Test("keeps what was used when policies change while it is asked")
    func reload() async throws {
        let limiter = try Limiter([web], time: .provided(by: time))
        let service = RateLimitService(limiter, DomainDirectory(limiter))
        var request = RateLimitRequest("web", [("ip", "a")])
        #expect(try await service.codes(2, request) == [.ok, .ok])
        try limiter.replacePolicies(with: [
            Policy("web") { Rule("each", by: .ip, .fixedWindow(3, per: .seconds(60))) }
        ])
        #expect(try await service.codes(2, request) == [.ok, .overLimit])
        request.descriptors[0] = request.descriptors[0].limited(to: 1, per: .hour)
        #expect(try await service.codes(2, request) == [.ok, .overLimit])
        try limiter.replacePolicies(with: [web])
        #expect(try await service.codes(1, request) == [.overLimit])
    }
}
