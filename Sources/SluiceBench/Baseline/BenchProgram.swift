import Foundation

/// A build of `sluice` whose `bench` is run as a process of its own, such as an earlier revision's.
public struct BenchProgram: Sendable {
    private let path: String
    let arguments: [String]

    /// - Parameters:
    ///   - path: The program.
    ///   - arguments: What stands behind `bench`: suites and what they are measured on. How many rounds there are, and
    ///     with which program one is compared, is left out; one round, and JSON, are asked for instead.
    public init(_ path: String, _ arguments: [String]) {
        self.path = path
        self.arguments = ["bench"] + Self.kept(arguments) + ["--rounds", "1", "--json"]
    }

    private static func kept(_ arguments: [String]) -> [String] {
        let left = ["--rounds", "--against-program"]
        var kept: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if left.contains(argument) {
                _ = rest.popFirst()
            } else if !left.contains(where: { argument.hasPrefix($0 + "=") }) {
                kept.append(argument)
            }
        }
        return kept
    }

    /// Runs it once.
    /// - Throws: ``BenchError`` if it does not start, fails, or prints no report.
    public func report() async throws -> BenchReport {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        let (ends, ended) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = {
            ended.yield($0.terminationStatus)
            ended.finish()
        }
        do {
            try process.run()
        } catch {
            throw BenchError("cannot run \(path): name a build of sluice")
        }
        async let printed = Self.bytes(of: output)
        async let complaints = Self.bytes(of: errors)
        var status: Int32 = -1
        for await end in ends { status = end }
        let (report, complaint) = await (printed, complaints)
        return try read(report, status: status, complaint: String(decoding: complaint, as: UTF8.self))
    }

    /// What it printed as a report. It ends with 1 where a pass mark was missed, and prints its report all the same.
    func read(_ output: Data, status: Int32, complaint: String) throws(BenchError) -> BenchReport {
        let command = ([path] + arguments).joined(separator: " ")
        guard status == 0 || status == 1 && !output.isEmpty else {
            throw BenchError("\(command) ended with \(status): \(complaint)")
        }
        do {
            return try JSONDecoder().decode(BenchReport.self, from: output)
        } catch {
            throw BenchError("\(command) printed no report that can be read: it is too old or too new to compare with")
        }
    }

    /// Reads to the end on a thread of its own, so that a program that prints much never waits for its reader.
    private static func bytes(of pipe: Pipe) async -> Data {
        let handle = pipe.fileHandleForReading
        return await withCheckedContinuation { reader in
            Thread.detachNewThread { reader.resume(returning: handle.readDataToEndOfFile()) }
        }
    }
}
