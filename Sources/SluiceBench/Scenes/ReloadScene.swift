import Foundation
import Sluice
import SluicePolicies
import Synchronization

/// Threads that look policies up and decide by them, with and without another one that replaces all of them in a loop.
struct ReloadScene {
    /// What a run of threads did in a second.
    struct Rates {
        /// Of all threads together.
        var decisions: Double
        var reloads: Double
    }

    static let policies = 100

    private let limiter: Limiter
    private let versions: [[Policy]]
    private let names: [String]

    init() throws {
        let file = try PolicyFileScene(policies: Self.policies)
        defer { file.remove() }
        versions = try [.second, .first].map { try PolicyFile(yaml: file.text($0)).policies }
        limiter = try Limiter(versions[1])
        names = versions[1].map(\.name)
    }

    /// Has threads decide, so often each. Every decision has to succeed.
    func run(threads: Int, decisions: Int, reloading: Bool) async throws -> Rates {
        let end = End()
        async let reloads = reloading ? Self.onThread { try reload(until: end) } : 0
        let start = ContinuousClock.now
        do {
            try await withThrowingTaskGroup { group in
                for thread in 0..<threads {
                    group.addTask { try await Self.onThread { try decide(decisions, as: "user_\(thread)") } }
                }
                try await group.waitForAll()
            }
        } catch {
            end.isReached.store(true, ordering: .relaxed)
            throw error
        }
        let spent = (ContinuousClock.now - start) / .seconds(1)
        end.isReached.store(true, ordering: .relaxed)
        return Rates(decisions: Double(threads * decisions) / spent, reloads: Double(try await reloads) / spent)
    }

    private func decide(_ count: Int, as user: String) throws {
        let descriptor = Descriptor.user(user)
        for number in 0..<count {
            let decision = try limiter.policy(names[number % names.count]).decide(descriptor)
            guard decision.rule != nil else { throw BenchError("no rule decided during a reload; please report this") }
        }
    }

    /// At least once.
    private func reload(until end: End) throws -> Int {
        var count = 0
        repeat {
            try limiter.replacePolicies(with: versions[count % 2])
            count += 1
        } while !end.isReached.load(ordering: .relaxed)
        return count
    }

    /// Tells the one who reloads that nobody decides any more.
    private final class End: Sendable {
        let isReached = Atomic(false)
    }

    /// Threads of their own: tasks share as many as there are cores, and none of these waits for anything.
    private static func onThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { waiter in
            Thread.detachNewThread { waiter.resume(with: Result { try body() }) }
        }
    }
}
