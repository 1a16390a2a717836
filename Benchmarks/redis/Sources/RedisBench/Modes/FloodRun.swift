import Sluice
import SluiceRedis

/// A key that is being denied, asked again and again: by the store's limiter, and by one in memory.
///
/// In chunks of which the median counts, in turn. Both are asked by a handle and the same descriptor, made once.
struct FloodRun {
    struct Outcome: Codable {
        var sharedNanoseconds: Double
        var memoryNanoseconds: Double
    }

    private static let calls = 10_000

    private let options: Options
    private let subject: Subject
    private let shared: SharedPolicy
    private let memory: PolicyHandle

    init(_ options: Options) throws {
        var options = options
        options.scene = .dry
        self.options = options
        subject = try Subject(options)
        guard case .shared(let policy, _) = subject.handle else {
            throw Options.Fault(message: "flood needs --redis or --cluster")
        }
        shared = policy
        memory = try Limiter([options.scene.policy]).policy("bench")
    }

    func run() async throws -> Outcome {
        try await subject.warmUp()
        let descriptor: Descriptor = [.user: "flood"]
        _ = try await shared.decide(descriptor)
        _ = try memory.decide(descriptor)
        let second = try await shared.decide(descriptor)
        precondition(!second.isAllowed && !second.isDegraded, "the second is denied")

        var sides = (shared: Samples(), memory: Samples())
        for _ in 0..<max(1, options.decisions / Self.calls) {
            sides.shared.values.append(try await sharedNanoseconds(descriptor))
            sides.memory.values.append(try memoryNanoseconds(descriptor))
        }
        await subject.shutDown()
        return Outcome(sharedNanoseconds: sides.shared.median, memoryNanoseconds: sides.memory.median)
    }

    private func sharedNanoseconds(_ descriptor: Descriptor) async throws -> Double {
        var denied = 0
        let began = Stopwatch.now
        for _ in 0..<Self.calls where try await !shared.decide(descriptor).isAllowed { denied += 1 }
        return Self.each(since: began, denied)
    }

    private func memoryNanoseconds(_ descriptor: Descriptor) throws -> Double {
        var denied = 0
        let began = Stopwatch.now
        for _ in 0..<Self.calls where try !memory.decide(descriptor).isAllowed { denied += 1 }
        return Self.each(since: began, denied)
    }

    private static func each(since began: Int64, _ denied: Int) -> Double {
        let taken = Stopwatch.now - began
        precondition(denied == calls, "all of them are denied")
        return Double(taken) / Double(calls)
    }
}
