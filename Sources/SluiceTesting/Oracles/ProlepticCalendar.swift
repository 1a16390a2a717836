import Sluice

/// The Gregorian calendar in UTC, by walking from the epoch month by month.
///
/// No closed formula on purpose: the core has one, and an oracle must not make the same mistake.
enum ProlepticCalendar {
    static let nanosecondsPerDay: Int128 = 86_400_000_000_000

    /// The moment at which the day, ISO 8601 week or month begins that `moment` lies in; not before 1970.
    static func startOfPeriod(_ unit: Limit.CalendarUnit, containing moment: Int128) -> Int128 {
        let day = (moment - LimitOracle.modulo(moment, nanosecondsPerDay)) / nanosecondsPerDay
        switch unit {
        case .day: return day * nanosecondsPerDay
        // 1970-01-01 was a Thursday, the fourth day of its week.
        case .week: return (day - LimitOracle.modulo(day + 3, 7)) * nanosecondsPerDay
        case .month: return startOfMonth(day) * nanosecondsPerDay
        }
    }

    private static func startOfMonth(_ day: Int128) -> Int128 {
        precondition(day >= 0, "the walk begins in 1970")
        var (start, year, month) = (Int128(0), 1970, 1)
        while start + length(year, month) <= day {
            start += length(year, month)
            (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
        }
        return start
    }

    private static func length(_ year: Int, _ month: Int) -> Int128 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) ? 29 : 28
        default: 31
        }
    }
}
