import NIOCore
import RESP
import Sluice
import SluiceTesting
import Synchronization

@testable import SluiceRedis

/// The script as the conformance suite sees it: one call for each step, at the moment that the suite names.
struct ScriptDecider: Decider {
    private static let count = Atomic<Int>(0)

    private let limiter: Limiter
    private let layout: KeyLayout
    private let connection: ScriptConnection
    private let script = DecisionScript()

    /// A decider whose cells nobody else has.
    init(_ policies: [Policy], on connection: ScriptConnection) throws {
        limiter = try Limiter(policies)
        layout = KeyLayout(prefix: "script-\(Self.count.add(1, ordering: .relaxed).newValue)")
        self.connection = connection
    }

    var resolution: Duration { .microseconds(1) }
    var start: Timestamp { Timestamp(nanoseconds: 1_700_000_001_234_567_000) }

    func decide(
        _ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp
    ) async throws -> Decision {
        try ask(limiter.policy(policy).plan(descriptor, cost: cost), .decide(isObserved: false), at: moment)
    }

    func peek(_ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp) async throws -> Decision {
        try ask(limiter.policy(policy).plan(descriptor, cost: cost), .peek, at: moment)
    }

    func refund(
        _ policy: String, _ descriptor: Descriptor, cost: Int64, at moment: Timestamp
    ) async throws -> Decision {
        let plan = try limiter.policy(policy).plan(descriptor, cost: cost)
        if plan.settled == nil { _ = try verdicts(plan, .refund, at: moment) }
        return try await peek(policy, descriptor, cost: 1, at: moment)
    }

    func settle(
        _ policy: String, _ descriptor: Descriptor, estimate: Int64, actual: Int64, at moment: Timestamp
    ) async throws -> Decision {
        let plan = try limiter.policy(policy).settlementPlan(descriptor, estimate: estimate, actual: actual)
        if plan.settled == nil { _ = try verdicts(plan, actual > estimate ? .settle : .refund, at: moment) }
        return try await peek(policy, descriptor, cost: 1, at: moment)
    }

    func hold(
        _ policy: String, rule: String, _ descriptor: Descriptor, for duration: Duration, at moment: Timestamp
    ) async throws {
        let plan = try limiter.policy(policy).holdPlan(rule, descriptor)
        guard duration > .zero else { return }
        _ = try verdicts(plan, .hold(microseconds: duration.wholeNanoseconds / 1_000), at: moment)
    }

    func lift(_ policy: String, rule: String, _ descriptor: Descriptor, at moment: Timestamp) async throws {
        _ = try verdicts(limiter.policy(policy).holdPlan(rule, descriptor), .lift, at: moment)
    }

    func reset(_ policy: String, _ descriptor: Descriptor, at moment: Timestamp) async throws {
        let plan = try limiter.policy(policy).plan(descriptor, .reset, cost: 1)
        if plan.settled == nil { _ = try verdicts(plan, .reset, at: moment) }
    }

    func acquire(
        _ policy: String, _ descriptor: Descriptor, at moment: Timestamp
    ) async throws -> (decision: Decision, lease: Lease?) {
        let plan = try limiter.policy(policy).plan(descriptor, cost: 1)
        if let settled = plan.settled { return (settled, nil) }
        let id = UInt64.random(in: 1 ... .max)
        let verdicts = try verdicts(plan, .acquire(lease: id), at: moment)
        let decision = plan.decision(verdicts)
        return (decision, decision.isAllowed ? plan.lease(id: id, verdicts) : nil)
    }

    func renew(_ lease: Lease, at moment: Timestamp) async throws -> Bool {
        try held(lease, .renew(lease: lease.id), at: moment).allSatisfy(\.self)
    }

    func release(_ lease: Lease, at moment: Timestamp) async throws -> Bool {
        try held(lease, .release(lease: lease.id), at: moment).contains(true)
    }

    func replacePolicies(with policies: [Policy]) async throws {
        try limiter.replacePolicies(with: policies)
    }

    private func ask(_ plan: ChargePlan, _ operation: StoreOperation, at moment: Timestamp) throws -> Decision {
        if let settled = plan.settled { return settled }
        return plan.decision(try verdicts(plan, operation, at: moment))
    }

    private func verdicts(
        _ plan: ChargePlan, _ operation: StoreOperation, at moment: Timestamp
    ) throws -> [ChargeVerdict] {
        var batch = batch(at: moment)
        batch.append(plan.charges, operation)
        var reader = try ReplyReader(connection.call(batch), of: script)
        return try judged(reader.next(plan.charges), reader)
    }

    private func held(_ lease: Lease, _ operation: StoreOperation, at moment: Timestamp) throws -> [Bool] {
        var batch = batch(at: moment)
        batch.append(leaseIn: lease.keys, operation)
        var reader = try ReplyReader(connection.call(batch), of: script)
        return try judged(reader.next(leaseIn: lease.keys.count), reader).map { $0.denial == nil }
    }

    private func batch(at moment: Timestamp) -> DecisionBatch {
        DecisionBatch(script, layout: layout, redisTime: moment, moment: moment.nanoseconds / 1_000)
    }

    private func judged(_ answer: ReplyReader.Answer, _ reader: ReplyReader) throws -> [ChargeVerdict] {
        guard case .judged(let verdicts) = answer, reader.isAtEnd else {
            throw ScriptConnection.Failure(message: "not judged: \(answer)")
        }
        return verdicts
    }
}

extension ScriptConnection {
    /// Sends a batch, with the script if the server does not know it.
    func call(_ batch: DecisionBatch) throws -> ByteBuffer {
        do {
            return try call(batch.request())
        } catch let failure as Failure where failure.message.hasPrefix("-ERR Function not found") {
            _ = try call(DecisionScript().loadRequest)
            return try call(batch.request())
        }
    }
}
