internal import Synchronization

/// Sends as fast as limits let it, and no faster: a limiter turned outward.
///
/// ```swift
/// let pacer = try Pacer(.telegram())
/// try await pacer.send(to: .telegram(chat: -1001)) { try await bot.sendMessage(…) }
/// ```
/// A send waits until all limits that apply to it let it pass, then its closure runs, in the task that sent it. The
/// sends to one destination begin one after the other, in their order among equal priorities; one that has to wait
/// never keeps other destinations waiting. Destinations that wait for the same limit take turns.
///
/// The limiter can be one in this process's memory or one that instances share on Redis; each instance has a queue of
/// its own, and they take turns as the limits let them.
public final class Pacer<Limits: LimiterProtocol>: Sendable {
    /// What decides.
    public let limiter: Limits
    /// The policy that it decides by.
    public let policyName: String
    /// What it holds at most.
    public let settings: PacerSettings
    let state: Mutex<State>

    struct State {
        var queue: PacingQueue
        var handle: Limits.Handle
        /// Who waits for the word, and words that came before somebody waited.
        var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var words: [UInt64: Result<Void, any Error>] = [:]
        /// Whether somebody asks the limiter: one at a time.
        var isAsking = false
        /// Wakes the queue when nobody comes.
        var alarm: (moment: Int64, task: Task<Void, Never>)?
        var isShutDown = false
        var drainers: [CheckedContinuation<Void, Never>] = []
        var punctuality = Punctuality()
    }

    /// A pacer by a policy of a limiter.
    /// - Throws: ``SluiceError/Code/unknownPolicy`` with the nearest name.
    public init(
        _ limiter: Limits, _ policy: String, settings: PacerSettings = PacerSettings()
    ) throws(SluiceError) {
        self.limiter = limiter
        self.settings = settings
        policyName = policy
        let handle = try limiter.policy(policy)
        var queue = PacingQueue(settings)
        queue.rules = handle.policy.gateRules
        state = Mutex(State(queue: queue, handle: handle))
    }

    /// How many sends wait.
    public var waiting: Int { state.withLock { $0.queue.waiting } }

    /// Whether it takes no more sends.
    public var isShutDown: Bool { state.withLock { $0.isShutDown } }

    /// How many wait, whether the limiter is being asked, and whether an alarm is set, for tests that move the time.
    package var standing: (waiting: Int, isAsking: Bool, isTimed: Bool) {
        state.withLock { ($0.queue.waiting, $0.isAsking, $0.alarm != nil) }
    }

    var now: Int64 { limiter.time.now().nanoseconds }
}

extension Pacer {
    /// A pacer by a preset's policy, which the limiter has.
    /// - Throws: ``SluiceError/Code/unknownPolicy`` with the nearest name.
    public convenience init(_ limiter: Limits, _ preset: PacingPreset) throws(SluiceError) {
        try self.init(limiter, preset.policy.name, settings: preset.settings)
    }
}

extension Pacer where Limits == Limiter {
    /// A pacer by a preset in this process's memory, such as ``PacingPreset/telegram(_:perSecond:)``.
    /// - Throws: ``SluiceError`` with what is wrong in which rule.
    public convenience init(_ preset: PacingPreset, time: TimeSource = .system) throws(SluiceError) {
        try self.init(Limiter([preset.policy], time: time), preset)
    }

    /// A pacer by a policy in this process's memory.
    /// - Throws: ``SluiceError`` with what is wrong in which rule.
    public convenience init(
        _ policy: Policy, settings: PacerSettings = PacerSettings(), time: TimeSource = .system
    ) throws(SluiceError) {
        try self.init(Limiter([policy], time: time), policy.name, settings: settings)
    }
}

extension Policy {
    /// What a pacer's queue has to know of the rules.
    var gateRules: [(name: RuleName, keys: [DescriptorKey])] { rules.map { (RuleName($0.name), $0.keys) } }
}
