import SluiceTesting
import Testing

@testable import Sluice

@Suite("A list of endpoints")
struct FailoverListTests {
    private struct Down: Error, Equatable {
        var endpoint: String
    }

    private let time = ManualTime()

    private func list(
        _ order: FailoverList<String>.Order = .listed, weights: [Int] = [1, 1, 1], seed: UInt64 = 1
    ) -> FailoverList<String> {
        let random = SeededChance(seed: seed)
        return FailoverList(
            "models", zip(["a", "b", "c"], weights).map { .init($0, $0, weight: $1) }, order,
            configuration: BreakerConfiguration(
                failuresInARow: 1, backOff: BackOff(first: .seconds(5), longest: .seconds(300), jitter: .none)),
            time: .provided(by: time),
            verdict: { $0 is CancellationError ? .ignored : $0 is Down ? .failure : .success },
            random: { random.next() })
    }

    @Test("calls the first that works, and the one before it again when its wait is over")
    func ordered() async throws {
        let list = list()
        var down: Set = ["a", "b"]
        var called: [String] = []
        func call() async throws -> String {
            called = []
            return try await list.run { endpoint in
                called.append(endpoint)
                if down.contains(endpoint) { throw Down(endpoint: endpoint) }
                return endpoint
            }
        }
        #expect(try await call() == "c")
        #expect(called == ["a", "b", "c"])
        #expect(try await call() == "c")
        #expect(called == ["c"])
        time.advance(by: .seconds(5))
        down = ["b"]
        #expect(try await call() == "a")
        #expect(called == ["a"])
        #expect(list.breakers.map(\.state).first == .closed)
        #expect(list.breakers.map(\.name) == ["models/a", "models/b", "models/c"])
    }

    @Test("throws the last error if all fail, and the shortest wait if none may be called")
    func allFail() async throws {
        let list = list()
        await #expect(throws: Down(endpoint: "c")) {
            try await list.run { endpoint in
                time.advance(by: .seconds(1))
                throw Down(endpoint: endpoint)
            }
        }
        await #expect(throws: CircuitOpenError(breaker: "models", retryAfter: .seconds(3))) {
            try await list.run { _ in Issue.record("called") }
        }
    }

    @Test("throws at once what is no failure of an endpoint, and tries no other one")
    func noFailure() async throws {
        struct NotFound: Error {}
        let list = list()
        var calls = 0
        await #expect(throws: NotFound.self) {
            try await list.run { _ in
                calls += 1
                throw NotFound()
            }
        }
        await #expect(throws: CancellationError.self) {
            try await list.run { _ in
                calls += 1
                throw CancellationError()
            }
        }
        #expect(calls == 2)
        #expect(list.breakers.allSatisfy { $0.state == .closed })
    }

    @Test("calls each as often as its weight says, and the others in its place while it is down")
    func weighted() async throws {
        let list = list(.weighted, weights: [6, 3, 1], seed: 7)
        var calls: [String: Int] = [:]
        for _ in 0..<10_000 { calls[try await list.run { $0 }, default: 0] += 1 }
        #expect(abs(calls["a", default: 0] - 6_000) < 250)
        #expect(abs(calls["b", default: 0] - 3_000) < 250)
        #expect(abs(calls["c", default: 0] - 1_000) < 250)
        list.breakers[0].open(for: .hours(1))
        calls = [:]
        for _ in 0..<10_000 { calls[try await list.run { $0 }, default: 0] += 1 }
        #expect(calls["a"] == nil)
        #expect(abs(calls["b", default: 0] - 7_500) < 250)
    }
}
