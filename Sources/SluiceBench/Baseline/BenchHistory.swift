import Foundation

/// Reports by commit, the oldest first: a file with one of them, as JSON, in each line.
public struct BenchHistory: Sendable, Hashable {
    /// The reports, in the order in which they were added.
    public private(set) var records: [BenchRecord] = []

    /// A history of these.
    public init(_ records: [BenchRecord] = []) { self.records = records }

    /// A history as it stands in a file.
    /// - Throws: ``BenchError`` with the number of the line that is no report.
    public init(_ text: String) throws(BenchError) {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = Self.decoding
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            do {
                records.append(try decoder.decode(BenchRecord.self, from: Data(line.utf8)))
            } catch {
                throw BenchError("line \(index + 1) is no stored report: remove it, or store reports anew")
            }
        }
    }

    /// Reads a file.
    /// - Throws: ``BenchError`` if it cannot be read, or holds something else.
    public init(contentsOf path: String) throws(BenchError) {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw BenchError("cannot read \(path): write one with --history \(path)")
        }
        do throws(BenchError) {
            try self.init(text)
        } catch {
            throw BenchError("\(path): \(error)")
        }
    }

    /// Adds a report.
    public mutating func add(_ record: BenchRecord) { records.append(record) }

    /// Adds a report to a file, and makes the file if there is none.
    /// - Throws: ``BenchError`` if it cannot be written.
    public static func append(_ record: BenchRecord, to path: String) throws(BenchError) {
        do {
            let line = Data((try line(record) + "\n").utf8)
            let place = URL(fileURLWithPath: path)
            guard FileManager.default.fileExists(atPath: path) else { return try line.write(to: place) }
            let file = try FileHandle(forWritingTo: place)
            defer { try? file.close() }
            try file.seekToEnd()
            try file.write(contentsOf: line)
        } catch {
            throw BenchError("cannot write \(path): name a file in a folder that exists and may be written")
        }
    }

    /// A report as a line of the file, without its end.
    static func line(_ record: BenchRecord) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = encoding
        return String(decoding: try encoder.encode(record), as: UTF8.self)
    }

    // What was not measured is no number.
    private static let encoding = JSONEncoder.NonConformingFloatEncodingStrategy.convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    private static let decoding = JSONDecoder.NonConformingFloatDecodingStrategy.convertFromString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")

    /// The reports that one compares with: of its machine and scale.
    public func comparable(with new: BenchRecord) -> [BenchRecord] {
        records.filter { $0.report.scale == new.report.scale && $0.report.machine.compares(with: new.report.machine) }
    }

    /// The report that a new one is held against: of its machine and scale, the last one, or the last of a commit.
    /// - Parameter commit: The commit, or how its name begins.
    /// - Throws: ``BenchError`` if there is none, with what there is instead.
    public func baseline(for new: BenchRecord, against commit: String? = nil) throws(BenchError) -> BenchRecord {
        guard !records.isEmpty else { throw BenchError("no report is stored there: add this one with --history") }
        var candidates = records
        if let commit {
            candidates = records.filter { $0.commit.hasPrefix(commit) }
            let known = Set(records.map(\.commit)).sorted().joined(separator: ", ")
            guard !candidates.isEmpty else { throw BenchError("no report of '\(commit)' is stored, only of \(known)") }
        }
        candidates = candidates.filter { $0.report.machine.compares(with: new.report.machine) }
        guard !candidates.isEmpty else {
            throw BenchError(
                "figures of another machine do not compare, and none of this one is stored "
                    + "(\(new.report.machine.words)): store one here with --history, or compare two programs with "
                    + "--against-program")
        }
        guard let found = candidates.last(where: { $0.report.scale == new.report.scale }) else {
            throw BenchError(
                "what is stored was measured with --scale \(candidates[candidates.count - 1].report.scale), this with "
                    + "\(new.report.scale): measure with the same")
        }
        return found
    }
}

extension Machine {
    /// What has to be alike, in words.
    fileprivate var words: String {
        "\(processor ?? "an unnamed processor"), \(cores) cores, \(isOptimized ? "optimized" : "not optimized")"
    }
}
