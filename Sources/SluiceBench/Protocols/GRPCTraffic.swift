#if GRPC
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import SluiceGRPC

/// Calls of Envoy's rate limit service on one connection, so many at once, as Envoy makes them.
struct GRPCTraffic: Sendable {
    private typealias Client = Envoy_Service_Ratelimit_V3_RateLimitService.Client<HTTP2ClientTransport.Posix>

    let port: Int
    /// How many calls are in flight.
    let calls: Int
    /// The policy.
    let domain: String
    /// The descriptor's one key, whose value changes with each call.
    let key: String

    /// Asks for a while, from one thread of the network.
    /// - Returns: What came of it, once everything is answered.
    /// - Throws: What keeps the service from deciding.
    func run(for duration: Duration) async throws -> TrafficCount {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let transport = try HTTP2ClientTransport.Posix(
                target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext, eventLoopGroup: group)
            let count = try await withGRPCClient(transport: transport) { client in
                try await ask(Client(wrapping: client), for: duration)
            }
            try await group.shutdownGracefully()
            return count
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    private func ask(_ client: Client, for duration: Duration) async throws -> TrafficCount {
        // The connection is there once it has answered.
        try await decide(client, request(0))
        let clock = ContinuousClock()
        let start = clock.now
        return try await withThrowingTaskGroup(of: Latencies.self) { group in
            for caller in 0..<calls {
                group.addTask { try await callUntil(start + duration, client, caller: caller) }
            }
            var count = TrafficCount()
            for try await part in group { count.latencies.add(part) }
            count.seconds = (clock.now - start) / .seconds(1)
            count.answers = Int(count.latencies.count)
            return count
        }
    }

    @concurrent
    private func callUntil(
        _ end: ContinuousClock.Instant, _ client: Client, caller: Int
    ) async throws -> Latencies {
        // Each caller asks about 64 users in turn.
        let requests = (0..<64).map { request(caller * 64 + $0) }
        var latencies = Latencies()
        var turn = 0
        var now = ContinuousClock.now
        while now < end {
            try await decide(client, requests[turn])
            turn = (turn + 1) % requests.count
            let answered = ContinuousClock.now
            latencies.record(nanoseconds: (answered - now).wholeNanoseconds)
            now = answered
        }
        return latencies
    }

    private func decide(_ client: Client, _ request: Envoy_Service_Ratelimit_V3_RateLimitRequest) async throws {
        let answer = try await client.shouldRateLimit(request)
        guard answer.overallCode == .ok || answer.overallCode == .overLimit else {
            throw BenchError("Envoy's service did not decide: it answered \(answer.overallCode)")
        }
    }

    private func request(_ user: Int) -> Envoy_Service_Ratelimit_V3_RateLimitRequest {
        var entry = Envoy_Extensions_Common_Ratelimit_V3_RateLimitDescriptor.Entry()
        entry.key = key
        entry.value = "\(user)"
        var descriptor = Envoy_Extensions_Common_Ratelimit_V3_RateLimitDescriptor()
        descriptor.entries = [entry]
        var request = Envoy_Service_Ratelimit_V3_RateLimitRequest()
        request.domain = domain
        request.descriptors = [descriptor]
        return request
    }
}
#endif
