import GRPCCore
import GRPCInProcessTransport
import SwiftProtobuf
import Testing

@testable import SluiceGRPC

@Suite("The health service")
struct HealthServiceTests {
    typealias Health = Grpc_Health_V1_Health

    private func withClient<Result: Sendable>(
        _ state: ServingState, _ body: @Sendable (Health.Client<InProcessTransport.Client>) async throws -> Result
    ) async throws -> Result {
        let transport = InProcessTransport()
        return try await withGRPCServer(
            transport: transport.server, services: [HealthService(state, services: ["a.Service"])]
        ) { _ in
            try await withGRPCClient(transport: transport.client) { try await body(Health.Client(wrapping: $0)) }
        }
    }

    @Test("tells of the server and its services, and of no others")
    func check() async throws {
        let state = ServingState()
        try await withClient(state) { client async throws in
            #expect(try await client.check(.init()).status == .serving)
            #expect(try await client.check(.with { $0.service = "a.Service" }).status == .serving)
            let error = await #expect(throws: RPCError.self) { () async throws in
                try await client.check(.with { $0.service = "b.Service" })
            }
            #expect(error?.code == .notFound)
            state.stop()
            #expect(try await client.check(.init()).status == .notServing)
        }
    }

    @Test("tells those who watch when the server stops")
    func watch() async throws {
        let state = ServingState()
        let seen = try await withClient(state) { client in
            try await client.watch(.init()) { response in
                var seen: [Grpc_Health_V1_HealthCheckResponse.ServingStatus] = []
                for try await message in response.messages {
                    seen.append(message.status)
                    state.stop()
                }
                return seen
            }
        }
        #expect(seen == [.serving, .notServing])
    }
}
