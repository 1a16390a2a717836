import Testing

@testable import SluiceServer

/// A way that a decision takes through the server: on the event loop or through the router, in memory or on Redis.
struct ServerWay: Sendable, CustomTestStringConvertible {
    var engine: EngineUnderTest
    var isOnEventLoop: Bool

    static let all = EngineUnderTest.allCases.flatMap { engine in
        [true, false].map { ServerWay(engine: engine, isOnEventLoop: $0) }
    }

    var testDescription: String {
        "\(engine.testDescription), \(isOnEventLoop ? "on the event loop" : "by the router")"
    }

    func run(_ body: (ServerUnderTest) async throws -> Void) async throws {
        try await ServerUnderTest.run(on: engine, limits: { $0.answersDecisionsOnEventLoop = isOnEventLoop }, body)
    }
}
