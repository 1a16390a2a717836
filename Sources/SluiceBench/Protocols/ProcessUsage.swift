#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What another process has taken of the machine so far, as `/proc` tells.
struct ProcessUsage: Sendable, Hashable {
    /// Processor time of all its threads, in the program and in the system for it; a clock tick's precision, 10 ms.
    var nanoseconds: Double
    /// Bytes of memory that it holds now.
    var residentBytes: Double

    /// `nil` where the system does not tell.
    init?(of identifier: Int32) {
        guard let text = Self.text(of: "/proc/\(identifier)/stat"),
            // The name of the program may hold anything; the fields follow its last bracket.
            let bracket = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[bracket...].split(separator: " ")
        // Numbered from 1 in proc(5); the bracket ends the second.
        func field(_ number: Int) -> Double? { number - 2 < fields.count ? Double(fields[number - 2]) : nil }
        guard let user = field(14), let system = field(15), let pages = field(24) else { return nil }
        nanoseconds = (user + system) * 1e9 / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        residentBytes = pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func text(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
