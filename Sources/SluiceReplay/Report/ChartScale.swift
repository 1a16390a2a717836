import Sluice

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Round numbers for the axis of counts from 0.
struct CountScale {
    let ticks: [Int64]

    /// A scale that reaches `most` in about `steps` steps of 1, 2 or 5 times a power of ten.
    init(upTo most: Int64, steps: Int64 = 4) {
        let most = max(1, most)
        var unit: Int64 = 1
        var step: Int64 = 1
        search: while true {
            for factor: Int64 in [1, 2, 5] {
                step = unit.saturatingMultiplied(by: factor)
                if step.saturatingMultiplied(by: steps) >= most { break search }
            }
            unit = unit.saturatingMultiplied(by: 10)
        }
        ticks = Array(stride(from: 0, through: (most + step - 1) / step * step, by: Int64.Stride(step)))
    }

    var top: Int64 { ticks[ticks.count - 1] }

    /// `1.2 M`, `15 k`
    static func label(_ count: Int64) -> String {
        switch count {
        case 10_000_000...: NumberText.short((Double(count) / 100_000).rounded() / 10) + " M"
        case 10_000...: NumberText.short((Double(count) / 100).rounded() / 10) + " k"
        default: NumberText.grouped(count)
        }
    }
}

/// Moments on the axis of time, in UTC, at steps that clocks and calendars have.
struct TimeScale {
    struct Tick {
        var second: Int64
        var label: String
    }

    let ticks: [Tick]

    private static let steps: [Int64] = [
        1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
        2_592_000, 7_776_000, 31_536_000,
    ]

    /// At most `count` moments from `start` up to `end`.
    init(from start: Int64, to end: Int64, atMost count: Int64) {
        let step = Self.steps.first { (end - start) / $0 < count } ?? max(1, (end - start) / max(1, count))
        var ticks: [Tick] = []
        var second = start.dividedRoundingUp(by: step) * step
        var lastDate = ""
        while second <= end {
            let (date, time) = TimeText.parts(second)
            let day = Self.dayAndMonth(date)
            let clock = step < 60 ? time : String(time.dropLast(3))
            // The day is told where it begins and on the first mark.
            let isNewDay = date != lastDate
            ticks.append(Tick(second: second, label: step >= 86_400 ? day : isNewDay ? "\(day) \(clock)" : clock))
            lastDate = date
            second += step
        }
        self.ticks = ticks
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `30 Apr` of `2019-04-30`
    private static func dayAndMonth(_ date: String) -> String {
        let parts = date.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, (1...12).contains(parts[1]) else { return date }
        return "\(parts[2]) \(months[parts[1] - 1])"
    }
}

/// A logarithmic axis, for limits that differ by orders of magnitude.
struct LogScale {
    /// The marks of the axis; the first and the last are its ends.
    let ticks: [Double]

    /// The round seconds of people, about a power of ten apart.
    private static let gaps: [Double] = [
        1e-9, 1e-6, 0.001, 0.01, 0.1, 1, 10, 60, 600, 3_600, 36_000, 86_400, 864_000, 8_640_000, 86_400_000,
        864_000_000, 8_640_000_000,
    ]

    /// From the round number at or below the least value to the one at or above the greatest.
    init(covering values: [Double], isGap: Bool) {
        let rounds = isGap ? Self.gaps : (0...18).map { pow(10, Double($0)) }
        let least = values.min() ?? 1
        let most = values.max() ?? 1
        let first = rounds.lastIndex { $0 <= least } ?? 0
        let last = rounds.firstIndex { $0 >= most } ?? rounds.count - 1
        let low = min(first, rounds.count - 2)
        ticks = Array(rounds[low...max(low + 1, last)])
    }

    /// Where a value is, from 0 to 1.
    func place(_ value: Double) -> Double {
        let (low, high) = (log10(ticks[0]), log10(ticks[ticks.count - 1]))
        return min(1, max(0, (log10(max(value, 1e-9)) - low) / (high - low)))
    }
}
