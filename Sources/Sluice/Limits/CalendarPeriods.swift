internal import Foundation
internal import Synchronization

/// Where the days, weeks or months of a time zone end.
///
/// Only the first charge of a key in a period asks; the answer for the current period is remembered.
final class CalendarPeriods: Sendable {
    private let unit: Limit.CalendarUnit
    private let calendar: Calendar
    private let current = Mutex<(start: Int64, end: Int64)>((0, 0))

    init(_ unit: Limit.CalendarUnit, timeZone identifier: String) throws(SluiceError) {
        guard let timeZone = TimeZone(identifier: identifier) else {
            throw SluiceError(
                .unknownTimeZone,
                "unknown time zone '\(identifier)'"
                    + NearestWord.hint(for: identifier, among: TimeZone.knownTimeZoneIdentifiers)
                    + "; use an IANA name such as 'Europe/Berlin' or 'UTC'")
        }
        self.unit = unit
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = timeZone
        self.calendar = calendar
    }

    /// The end of the period that `now` (nanoseconds since 1970) is in.
    func end(of now: Int64) -> Int64 {
        current.withLock { current in
            if now < current.start || now >= current.end { current = period(at: now) }
            return current.end
        }
    }

    /// Where the period that `now` is in starts and ends, and where the next one ends.
    func ends(around now: Int64) -> (start: Int64, end: Int64, next: Int64) {
        let current = period(at: now)
        return (current.start, current.end, period(at: current.end).end)
    }

    private func period(at now: Int64) -> (start: Int64, end: Int64) {
        // Whole seconds: a period starts and ends on one.
        let date = Date(timeIntervalSince1970: Double(now.dividedRoundingDown(by: 1_000_000_000)))
        let interval =
            switch unit {
            case .day: interval(of: .day, at: date)
            case .week: week(at: date)
            case .month: interval(of: .month, at: date)
            }
        return (Self.nanoseconds(interval.start), Self.nanoseconds(interval.end))
    }

    private func interval(of component: Calendar.Component, at date: Date) -> DateInterval {
        guard let interval = calendar.dateInterval(of: component, for: date) else {
            preconditionFailure("the calendar knows no \(unit) at \(date)")
        }
        return interval
    }

    /// From Monday to Monday, day by day: the calendar's own weeks have seven days even where a country has
    /// skipped one to change sides of the date line (Samoa, 2011-12-30).
    private func week(at date: Date) -> DateInterval {
        let monday = 2
        let day = interval(of: .day, at: date)
        var (start, end) = (day.start, day.end)
        while calendar.component(.weekday, from: start) != monday {
            start = interval(of: .day, at: start.addingTimeInterval(-1)).start
        }
        while calendar.component(.weekday, from: end) != monday { end = interval(of: .day, at: end).end }
        return DateInterval(start: start, end: end)
    }

    private static func nanoseconds(_ date: Date) -> Int64 {
        Int64(date.timeIntervalSince1970.rounded()).saturatingMultiplied(by: 1_000_000_000)
    }
}
