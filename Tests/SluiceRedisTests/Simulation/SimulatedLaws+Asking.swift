import Sluice
import SluiceTesting

@testable import SluiceRedis

/// Questions on their way into an instance.
extension SimulatedLaws {
    /// Has a question asked, on one of its instance's event loops or on another thread.
    func send(_ question: Question) {
        question.instance.run { self.tryToAsk(question) }
    }

    private func tryToAsk(_ question: Question) {
        do { try ask(question) } catch { question.instance.world.breaks("a question is refused: \(error)") }
    }

    private func ask(_ question: Question) throws {
        // It may have ended meanwhile.
        guard let limiter = question.instance.limiter,
            let handle = try question.instance.policy(question.policy)?.handle
        else { return }
        var descriptor: Descriptor = [.user: question.values[0]]
        if question.values.count > 1 { descriptor = [.user: question.values[0], .chat: question.values[1]] }
        let plan =
            question.operation.lease == nil
            ? try handle.plan(descriptor, cost: question.cost) : try handle.leasePlan(descriptor, cost: question.cost)
        let number = asks(question)
        let known = limiter.ask(plan, question.operation, on: question.instance.world.running) { [self] answer in
            answered(number, answer)
        }
        if let known { answered(number, .success(known), isAtOnce: true) }
    }

    /// Looks through every policy for every user on every event loop, and waits for the answers.
    /// - Returns: How many came without Redis.
    func probe(_ instances: [SimulatedInstance]) -> Int {
        let before = degraded
        guard let world = instances.first?.world else { return 0 }
        for instance in instances {
            for (name, user) in (SimulatedPolicies.names + ["slots"]).flatMap({ name in Self.users.map { (name, $0) } })
            {
                let question = Question(
                    instance: instance, policy: name, values: name == "pair" ? [user, user + "'s"] : [user],
                    operation: .peek, cost: 1)
                for loop in instance.loops { loop.enqueue { self.tryToAsk(question) } }
            }
        }
        world.run(until: world.now + 200_000_000)
        return degraded - before
    }

    private static let users = ["ann", "bob", "eve"]

    /// Asks for everything that each limit has, after a rest that makes all of them whole.
    func probeWhole(_ instances: [SimulatedInstance]) {
        guard let world = instances.first?.world else { return }
        // Where it borrows, whoever asks first may take a lot beside what it asks for.
        let whole: [(String, Int64)] = [
            ("bucket", 10), ("log", 8), ("window", 15), ("lent", 14), ("lent-window", 25), ("pair", 10),
        ]
        for user in Self.users {
            for (name, cost) in whole {
                let values = name == "pair" ? [user, user + "'s"] : [user]
                // Nobody remembers a denial that is over.
                let looks = SimulatedPolicies.isLent(name) ? [] : instances
                for instance in looks { ask(world, [instance], name, values, .decide(isObserved: false), 1) }
                let rest = cost - Int64(looks.count)
                ask(world, instances, name, values, .decide(isObserved: false), rest)
            }
            for _ in 0..<SimulatedPolicies.leases {
                ask(world, instances, "slots", [user], .acquire(lease: world.random.next()), 1)
            }
        }
        world.run(until: world.now + 400_000_000)
    }

    private func ask(
        _ world: SimulatedWorld, _ instances: [SimulatedInstance], _ policy: String, _ values: [String],
        _ operation: StoreOperation, _ cost: Int64
    ) {
        var question = Question(
            instance: world.random.pick(instances), policy: policy, values: values, operation: operation, cost: cost)
        question.mustPass = true
        send(question)
    }
}
