#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The machine on which figures were measured: without it they say nothing.
public struct Machine: Sendable, Hashable, Codable {
    /// The processor's name, if the system tells it.
    public var processor: String?
    /// How many cores this process may use.
    public var cores: Int
    /// Bytes of memory.
    public var memory: Int
    /// The system and its version.
    public var system: String
    /// Whether the program was built for speed.
    public var isOptimized: Bool

    /// The machine that this process runs on.
    public static var current: Machine {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let size = sysconf(Int32(_SC_PAGESIZE))
        var names = utsname()
        uname(&names)
        return Machine(
            processor: line(of: "/proc/cpuinfo", beginning: "model name"),
            cores: Int(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))), memory: Int(pages) * Int(size),
            system: text(names.sysname) + " " + text(names.release), isOptimized: isOptimizedBuild)
    }

    private static var isOptimizedBuild: Bool {
        #if DEBUG
        false
        #else
        true
        #endif
    }

    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// What stands after the colon of the first line that begins so.
    private static func line(of path: String, beginning: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 1_024)
        while fgets(&buffer, Int32(buffer.count), file) != nil {
            let line = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard line.hasPrefix(beginning), let colon = line.firstIndex(of: ":") else { continue }
            return String(line[line.index(after: colon)...].drop { $0 == " " }.prefix { $0 != "\n" })
        }
        return nil
    }
}
