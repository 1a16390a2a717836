import Foundation

/// The `sluice` that was built together with these tests.
enum SluiceBinary {
    /// It lies beside the test bundle.
    static let url: URL = {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
        var folder = URL(fileURLWithPath: bundle).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let candidate = folder.appendingPathComponent("sluice")
            if FileManager.default.isExecutableFile(atPath: candidate.path), !isFolder(candidate) { return candidate }
        }
        return Repository.root.appendingPathComponent(".build/debug/sluice")
    }()

    /// The build products' folder.
    static var folder: URL { url.deletingLastPathComponent() }

    private static func isFolder(_ url: URL) -> Bool {
        (try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) == true
    }

    /// Runs `sluice` with these arguments to its end.
    static func run(
        _ arguments: String..., in scratch: ScratchFolder, input: URL? = nil, within limit: Duration = .seconds(60)
    ) async throws -> ChildProcess.Ending {
        try await ChildProcess(url, arguments, in: scratch, input: input, within: limit).wait()
    }
}
