import Sluice

/// Enforces ``FakeBotAPILimits`` at the moments of arrival, exactly. No clock, no lock.
struct ArrivalLimits {
    /// The moments of the last messages, as many as a window takes.
    private struct Window {
        let limit: FakeBotAPILimits.Window
        var arrivals: [Timestamp] = []

        /// When the next may come: a window that ends just there no longer holds the oldest.
        func next(at now: Timestamp) -> Timestamp {
            arrivals.count < limit.count ? now : max(now, arrivals[arrivals.count - limit.count] + limit.length)
        }

        mutating func take(_ now: Timestamp) {
            arrivals.append(now)
            if arrivals.count > 2 * limit.count { arrivals.removeFirst(arrivals.count - limit.count) }
        }
    }

    private let limits: FakeBotAPILimits
    private var overall: Window?
    private var groups: [String: Window] = [:]
    /// When each chat would have been silent for long enough, had its messages come one by one.
    private var silent: [String: Timestamp] = [:]

    init(_ limits: FakeBotAPILimits) {
        self.limits = limits
        overall = limits.overall.map { Window(limit: $0) }
    }

    /// Takes a message, or tells how long it is too early by. What is too early is not counted.
    mutating func take(_ chat: String, at now: Timestamp) -> Duration? {
        let isGroup = chat.hasPrefix("-") || chat.hasPrefix("@")
        var moment = max(now, overall?.next(at: now) ?? now)
        if isGroup, let limit = limits.group {
            moment = max(moment, groups[chat, default: Window(limit: limit)].next(at: now))
        }
        if let interval = limits.chatInterval, let silent = silent[chat] {
            let tolerance = Duration.nanoseconds(interval.wholeNanoseconds * Int64(limits.chatBurst - 1))
            moment = max(moment, Timestamp(nanoseconds: silent.nanoseconds - tolerance.wholeNanoseconds))
        }
        guard moment <= now else { return moment - now }
        overall?.take(now)
        if isGroup, let limit = limits.group { groups[chat, default: Window(limit: limit)].take(now) }
        if let interval = limits.chatInterval { silent[chat] = max(silent[chat] ?? now, now) + interval }
        return nil
    }
}
