import Foundation
import Sluice

/// Works out, for each caller of a rule, the least limit under which he would never have been denied by it.
///
/// That is the smallest count N such that, with N in place of the rule's own count (and a burst in proportion),
/// and if nothing else had denied him, every request would have passed. Of a cooldown or debounce it is the
/// longest gap. All algorithms are exact; only a token bucket or a sliding log that runs out of ``maximumRuns`` is
/// told too high by what lies between neighbouring requests (sliding log), or may be too low (token bucket).
final class DemandMeter {
    /// Runs kept for all callers of a rule beyond one each: 16 bytes apiece.
    static let maximumRuns = 1 << 21

    let limit: Limit
    /// Whether runs had to be joined.
    private(set) var isApproximate = false
    private var runsLeft: Int
    private let calendar: Calendar
    private var calendarPeriod: (start: Int64, end: Int64) = (0, 0)

    init(_ limit: Limit, maximumRuns: Int = DemandMeter.maximumRuns) {
        self.limit = limit
        runsLeft = maximumRuns
        var calendar = Calendar(identifier: .iso8601)
        if let zone = limit.timeZone.flatMap({ TimeZone(identifier: $0) }) { calendar.timeZone = zone }
        self.calendar = calendar
    }

    /// Whether a limit can be told for this algorithm: logs know when a request came, not when it was over.
    var isMeasured: Bool { limit.algorithm != .concurrency && limit.algorithm != .unlimited }

    /// Whether the limit is a gap, of which more is stricter.
    var isGap: Bool { limit.algorithm == .cooldown || limit.algorithm == .debounce }

    /// The demand of a caller who has not sent anything yet.
    var fresh: CallerDemand { CallerDemand(needed: isGap ? .max : 0) }

    /// Counts a request. Moments never go back.
    @inline(__always)
    func observe(_ demand: inout CallerDemand, cost: Int64, at now: Int64) {
        switch limit.algorithm {
        case .tokenBucket: tokenBucket(&demand, cost, now)
        case .slidingLog: slidingLog(&demand, cost, now)
        case .slidingWindow: slidingWindow(&demand, cost, now)
        case .fixedWindow: fixedWindow(&demand, cost, now, start: windowStart(now))
        case .quota: fixedWindow(&demand, cost, now, start: calendarStart(now))
        case .cooldown, .debounce: gap(&demand, now)
        case .concurrency, .unlimited: break
        }
    }

    private func windowStart(_ now: Int64) -> Int64 {
        now.dividedRoundingDown(by: limit.periodNanoseconds) &* limit.periodNanoseconds
    }

    @inline(__always)
    private func fixedWindow(_ demand: inout CallerDemand, _ cost: Int64, _ now: Int64, start: Int64) {
        if demand.start != start {
            demand.start = start
            demand.current = 0
        }
        demand.current &+= cost
        demand.needed = max(demand.needed, demand.current)
    }

    @inline(__always)
    private func gap(_ demand: inout CallerDemand, _ now: Int64) {
        if demand.start != .min { demand.needed = min(demand.needed, now &- demand.start) }
        demand.start = now
    }

    private func slidingWindow(_ demand: inout CallerDemand, _ cost: Int64, _ now: Int64) {
        let period = limit.periodNanoseconds
        let start = windowStart(now)
        if demand.start != start {
            demand.previous = demand.start == start &- period ? demand.current : 0
            demand.current = 0
            demand.start = start
        }
        demand.current &+= cost
        var estimate = demand.current
        if demand.previous > 0 {
            let visible = Int128(demand.previous) * Int128(period &- (now &- start))
            estimate &+= Int64(clamping: (visible + Int128(period) - 1) / Int128(period))
        }
        demand.needed = max(demand.needed, estimate)
    }
}

extension DemandMeter {
    /// A log keeps milliseconds, rounded up, as the core's does.
    private func slidingLog(_ demand: inout CallerDemand, _ cost: Int64, _ now: Int64) {
        let time = now.dividedRoundingUp(by: 1_000_000) &* 1_000_000
        while demand.runs.count > 0, demand.runs[0].time &+ limit.periodNanoseconds <= now {
            demand.current &-= demand.runs[0].count
            demand.runs.removeFirst()
        }
        demand.current &+= cost
        demand.needed = max(demand.needed, demand.current)
        if demand.runs.count > 0, demand.runs[demand.runs.count - 1].time == time {
            demand.runs[demand.runs.count - 1].count &+= cost
            return
        }
        if demand.runs.isFull, !grow(&demand.runs) {
            // Joined runs count as long as the younger of them: too long, never too short.
            if demand.runs.count == 1 {
                demand.runs[0] = Run(time: time, count: demand.runs[0].count &+ cost)
                return
            }
            // The same spans each time, of which the list holds four for each one of a window: the error is one span.
            let spans = max(1, Int64(demand.runs.capacity) / 4)
            demand.runs.join(within: max(1, limit.periodNanoseconds / spans))
        }
        demand.runs.append(Run(time: time, count: cost))
    }

    /// Of the bound `units(s…t) ≤ N × (burst ⁄ count + (t − s) ⁄ period)` for all s ≤ t the least N.
    ///
    /// Not every earlier request has to be kept as a beginning s: only those on the lower convex hull of (time,
    /// units before it), because only they are the worst beginning for some N; and of these only the ones that
    /// are the worst for an N that is at least what the caller is known to need. That leaves one or a few.
    private func tokenBucket(_ demand: inout CallerDemand, _ cost: Int64, _ now: Int64) {
        if demand.runs.count == 0 || demand.runs[demand.runs.count - 1].time < now {
            push(Run(time: now, count: demand.current), onto: &demand.runs)
        }
        demand.current &+= cost
        for index in 0..<demand.runs.count {
            let begin = demand.runs[index]
            raise(&demand.needed, units: demand.current &- begin.count, within: now &- begin.time)
        }
        while demand.runs.count >= 2 {
            let (first, second) = (demand.runs[0], demand.runs[1])
            // With N per period or more, `second` is at least as bad a beginning as `first`.
            let refilled = Int128(demand.needed) * Int128(second.time &- first.time)
            guard refilled >= Int128(second.count &- first.count) * Int128(limit.periodNanoseconds) else { break }
            demand.runs.removeFirst()
        }
    }

    @inline(__always)
    private func raise(_ needed: inout Int64, units: Int64, within span: Int64) {
        let period = Int128(limit.periodNanoseconds)
        let demanded = Int128(units) * period * Int128(limit.count)
        let granted = Int128(limit.burst) * period + Int128(span) * Int128(limit.count)
        guard demanded > Int128(needed) * granted else { return }
        needed = Int64(clamping: (demanded + granted - 1) / granted)
    }

    private func push(_ run: Run, onto runs: inout RunList) {
        while runs.count >= 2 {
            let (first, second) = (runs[runs.count - 2], runs[runs.count - 1])
            let before = Int128(second.count &- first.count) * Int128(run.time &- second.time)
            guard before >= Int128(run.count &- second.count) * Int128(second.time &- first.time) else { break }
            runs.removeLast()
        }
        if runs.isFull, !grow(&runs) {
            runs.remove(at: runs.count > 1 ? 1 : 0)
        }
        runs.append(run)
    }

    private func grow(_ runs: inout RunList) -> Bool {
        guard runsLeft >= Int(runs.capacity) else {
            isApproximate = true
            return false
        }
        runsLeft -= Int(runs.capacity)
        runs.grow()
        return true
    }

    private func calendarStart(_ now: Int64) -> Int64 {
        if now >= calendarPeriod.start, now < calendarPeriod.end { return calendarPeriod.start }
        let component: Calendar.Component =
            switch limit.calendarUnit {
            case .month: .month
            case .week: .weekOfYear
            case .day, nil: .day
            }
        let second = now.dividedRoundingDown(by: LogTime.nanosecondsPerSecond)
        let date = Date(timeIntervalSince1970: Double(second))
        guard let interval = calendar.dateInterval(of: component, for: date) else { return 0 }
        calendarPeriod = (
            Int64(interval.start.timeIntervalSince1970.rounded()) * LogTime.nanosecondsPerSecond,
            Int64(interval.end.timeIntervalSince1970.rounded()) * LogTime.nanosecondsPerSecond
        )
        return calendarPeriod.start
    }
}
