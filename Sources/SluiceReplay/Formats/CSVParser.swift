import Sluice

/// Separated values below a line of names (RFC 4180): values in quotes may hold the separator, line ends, and
/// quotes written twice. The separator is a comma, a semicolon or a tab, whichever the first line has.
struct CSVParser: LineParser {
    /// A record in quotes that is longer is taken to have lost its closing quote.
    static let maximumRecord = LineSplitter.maximumLine

    private let separator: UInt8
    /// For each column the places that its value goes to; the time's place is one beyond the plan.
    private let places: [[Int]]
    private let timeColumn: Int
    private let timeName: [UInt8]
    private let timePlace: Int
    private var time = ISO8601Time()

    /// A parser for a file with this first line.
    init(header: UnsafeRawBufferPointer, plan: FieldPlan, mapping: FieldMapping) throws(ReplayError) {
        let separator = Self.separator(header)
        let names = Self.names(header, separator)
        var places = [[Int]](repeating: [], count: names.count)
        for (place, key) in (plan.keys.map(\.name) + [FieldMapping.time]).enumerated() {
            for name in mapping.names(for: key) {
                guard let column = names.firstIndex(of: name) else { continue }
                places[column].append(place)
                break
            }
        }
        for (key, field) in mapping.fields where !names.contains(field) {
            throw ReplayError(
                .missingField,
                "no column '\(field)' for '\(key)'\(NearestWord.hint(for: field, among: names)); the columns are "
                    + names.joined(separator: ", "))
        }
        guard let timeColumn = places.firstIndex(where: { $0.contains(plan.count) }) else {
            throw ReplayError(
                .missingField,
                "no column with the time: say which with --field time=NAME; the columns are "
                    + names.joined(separator: ", "))
        }
        self.separator = separator
        self.places = places
        self.timeColumn = timeColumn
        timeName = Array(names[timeColumn].utf8)
        timePlace = plan.count
    }

    mutating func parse(_ line: UnsafeRawBufferPointer, into batch: Batch) -> LineVerdict {
        var cursor = ByteCursor(line)
        var column = 0
        var moment = UnsafeRawBufferPointer(start: nil, count: 0)
        while true {
            guard let value = takeValue(&cursor, column, into: batch) else {
                return .malformed("a quote that does not end where its value does")
            }
            if column < places.count {
                for place in places[column] {
                    if place == timePlace { moment = value } else { batch.values[place] = value }
                }
            }
            guard cursor.skip(separator) else { break }
            column += 1
        }
        guard moment.count > 0 else { return .malformed("no value in the column of the time") }
        if let time = time.parse(moment) { return .request(time: time) }
        // Files put one after another bring their first lines with them.
        let isHeader = timeName.withUnsafeBytes { $0.equals(moment.trimmed) }
        return isHeader ? .other : .malformed("a time that is neither ISO 8601 nor a number since 1970")
    }

    /// Up to the next line end that is not in quotes.
    func lengthOfLine(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var cursor = ByteCursor(bytes)
        var quotes = 0
        var firstLine: Int?
        while let line = cursor.take(until: 0x0a) {
            quotes += line.count { $0 == 0x22 }
            let length = bytes.count - cursor.remaining
            if quotes % 2 == 0 { return length }
            firstLine = firstLine ?? length
            if length > Self.maximumRecord { return firstLine }
        }
        return bytes.count > Self.maximumRecord ? firstLine : nil
    }

    /// One value, without its quotes; `nil` if they do not match.
    private func takeValue(
        _ cursor: inout ByteCursor, _ column: Int, into batch: Batch
    ) -> UnsafeRawBufferPointer? {
        guard cursor.skip(0x22) else {
            let rest = cursor.rest
            let end = rest.firstIndex(of: separator) ?? rest.endIndex
            cursor.advance(end)
            return UnsafeRawBufferPointer(rebasing: rest[..<end])
        }
        let start = cursor.position
        var doubled = 0
        while cursor.take(until: 0x22) != nil {
            if cursor.skip(0x22) {
                doubled += 1
                continue
            }
            guard cursor.isAtEnd || cursor.next == separator else { return nil }
            let raw = UnsafeRawBufferPointer(start: start, count: cursor.position - start - 1)
            let isWanted = column < places.count && !places[column].isEmpty
            return doubled > 0 && isWanted ? Self.undouble(raw, into: batch) : raw
        }
        return nil
    }

    private static func undouble(_ raw: UnsafeRawBufferPointer, into batch: Batch) -> UnsafeRawBufferPointer {
        let output = batch.scrap(byteCount: raw.count)
        var count = 0
        var cursor = ByteCursor(raw)
        while !cursor.isAtEnd {
            let byte = cursor.next
            cursor.advance(1)
            // Every quote in here is the first of two.
            if byte == 0x22 { _ = cursor.skip(0x22) }
            output[count] = byte
            count += 1
        }
        return UnsafeRawBufferPointer(start: output.baseAddress, count: count)
    }

    static func separator(_ header: UnsafeRawBufferPointer) -> UInt8 {
        for candidate in [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09] where header.contains(candidate) {
            return candidate
        }
        return UInt8(ascii: ",")
    }

    /// The names of the first line, without quotes, blanks and a byte order mark.
    static func names(_ header: UnsafeRawBufferPointer, _ separator: UInt8) -> [String] {
        var line = header[...]
        if line.starts(with: [0xef, 0xbb, 0xbf]) { line = line.dropFirst(3) }
        return line.split(separator: separator, omittingEmptySubsequences: false).map { name in
            let name = UnsafeRawBufferPointer(rebasing: name).trimmed
            guard name.count >= 2, name[0] == 0x22, name[name.count - 1] == 0x22 else { return name.text }
            return UnsafeRawBufferPointer(rebasing: name[1..<name.count - 1]).text
        }
    }
}
