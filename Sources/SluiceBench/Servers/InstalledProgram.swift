import Foundation

/// Programs of this machine.
public enum InstalledProgram {
    /// Where a program is that is found along `PATH`; `nil` if there is none of that name.
    public static func path(of name: String) -> String? {
        path(of: name, along: ProcessInfo.processInfo.environment["PATH"] ?? "")
    }

    /// - Parameter folders: Paths with colons between them.
    static func path(of name: String, along folders: String) -> String? {
        folders.split(separator: ":").lazy.map { "\($0)/\(name)" }.first { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
                && FileManager.default.isExecutableFile(atPath: path)
        }
    }

    /// Where the program is that runs here; `nil` if the system does not tell.
    public static var current: String? {
        if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
            FileManager.default.isExecutableFile(atPath: path)
        {
            return path
        }
        guard let name = CommandLine.arguments.first, !name.isEmpty else { return nil }
        guard name.contains("/") else { return path(of: name) }
        return URL(fileURLWithPath: name).resolvingSymlinksInPath().path
    }
}
