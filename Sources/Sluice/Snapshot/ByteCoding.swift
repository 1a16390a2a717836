/// Writes numbers and texts as bytes, little endian.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}

/// Reads what ``ByteWriter`` wrote; `nil` past the end.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func read<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number? {
        let size = MemoryLayout<Number>.size
        guard bytes.endIndex - position >= size else { return nil }
        defer { position += size }
        return bytes.withUnsafeBytes { raw in
            Number(littleEndian: raw.loadUnaligned(fromByteOffset: position - bytes.startIndex, as: Number.self))
        }
    }

    mutating func readText() -> String? {
        guard let count = read(UInt32.self), bytes.endIndex - position >= Int(count) else { return nil }
        defer { position += Int(count) }
        return String(validating: bytes[position..<position + Int(count)], as: UTF8.self)
    }
}

extension LimitRegistry.Entry {
    func write(to writer: inout ByteWriter) {
        switch self {
        case .limit(let limit):
            writer.write(UInt8(0))
            limit.write(to: &writer)
        case .penalty(let penalty, let limit):
            writer.write(UInt8(1))
            penalty.write(to: &writer)
            limit.write(to: &writer)
        }
    }

    init?(_ reader: inout ByteReader) {
        switch reader.read(UInt8.self) {
        case 0:
            guard let limit = Limit(&reader) else { return nil }
            self = .limit(limit)
        case 1:
            guard let penalty = Penalty(&reader), let limit = Limit(&reader) else { return nil }
            self = .penalty(penalty, of: limit)
        default: return nil
        }
    }
}

extension Limit {
    func write(to writer: inout ByteWriter) {
        writer.write(algorithm.rawValue)
        for number in [count, periodNanoseconds, burst] { writer.write(number) }
        writer.write(calendarUnit?.rawValue ?? "")
        writer.write(timeZone ?? "")
        writer.write(UInt8(extends ? 1 : 0))
    }

    init?(_ reader: inout ByteReader) {
        guard let algorithm = reader.readText().flatMap(Algorithm.init(rawValue:)),
            let count = reader.read(Int64.self), let period = reader.read(Int64.self),
            let burst = reader.read(Int64.self), let unit = reader.readText(), let zone = reader.readText(),
            let extends = reader.read(UInt8.self)
        else { return nil }
        self.init(
            algorithm, count: count, period: .nanoseconds(period), burst: burst,
            calendarUnit: CalendarUnit(rawValue: unit), timeZone: zone.isEmpty ? nil : zone, extends: extends == 1)
    }
}

extension Penalty {
    func write(to writer: inout ByteWriter) {
        switch kind {
        case .ban(let duration, let maximum):
            writer.write(UInt8(0))
            writer.write(duration.wholeNanoseconds)
            writer.write(maximum.wholeNanoseconds)
        case .shrink(let recovery):
            writer.write(UInt8(1))
            writer.write(recovery.wholeNanoseconds)
            writer.write(Int64(0))
        }
        writer.write(Int64(denials))
        writer.write(window?.wholeNanoseconds ?? -1)
    }

    init?(_ reader: inout ByteReader) {
        guard let kind = reader.read(UInt8.self), kind <= 1, let first = reader.read(Int64.self),
            let second = reader.read(Int64.self), let denials = reader.read(Int64.self),
            let window = reader.read(Int64.self)
        else { return nil }
        self.init(
            kind: kind == 0
                ? .ban(duration: .nanoseconds(first), maximum: .nanoseconds(second))
                : .shrink(recovery: .nanoseconds(first)),
            denials: Int(denials), window: window < 0 ? nil : .nanoseconds(window))
    }
}
