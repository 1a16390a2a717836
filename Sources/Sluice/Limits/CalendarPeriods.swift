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

    private func period(at now: Int64) -> (start: Int64, end: Int64) {
        let component: Calendar.Component =
            switch unit {
            case .day: .day
            case .week: .weekOfYear
            case .month: .month
            }
        // Whole seconds: a period starts and ends on one.
        let date = Date(timeIntervalSince1970: Double(now.dividedRoundingDown(by: 1_000_000_000)))
        guard let interval = calendar.dateInterval(of: component, for: date) else {
            preconditionFailure("the calendar knows no \(unit) at \(date)")
        }
        return (Self.nanoseconds(interval.start), Self.nanoseconds(interval.end))
    }

    private static func nanoseconds(_ date: Date) -> Int64 {
        Int64(date.timeIntervalSince1970.rounded()).saturatingMultiplied(by: 1_000_000_000)
    }
}
