import Sluice

/// Moments as logs write them, read from bytes, in nanoseconds since 1970-01-01T00:00:00Z.
enum LogTime {
    static let nanosecondsPerSecond: Int64 = 1_000_000_000

    /// Days from 1970-01-01 in the Gregorian calendar, after Howard Hinnant, "chrono-compatible low-level date
    /// algorithms": years are counted from March, so that a leap day ends one.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.dividedRoundingDown(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Seconds since the epoch of a date and a time of day; `nil` if one of them does not exist.
    ///
    /// A leap second counts as the second after it, as in POSIX.
    static func seconds(
        year: Int64, month: Int64, day: Int64, hour: Int64, minute: Int64, second: Int64
    ) -> Int64? {
        guard (1...12).contains(month), day >= 1, day <= length(ofMonth: month, in: year),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }
        return days(year: year, month: month, day: day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    private static func length(ofMonth month: Int64, in year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// A moment in any of the forms that JSON lines and CSV files use: ISO 8601, a number of seconds,
    /// milliseconds, microseconds or nanoseconds since the epoch, or an access log's own form.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        var cursor = ByteCursor(bytes.trimmed)
        guard cursor.remaining >= 1 else { return nil }
        if cursor.peek(2) == 0x2f {
            var cache = AccessLogTime()
            let time = cache.parse(&cursor)
            return cursor.isAtEnd ? time : nil
        }
        if cursor.peek(4) == 0x2d, cursor.remaining >= 10 {
            let time = iso8601(&cursor)
            return cursor.isAtEnd ? time : nil
        }
        return epoch(&cursor)
    }

    /// `2026-01-02T03:04:05.678Z`: a space may stand for `T`, the fraction may be missing, and the zone may be
    /// `Z`, `±hh`, `±hhmm`, `±hh:mm` or missing, which means UTC.
    static func iso8601(_ cursor: inout ByteCursor) -> Int64? {
        guard let year = cursor.takeNumber(digits: 4), cursor.skip(0x2d),
            let month = cursor.takeNumber(digits: 2), cursor.skip(0x2d),
            let day = cursor.takeNumber(digits: 2)
        else { return nil }
        if cursor.isAtEnd {
            return seconds(year: year, month: month, day: day, hour: 0, minute: 0, second: 0).flatMap(nanoseconds)
        }
        guard cursor.next | 0x20 == 0x74 || cursor.next == 0x20 else { return nil }
        cursor.advance(1)
        guard let hour = cursor.takeNumber(digits: 2), cursor.skip(0x3a), let minute = cursor.takeNumber(digits: 2)
        else { return nil }
        var second: Int64 = 0
        if cursor.skip(0x3a) {
            guard let value = cursor.takeNumber(digits: 2) else { return nil }
            second = value
        }
        let fraction = cursor.next == 0x2e || cursor.next == 0x2c ? takeFraction(&cursor) : 0
        guard let fraction, let zone = takeZone(&cursor),
            let seconds = seconds(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second),
            let whole = nanoseconds(seconds - zone)
        else { return nil }
        return whole.saturatingAdding(fraction)
    }

    private static func nanoseconds(_ seconds: Int64) -> Int64? {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: nanosecondsPerSecond)
        return overflow ? nil : product
    }

    /// A point or comma and at least one digit; digits beyond nanoseconds are passed over.
    private static func takeFraction(_ cursor: inout ByteCursor) -> Int64? {
        cursor.advance(1)
        var value: Int64 = 0
        var unit = nanosecondsPerSecond
        var digits = 0
        while let digit = cursor.takeNumber(digits: 1) {
            unit /= 10
            value += digit * unit
            digits += 1
        }
        return digits > 0 ? value : nil
    }

    /// Seconds east of Greenwich.
    static func takeZone(_ cursor: inout ByteCursor) -> Int64? {
        if cursor.skip(0x5a) || cursor.skip(0x7a) { return 0 }
        guard cursor.next == 0x2b || cursor.next == 0x2d else { return 0 }
        let sign: Int64 = cursor.next == 0x2b ? 1 : -1
        cursor.advance(1)
        guard let hours = cursor.takeNumber(digits: 2), hours <= 23 else { return nil }
        let hasColon = cursor.skip(0x3a)
        guard let minutes = cursor.takeNumber(digits: 2) else { return hasColon ? nil : sign * hours * 3_600 }
        return minutes <= 59 ? sign * (hours * 3_600 + minutes * 60) : nil
    }

    /// A number since the epoch; its size tells its unit, which is right for moments after 1973.
    private static func epoch(_ cursor: inout ByteCursor) -> Int64? {
        let isNegative = cursor.skip(0x2d)
        var whole: Int64 = 0
        var digits = 0
        while let digit = cursor.takeNumber(digits: 1) {
            digits += 1
            guard digits <= 19 else { return nil }
            whole = whole.saturatingMultiplied(by: 10).saturatingAdding(digit)
        }
        guard digits > 0 else { return nil }
        let fraction = cursor.next == 0x2e ? takeFraction(&cursor) : 0
        guard let fraction, cursor.isAtEnd else { return nil }
        let unit: Int64 =
            switch whole {
            case ..<100_000_000_000: nanosecondsPerSecond
            case ..<100_000_000_000_000: 1_000_000
            case ..<100_000_000_000_000_000: 1_000
            default: 1
            }
        let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        let sum = product.saturatingAdding(fraction / (nanosecondsPerSecond / unit))
        return isNegative ? -sum : sum
    }
}

/// The time of access logs, `17/May/2015:10:05:03 +0000`, which is the same for many lines up to the seconds.
///
/// The minute and the zone of the last line are kept; a line of the same minute costs two comparisons.
struct AccessLogTime {
    static let length = 26

    // `17/May/2015:10:05` is 17 bytes: two words and a byte, then `:03`, a blank and five bytes of zone.
    private var head: (UInt64, UInt64, UInt8) = (0, 0, 0)
    private var zone: UInt64 = 0
    private var minute: Int64 = 0
    private var isValid = false

    /// The moment in nanoseconds since the epoch; `nil`, with the cursor anywhere, if there is none.
    @inline(__always)
    mutating func parse(_ cursor: inout ByteCursor) -> Int64? {
        guard cursor.remaining >= Self.length else { return nil }
        let start = cursor.position
        let first = start.loadUnaligned(as: UInt64.self)
        let second = start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        let third = start.load(fromByteOffset: 16, as: UInt8.self)
        // The last eight bytes, of which the first two are digits of the seconds.
        let tail = start.loadUnaligned(fromByteOffset: 18, as: UInt64.self).littleEndian >> 16
        if !isValid || first != head.0 || second != head.1 || third != head.2 || tail != zone {
            guard let minute = Self.minute(start) else { return nil }
            self.minute = minute
            head = (first, second, third)
            zone = tail
            isValid = true
        }
        guard start.load(fromByteOffset: 17, as: UInt8.self) == 0x3a else { return nil }
        let tens = start.load(fromByteOffset: 18, as: UInt8.self) &- 0x30
        let ones = start.load(fromByteOffset: 19, as: UInt8.self) &- 0x30
        guard tens <= 6, ones <= 9, tens < 6 || ones == 0 else { return nil }
        cursor.advance(Self.length)
        return (minute + Int64(tens &* 10 &+ ones)) &* LogTime.nanosecondsPerSecond
    }

    /// Seconds since the epoch of the beginning of the minute.
    private static func minute(_ start: UnsafeRawPointer) -> Int64? {
        var cursor = ByteCursor(UnsafeRawBufferPointer(start: start, count: length))
        guard let day = cursor.takeNumber(digits: 2), cursor.skip(0x2f),
            let month = month(&cursor), cursor.skip(0x2f),
            let year = cursor.takeNumber(digits: 4), cursor.skip(0x3a),
            let hour = cursor.takeNumber(digits: 2), cursor.skip(0x3a),
            let minute = cursor.takeNumber(digits: 2), cursor.skip(0x3a),
            cursor.takeNumber(digits: 2) != nil, cursor.skip(0x20),
            cursor.next == 0x2b || cursor.next == 0x2d,
            let zone = LogTime.takeZone(&cursor), cursor.isAtEnd,
            // Moments outside of 1678–2262 do not fit into nanoseconds.
            (1_700...2_200).contains(year),
            let seconds = LogTime.seconds(
                year: year, month: month, day: day, hour: hour, minute: minute, second: 0)
        else { return nil }
        return seconds - zone
    }

    private static let months: [StaticString] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    private static func month(_ cursor: inout ByteCursor) -> Int64? {
        guard cursor.remaining >= 3 else { return nil }
        let letters = (cursor.peek(0) | 0x20, cursor.peek(1) | 0x20, cursor.peek(2) | 0x20)
        cursor.advance(3)
        let index = months.firstIndex { name in
            letters.0 == name.utf8Start[0] && letters.1 == name.utf8Start[1] && letters.2 == name.utf8Start[2]
        }
        return index.map { Int64($0) + 1 }
    }
}

/// The ISO 8601 time of the line before, which for logs with whole seconds is often the time of this one too.
struct ISO8601Time {
    private var bytes = [UInt8](repeating: 0, count: 32)
    private var count = 0
    private var time: Int64 = 0

    /// As ``LogTime/parse(_:)``, without parsing what has just been parsed.
    mutating func parse(_ text: UnsafeRawBufferPointer) -> Int64? {
        if text.count == count, bytes.withUnsafeBytes({ UnsafeRawBufferPointer(rebasing: $0[..<count]).equals(text) }) {
            return time
        }
        guard let parsed = LogTime.parse(text) else { return nil }
        if text.count <= bytes.count {
            count = text.count
            bytes.withUnsafeMutableBytes { $0.copyMemory(from: text) }
            time = parsed
        }
        return parsed
    }
}
