/// Counting denials, and what they bring: a ban that doubles, or a limit that halves.
///
/// While denials are only counted (level 0), the expiry is the end of their window. Afterwards the expiry is when
/// the caller starts anew: `memory` after the last ban began to be over, or when a shrunk limit is whole again.
/// ```
/// payload  5 level | 14 denials | 28 start of their window, in units of the span that they can lie in
/// ```
extension CompiledLimit {
    /// The most denials that a penalty can wait for.
    static let penaltyMostDenials = 1 << 14 - 1
    private static let deepest: UInt64 = 31
    private static let shrinkSteps: Int64 = 4

    /// For how long a ban is remembered after its end, or a fully shrunk limit takes to recover.
    private var memory: Int64 { isShrinking ? emission.whole.saturatingMultiplied(by: Self.shrinkSteps) : capacity }
    private var isShrinking: Bool { extends }

    struct PenaltyState {
        var level: UInt64 = 0
        var denials: Int64 = 0
        var start: Int64 = 0
        var expiry: Int64 = .min
    }

    /// How long a ban still lasts; 0 for a caller who is not banned.
    func banLeft(_ cell: Cell, now: Int64) -> Int64 {
        let state = penaltyState(cell, now: now)
        guard !isShrinking, state.level > 0 else { return 0 }
        return max(0, state.expiry &- memory &- now)
    }

    /// How many times the limit is halved now, 0 to 4.
    func shrinkLevel(_ cell: Cell, now: Int64) -> Int {
        let state = penaltyState(cell, now: now)
        guard isShrinking, state.level > 0, state.expiry > now else { return 0 }
        return Int(min(Self.shrinkSteps, (state.expiry &- now).dividedRoundingUp(by: emission.whole)))
    }

    /// In how long the limit is halved no more than `level` times.
    func shrinkWait(_ cell: Cell, untilLevel level: Int, now: Int64) -> Int64 {
        let state = penaltyState(cell, now: now)
        guard isShrinking, state.level > 0 else { return 0 }
        return max(0, state.expiry &- now &- emission.whole.saturatingMultiplied(by: Int64(level)))
    }

    /// The state after one more denial, and how long the caller is banned by it.
    func penaltyDenied(_ cell: Cell, now: Int64) -> (cell: Cell, ban: Int64) {
        var state = penaltyState(cell, now: now)
        if state.denials == 0 || now &- state.start >= period {
            state.denials = 0
            state.start = now
        }
        state.denials += 1
        guard state.denials >= count else {
            if state.level == 0 { state.expiry = now.saturatingAdding(period &- (now &- state.start)) }
            return (penaltyCell(state), 0)
        }
        state.denials = 0
        state.start = now
        state.level = min(Self.deepest, state.level + 1)
        if isShrinking {
            let least = max(state.level > 1 ? state.expiry : now, now)
            state.expiry = min(least.saturatingAdding(emission.whole), now.saturatingAdding(memory))
            return (penaltyCell(state), 0)
        }
        let doubled = emission.whole.saturatingMultiplied(by: 1 << Int64(state.level - 1))
        let ban = min(doubled, capacity)
        state.expiry = now.saturatingAdding(ban).saturatingAdding(memory)
        return (penaltyCell(state), ban)
    }

    /// The state of a caller who is banned until `end` at least; ``Cell/empty`` if that changes nothing.
    ///
    /// It is a ban like any other: it lasts no shorter than the first one, and the next one doubles.
    func penaltyHeld(_ cell: Cell, until end: Int64, now: Int64) -> Cell {
        var state = penaltyState(cell, now: now)
        let end = max(end, count > 0 ? now.saturatingAdding(emission.whole) : now)
        guard end > now.saturatingAdding(banLeft(cell, now: now)) else { return .empty }
        state.level = max(1, state.level)
        state.denials = 0
        state.start = end
        state.expiry = end.saturatingAdding(memory)
        return penaltyCell(state)
    }

    /// The same bans and counts under other numbers.
    func convertedPenalty(_ cell: Cell, from old: CompiledLimit, now: Int64) -> Cell {
        var state = old.penaltyState(cell, now: now)
        if state.level == 0 {
            state.expiry = state.start.saturatingAdding(period)
        } else if isShrinking == old.isShrinking {
            let end = state.expiry &- (isShrinking ? 0 : old.memory)
            state.expiry = end.saturatingAdding(isShrinking ? 0 : memory)
        } else {
            return .empty
        }
        return penaltyCell(state)
    }

    private func penaltyState(_ cell: Cell, now: Int64) -> PenaltyState {
        guard !cell.isEmpty, cell.expiry > now else { return PenaltyState() }
        let level = cell.payload >> 42
        let denials = Int64(cell.payload >> 28 & 0x3fff)
        guard level > 0 else {
            return PenaltyState(denials: denials, start: cell.expiry &- period, expiry: cell.expiry)
        }
        let offset = Int64(cell.payload & 0xfff_ffff).saturatingMultiplied(by: startUnit)
        return PenaltyState(
            level: level, denials: denials, start: (cell.expiry &- memory).saturatingAdding(offset),
            expiry: cell.expiry)
    }

    private func penaltyCell(_ state: PenaltyState) -> Cell {
        let offset = max(0, state.start &- (state.expiry &- memory)) / startUnit
        let start = state.level > 0 ? UInt64(min(offset, 0xfff_ffff)) : 0
        // A caller under penalty is being limited: a full store keeps his cell.
        return Cell(
            expiry: state.expiry, limit: id, payload: state.level << 42 | UInt64(state.denials) << 28 | start,
            isExhausted: true)
    }

    private var startUnit: Int64 { memory >> 28 + 1 }
}

extension CompiledLimit {
    /// A penalty in the form of a limit: `count` denials within `period`.
    static func compile(_ penalty: Penalty, for limit: Limit) -> CompiledLimit {
        var window = penalty.window?.wholeNanoseconds ?? limit.periodNanoseconds
        if window == 0 { window = Duration.days(1).wholeNanoseconds }
        var compiled = CompiledLimit(
            algorithm: .penalty, count: Int64(penalty.denials), period: window, capacity: 0)
        switch penalty.kind {
        case .ban(let duration, let maximum):
            compiled.emission.whole = duration.wholeNanoseconds
            compiled.capacity = max(maximum, duration).wholeNanoseconds
        case .shrink(let recovery):
            compiled.emission.whole = recovery.wholeNanoseconds
            compiled.extends = true
        }
        return compiled
    }
}
