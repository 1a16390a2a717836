package import Sluice

/// What a bot that polls asks for next, and what it confirms by that; no clock, no chance, no I/O.
///
/// To ask from an offset confirms all before it, for ever. So the offset is the lowest update that is not handled yet;
/// but nobody is held up for long by it: while some are unconfirmed, the Bot API answers at once with them, and new
/// ones come behind.
package struct PollingStateMachine: Sendable {
    /// What to do now.
    package enum Action: Hashable, Sendable {
        /// Ask for updates from this offset, and be kept waiting for so long.
        case ask(offset: Int64?, timeout: Duration)
        /// Nothing before that moment; or, if `orIdle`, before nothing is in hand.
        case wait(until: Timestamp, orIdle: Bool)
        /// Asked to stop: wait until nothing is in hand.
        case finish
        /// Asked to stop, and nothing is in hand: confirm all before the offset, if there is one, and end.
        case end(confirming: Int64?)
    }

    /// What is known of an update that is not confirmed.
    private enum Mark: Hashable {
        /// It is handled now. Becomes done when it is, or when nobody has patience any more.
        case inHand(since: Timestamp)
        /// There was no room for it. It comes again, and is new then.
        case refused
        /// It may be confirmed as soon as all before it may.
        case done
    }

    private let settings: PollingSettings
    /// At most as many as the Bot API sends at once, and those that came behind them.
    private var marks: [Int64: Mark] = [:]
    /// The highest that was received; `nil` when all is confirmed. Then nothing is said of numbers: after a week
    /// without updates they begin anew, lower perhaps.
    private var highest: Int64?
    private var notBefore: Timestamp?
    /// When to look for new ones beside those in hand.
    private var recheckAt: Timestamp?
    private var failures = 0
    private var isStopping = false

    package init(_ settings: PollingSettings) { self.settings = settings }

    /// Whether an update is in hand that holds back what is confirmed.
    package var hasInHand: Bool {
        marks.values.contains { if case .inHand = $0 { true } else { false } }
    }

    /// How many updates are kept in mind.
    package var markCount: Int { marks.count }

    /// What to do now.
    package mutating func next(at now: Timestamp) -> Action {
        let patience = settings.patience
        giveUp { _, since in now - since >= patience }
        if isStopping { return hasInHand ? .finish : .end(confirming: floor) }
        if let notBefore, now < notBefore { return .wait(until: notBefore, orIdle: false) }
        guard marks.values.contains(where: { $0 != .done }) else {
            return .ask(offset: floor, timeout: settings.longPoll)
        }
        if let recheckAt, now < recheckAt { return .wait(until: recheckAt, orIdle: hasInHand) }
        return .ask(offset: floor, timeout: .zero)
    }

    /// The Bot API answered with these updates.
    /// - Parameter offset: What was asked for.
    /// - Returns: Those that are new, in their order.
    package mutating func received(_ ids: [Int64], for offset: Int64?, at now: Timestamp) -> [Int64] {
        failures = 0
        notBefore = nil
        recheckAt = now + settings.recheck
        if ids.isEmpty, marks.isEmpty, offset == floor { highest = nil }
        let new = Set(ids).filter { marks[$0] == nil || marks[$0] == .refused }.sorted()
        for id in new { marks[id] = .inHand(since: now) }
        if let last = new.last { highest = max(last, highest ?? last) }
        // An answer full of what is in hand leaves no room for others: they are not held up.
        if ids.count >= settings.batch, new.count * 2 < ids.count {
            let middle = ids.sorted()[(ids.count - 1) / 2]
            giveUp { id, _ in id <= middle }
        }
        return new
    }

    /// An update is handled.
    package mutating func handled(_ id: Int64) {
        guard marks[id] != nil else { return }
        marks[id] = .done
        prune()
    }

    /// There was no room for an update.
    package mutating func refused(_ id: Int64) {
        guard marks[id] != nil else { return }
        marks[id] = .refused
    }

    /// The Bot API did not answer, or refused to.
    /// - Parameters:
    ///   - retryAfter: How long it wants to be left alone.
    ///   - random: 64 random bits, for full jitter: many bots that saw one fault do not come back at one moment.
    package mutating func failed(retryAfter: Duration?, at now: Timestamp, random: UInt64) {
        let doubled = settings.firstWait.wholeNanoseconds.saturatingMultiplied(by: 1 << Int64(min(failures, 30)))
        let ceiling = UInt64(min(doubled, settings.longestWait.wholeNanoseconds))
        failures += 1
        let wait = Duration.nanoseconds(Int64(ceiling.multipliedFullWidth(by: random).high) + 1)
        notBefore = now + max(wait, retryAfter ?? .zero)
    }

    /// Asks for no more.
    package mutating func stop() { isStopping = true }

    /// The offset that confirms all that may be confirmed and nothing else.
    private var floor: Int64? {
        marks.lazy.filter { $0.value != .done }.map(\.key).min() ?? highest.map { $0.saturatingAdding(1) }
    }

    private mutating func giveUp(_ isEnough: (Int64, Timestamp) -> Bool) {
        for case (let id, .inHand(let since)) in marks where isEnough(id, since) { marks[id] = .done }
        prune()
    }

    /// Forgets what the next offset confirms.
    private mutating func prune() {
        guard let floor else { return }
        marks = marks.filter { $0.key >= floor }
    }
}
