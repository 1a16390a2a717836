package import Sluice

/// A denial that the store has given and would give again, in moments of this process's own clock.
///
/// Moments are nanoseconds of the limiter's time line (see `TimeSource`), not of the store's.
package struct CachedDenial: Hashable, Sendable {
    /// Until when the store would deny again.
    package var endsAt: Int64
    /// When the request passes, as far as is known now.
    package var passesAt: Int64
    /// When the limit is whole again, as far as is known now.
    package var resetsAt: Int64
    /// The limit of the rule that denied.
    package var limit: Int64
    /// Which charges the store had seen when it denied; see ``ChargeStamps``.
    package var sequence: UInt64
    /// The rule that denied.
    package var rule: RuleName
    /// Why: `limited` or `banned`.
    package var reason: Denial.Reason

    /// For how long a denial is believed at most. A request passes earlier than was said if another instance gives
    /// something back or the clocks drift apart; so much later it is noticed.
    package static let longestSpan = Duration.seconds(5)

    /// What somebody is told who asks again at `now`.
    @inline(__always)
    package func denial(at now: Int64) -> Denial {
        Denial(reason, by: rule, limit: limit, retryAfter: max(0, passesAt &- now), resetAfter: max(0, resetsAt &- now))
    }
}

extension CachedDenial {
    /// What can be kept of a denial; `nil` if the store might say something else when it is asked again, or if asking
    /// changes something in it.
    ///
    /// The denial held from some moment between `sentAt` and `receivedAt` on. It is believed as if it were the
    /// former, so nobody is denied for longer than the store would deny him, and told as if it were the latter, so
    /// whoever comes back when he was told does not come too early.
    package init?(
        _ denial: Denial, of charges: [PlannedCharge], sentAt: Int64, receivedAt: Int64, sequence: UInt64
    ) {
        guard let rule = denial.rule, denial.remaining == 0, denial.nanosecondsToRetry > 0, !denial.isDegraded,
            denial.shadowDeniedBy == nil, denial.reason == .limited || denial.reason == .banned,
            charges.allSatisfy({ $0.cost == 1 }), Self.isConstant(denial.reason, charges)
        else { return nil }
        let span = min(denial.nanosecondsToRetry, Self.longestSpan.wholeNanoseconds)
        endsAt = sentAt.saturatingAdding(span)
        passesAt = receivedAt.saturatingAdding(denial.nanosecondsToRetry)
        resetsAt = receivedAt.saturatingAdding(denial.nanosecondsToReset)
        limit = denial.limit
        self.sequence = sequence
        self.rule = rule
        self.reason = denial.reason
        guard endsAt > receivedAt else { return nil }
    }

    /// Whether a denial changes nothing in the store, and nothing but time changes it.
    private static func isConstant(_ reason: Denial.Reason, _ charges: [PlannedCharge]) -> Bool {
        var penalties = 0
        for charge in charges {
            let limit = charge.limit().pointee
            switch limit.algorithm {
            // A slot is free again whenever somebody is done.
            case .concurrency: return false
            // Each repeat begins the window anew.
            case .debounce where limit.extends: return false
            default: break
            }
            guard let penalty = charge.penalty else { continue }
            penalties += 1
            // Denials count towards a penalty, but for those of a ban while it lasts.
            guard reason == .banned, outlasts(penalty.pointee, limit) else { return false }
        }
        return penalties <= 1
    }

    /// Whether every ban lasts as long as its limit could deny by itself: then `retryAfter` is the end of the ban.
    private static func outlasts(_ ban: CompiledLimit, _ limit: CompiledLimit) -> Bool {
        let longestWait: Int64? =
            switch limit.algorithm {
            case .tokenBucket: limit.tolerance.whole.saturatingAdding(1)
            case .slidingLog, .fixedWindow, .cooldown, .debounce: limit.period
            case .slidingWindow: limit.period.saturatingMultiplied(by: 2)
            case .quota, .concurrency, .unlimited, .penalty: nil
            }
        // A penalty that shrinks the limit never bans.
        guard !ban.extends, let longestWait else { return false }
        return ban.emission.whole >= longestWait
    }
}
