import Foundation
import Synchronization

/// What this process has started and made, so that an orderly exit leaves nothing behind.
package enum StartedProcesses {
    private struct Remains {
        var identifiers: Set<Int32> = []
        var folders: Set<String> = []
    }

    private static let remains = Mutex(Remains())
    private static let atExit: Void = { _ = atexit { StartedProcesses.clear() } }()

    static func add(_ identifier: Int32) {
        _ = atExit
        remains.withLock { _ = $0.identifiers.insert(identifier) }
    }

    static func remove(_ identifier: Int32) {
        remains.withLock { _ = $0.identifiers.remove(identifier) }
    }

    /// Makes a folder that is removed at the end of the process at the latest.
    package static func makeFolder() throws -> String {
        _ = atExit
        // Short, because the path of a unix socket has room for 100 bytes.
        let name = "sluice-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        remains.withLock { _ = $0.folders.insert(folder.path) }
        return folder.path
    }

    package static func removeFolder(_ folder: String) {
        remains.withLock { _ = $0.folders.remove(folder) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func clear() {
        let left = remains.withLock { remains in
            defer { remains = Remains() }
            return remains
        }
        for identifier in left.identifiers { kill(identifier, SIGKILL) }
        for folder in left.folders { try? FileManager.default.removeItem(atPath: folder) }
    }
}
