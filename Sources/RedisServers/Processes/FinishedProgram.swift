import Foundation

/// A program that is run to its end.
package enum FinishedProgram {
    /// What a program printed on standard output; an error if it ends with anything but 0.
    package static func output(of command: [String], in folder: String? = nil) async throws -> String {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        let (ends, ended) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { ended.yield($0.terminationStatus) }
        try process.run()
        async let printed = text(of: output)
        async let complaints = text(of: errors)
        var status: Int32 = -1
        for await end in ends {
            status = end
            break
        }
        let (text, complaint) = await (printed, complaints)
        guard status == 0 else {
            throw ServerProcess.Failure(
                description: "\(command.joined(separator: " ")) ended with \(status): \(text)\(complaint)")
        }
        return text
    }

    /// Reads to the end on a thread of its own, so that a program that prints much never waits for its reader.
    private static func text(of pipe: Pipe) async -> String {
        let handle = pipe.fileHandleForReading
        return await withCheckedContinuation { reader in
            Thread.detachNewThread {
                reader.resume(returning: String(decoding: handle.readDataToEndOfFile(), as: UTF8.self))
            }
        }
    }
}
