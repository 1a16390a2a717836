import Foundation

/// What this process holds of the machine's memory, as the system counts it.
enum ResidentMemory {
    /// Resident bytes, from `/proc/self/statm`.
    static func bytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = text.split(separator: " ")[1]
        return Int(pages)! * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// By how many bytes `body` makes it grow. What `body` returns is held until that has been read.
    static func growth<Kept>(_ body: () throws -> Kept) throws -> Int {
        let before = try bytes()
        let kept = try body()
        let after = try bytes()
        withExtendedLifetime(kept) {}
        return after - before
    }
}
