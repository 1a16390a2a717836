import RESP
import Sluice

/// A breaker for each node that a lane speaks to: calls on a node that fails are refused at once, but for a few that
/// find out when it works again.
///
/// Confined to the lane's event loop.
struct NodeGuards {
    /// Permission for one call, whose outcome is told with it.
    struct Pass {
        fileprivate let node: NodeAddress?
        fileprivate let ticket: CircuitBreaker.StateMachine.Ticket?
    }

    /// What a call may do.
    enum Answer {
        case pass(Pass)
        /// Not now; in so many nanoseconds it makes sense to ask again.
        case refuse(nanoseconds: Int64)
    }

    private let configuration: BreakerConfiguration
    private var breakers: [NodeAddress: CircuitBreaker.StateMachine] = [:]
    private var random: SplitMix

    /// - Parameter randomSeed: What the waits of open breakers follow from.
    init(_ configuration: BreakerConfiguration = .store, randomSeed: UInt64) {
        self.configuration = configuration
        random = SplitMix(seed: randomSeed)
    }

    /// May a node be called? One that is not known yet is nobody's fault.
    mutating func ask(_ node: NodeAddress?, at now: Timestamp) -> Answer {
        guard let node else { return .pass(Pass(node: nil, ticket: nil)) }
        switch breakers[node, default: CircuitBreaker.StateMachine(configuration, at: now)].ask(at: now) {
        case .pass(let ticket): return .pass(Pass(node: node, ticket: ticket))
        case .refuse(let until): return .refuse(nanoseconds: max(1, (until - now).wholeNanoseconds))
        }
    }

    mutating func succeeded(_ pass: Pass, at now: Timestamp) {
        guard let node = pass.node, let ticket = pass.ticket else { return }
        breakers[node]?.succeeded(ticket, at: now)
    }

    /// - Parameter error: What went wrong. A request that was never sent for want of room says nothing of the node.
    mutating func failed(_ pass: Pass, _ error: RedisError, at now: Timestamp) {
        guard let node = pass.node, let ticket = pass.ticket else { return }
        if error.code == .queueFull || error.code == .closed {
            breakers[node]?.abandoned(ticket, at: now)
        } else {
            breakers[node]?.failed(ticket, at: now, random: random.next())
        }
    }

    /// What is asked of a node at present.
    func standing(of node: NodeAddress) -> NodeReport.BreakerStanding {
        switch breakers[node]?.state {
        case .closed, nil: .closed
        case .halfOpen: .halfOpen
        case .open: .open
        }
    }

    /// Whether calls on some node are being refused.
    var isAnyOpen: Bool {
        breakers.values.contains { if case .closed = $0.state { false } else { true } }
    }
}
