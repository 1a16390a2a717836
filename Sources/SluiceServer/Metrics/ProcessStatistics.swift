#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the system says of this process.
///
/// Source: proc(5) on Linux; elsewhere getrusage(2), which knows less.
struct ProcessStatistics {
    /// Seconds of processor time taken.
    var cpuSeconds = 0.0
    /// Bytes in memory, and of address space.
    var residentBytes: UInt64?
    var virtualBytes: UInt64?
    /// Files and connections open, and how many may be.
    var openFiles: UInt64?
    var openFilesLimit: UInt64?
    /// Unix seconds.
    var startedAt: Double?

    /// How things are now.
    static func now() -> ProcessStatistics {
        var statistics = ProcessStatistics()
        var usage = rusage()
        #if canImport(Glibc)
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
        getrusage(RUSAGE_SELF, &usage)
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        statistics.cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        statistics.openFilesLimit = openFilesLimit
        #if os(Linux)
        statistics.readProc()
        #endif
        return statistics
    }

    private static var openFilesLimit: UInt64? {
        var limit = rlimit()
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        return getrlimit(resource, &limit) == 0 ? UInt64(limit.rlim_cur) : nil
    }

    #if os(Linux)
    private mutating func readProc() {
        let page = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        // The name of the program may hold anything; the fields follow its last bracket.
        if let stat = Self.text(of: "/proc/self/stat"), let bracket = stat.lastIndex(of: ")") {
            let fields = stat[bracket...].split(separator: " ")
            // Numbered from 1 in proc(5), and the bracket's field is the second.
            func field(_ number: Int) -> UInt64? {
                number - 2 < fields.count ? UInt64(fields[number - 2]) : nil
            }
            virtualBytes = field(23)
            residentBytes = field(24).map { $0 * page }
            if let started = field(22), let boot = Self.bootTime { startedAt = boot + Double(started) / ticks }
        }
        openFiles = Self.countEntries(of: "/proc/self/fd")
    }

    private static let bootTime: Double? = text(of: "/proc/stat")?.split(separator: "\n")
        .first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }

    private static func text(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// The entries of a directory but for its own two, and the one by which it is read.
    private static func countEntries(of path: String) -> UInt64? {
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var count: UInt64 = 0
        while readdir(directory) != nil { count += 1 }
        return count >= 3 ? count - 3 : 0
    }
    #endif
}
