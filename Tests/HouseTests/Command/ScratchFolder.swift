import Foundation
import Synchronization

/// A folder of a test's own, removed with the value that holds it.
final class ScratchFolder: Sendable {
    let url: URL
    private let files = Atomic(0)

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// An empty file with a name that nothing else has.
    func newFile() -> URL {
        let number = files.wrappingAdd(1, ordering: .relaxed).newValue
        let file = url.appendingPathComponent(".printed-\(number)")
        precondition(FileManager.default.createFile(atPath: file.path, contents: nil), "no room for \(file.path)")
        return file
    }

    /// Writes a file.
    @discardableResult
    func write(_ text: String, to name: String) throws -> URL {
        let file = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file
    }
}
