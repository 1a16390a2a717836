import Foundation

/// The decompressed bytes of a file or pipe, by way of the `gzip` program, which works beside the replay.
///
/// A program instead of a library: no dependency to build, and the second core does the work.
final class GzipStream {
    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()

    /// Starts decompressing.
    /// - Parameters:
    ///   - descriptor: Where compressed bytes come from; the program reads on from its present place.
    ///   - head: Bytes that have been read from there already and cannot be put back.
    init(descriptor: Int32, head: Data) throws(ReplayError) {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc"]
        process.standardOutput = output
        process.standardError = errors
        let input = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        let feed = head.isEmpty ? nil : Pipe()
        process.standardInput = feed ?? input
        do {
            try process.run()
        } catch {
            throw ReplayError(.missingProgram, "cannot start gzip, which reads compressed logs: \(error)")
        }
        if let feed { Self.pump(head, then: descriptor, into: feed.fileHandleForWriting) }
    }

    var descriptor: Int32 { output.fileHandleForReading.fileDescriptor }

    /// Waits for the end, and tells what went wrong on the way, if anything did.
    func finish() throws(ReplayError) -> String? {
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus != 0 || process.terminationReason != .exit else { return nil }
        if process.terminationStatus == 127 {
            throw ReplayError(.missingProgram, "gzip, which reads compressed logs, is not installed")
        }
        let message = String(decoding: said, as: UTF8.self)
            .split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }.joined(separator: "; ")
        return message.isEmpty ? "gzip ended with code \(process.terminationStatus)" : message
    }

    /// Stops without an opinion.
    func cancel() {
        try? output.fileHandleForReading.close()
        process.terminate()
        process.waitUntilExit()
    }

    /// Bytes of a pipe that had to be read to know them for gzip go first, then the rest of that pipe.
    private static func pump(_ head: Data, then descriptor: Int32, into feed: FileHandle) {
        Thread.detachNewThread {
            // A program that ended early closes its side; what is left of the input is of no use then.
            signal(SIGPIPE, SIG_IGN)
            defer { try? feed.close() }
            let rest = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
            do {
                try feed.write(contentsOf: head)
                while let block = try rest.read(upToCount: 1 << 16), !block.isEmpty {
                    try feed.write(contentsOf: block)
                }
            } catch {}
        }
    }
}
