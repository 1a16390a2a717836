import Sluice
import SluicePolicies
import SluiceTesting

/// What an import decides, on a clock that is moved by hand.
struct ImportedLimiter {
    let text: String
    let policies: [Policy]
    let limiter: Limiter
    let time = ManualTime()

    init(_ source: String, as form: PolicyImport.Form? = nil) throws {
        text = try PolicyImport(source, name: "source", as: form).text
        // Without its `server:`, which is none of a limiter's business.
        policies = try PolicyFile(yaml: text).policies
        limiter = try Limiter(policies, store: MemoryStore(capacity: 4_096), time: .provided(by: time))
    }

    /// How many of so many equal requests pass at this moment.
    func passes(_ policy: String, _ descriptor: Descriptor, of count: Int) throws -> Int {
        try (0..<count).count { _ in try limiter.decide(policy, descriptor).isAllowed }
    }

    /// The limits that count a request, by their numbers, without those that let everything pass.
    func applying(_ policy: String, _ descriptor: Descriptor) throws -> Set<Int64> {
        let outcomes = try limiter.explain(policy, descriptor, charging: false).rules
        return Set(outcomes.map(\.decision.limit)).subtracting([Decision.unlimited])
    }
}
