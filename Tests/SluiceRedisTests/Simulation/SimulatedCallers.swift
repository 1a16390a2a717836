import NIOCore
import Sluice
import SluiceTesting

@testable import SluiceRedis

/// Whoever asks one instance: now a little, now a lot, on its event loops and off them.
final class SimulatedCallers {
    private let simulation: Simulation
    private let instance: SimulatedInstance
    private var world: SimulatedWorld { simulation.world }
    private var laws: SimulatedLaws { simulation.laws }

    /// How often all rest, and for how long, in nanoseconds.
    private static let cycle = 500 * Simulation.milliseconds
    private static let rest = 230 * Simulation.milliseconds
    private static let users = ["ann", "bob", "eve"]

    init(_ simulation: Simulation, _ instance: SimulatedInstance) {
        self.simulation = simulation
        self.instance = instance
    }

    func begin() { next() }

    private func next() {
        world.after(pause()) { [self] in
            guard simulation.isPressed, !instance.isKilled, world.violation == nil else { return }
            ask()
            next()
        }
    }

    private func pause() -> Int64 {
        let isBurst = world.once(in: 3)
        let pause = isBurst ? 0 : world.random.number(in: 0...simulation.kind.gap)
        guard simulation.kind.hasRests else { return pause }
        // Long enough for a bucket to fill again, and for what was borrowed to be worth less.
        let position = world.now % Self.cycle
        if position < Self.rest { return Self.rest - position + pause / 8 }
        return position < Self.rest + Self.cycle / 8 ? pause / 8 : pause
    }

    private func ask() {
        switch world.random.number(in: 0...19) {
        case 0...1: acquire()
        case 2: renew()
        case 3: release()
        case 4: decide(.peek)
        case 5 where world.once(in: 4): decide(.refund)
        case 6 where world.once(in: 8): reload()
        default: decide(.decide(isObserved: world.once(in: 8)))
        }
    }

    private func reload() {
        do { try instance.reload() } catch { world.breaks("the same policies are refused: \(error)") }
    }

    private func decide(_ operation: StoreOperation) {
        // Nobody refunds what he may hold a lot of: the bound of lots is not what a refund is about.
        let names = operation == .refund ? ["bucket", "log", "pair"] : SimulatedPolicies.names
        let name = world.random.pick(names)
        let user = world.random.pick(Self.users)
        let values = name == "pair" ? [user, world.random.pick(Self.users) + "'s"] : [user]
        let cost = world.once(in: 8) ? world.random.number(in: 1...4) : 1
        laws.send(
            SimulatedLaws.Question(
                instance: instance, policy: name, values: values, operation: operation, cost: cost))
    }

    private func acquire() {
        let user = world.random.pick(Self.users)
        laws.send(
            SimulatedLaws.Question(
                instance: instance, policy: "slots", values: [user],
                operation: .acquire(lease: world.random.next()), cost: 1))
    }

    private func renew() {
        guard let (lease, value) = laws.leases.last, let limiter = instance.limiter else { return }
        let (laws, world) = (laws, world)
        instance.run {
            let askedAt = world.now
            limiter.renew(lease, on: world.running) { result in
                guard case .success(let isHeld) = result else { return }
                laws.renewed(lease, value, isHeld, askedAt: askedAt)
            }
        }
    }

    private func release() {
        guard let limiter = instance.limiter, let (lease, _) = laws.takeLease() else { return }
        let world = world
        instance.run { limiter.release(lease, on: world.running) { _ in } }
    }
}
