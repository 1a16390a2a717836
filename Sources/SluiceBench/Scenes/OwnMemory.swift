import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// What this process holds, told to the page and to the byte, which the system's counters need not be: since Linux 6.2
/// each core keeps a part of them to itself.
enum OwnMemory {
    /// Bytes of its pages that are no file's, found by walking them all; where the system does not do so, its count of
    /// all pages.
    static var pages: Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/smaps_rollup", encoding: .utf8) else {
            return ProcessMemory.resident
        }
        return kibibytes(of: "Anonymous:", in: text)
    }

    /// Bytes of the heap that are in use, as glibc counts them; `nil` with another C library, which does not tell.
    static var heap: Int? {
        #if canImport(Glibc)
        // Swift's module of the library leaves the function out.
        guard let symbol = dlsym(nil, "malloc_info") else { return nil }
        typealias Function = @convention(c) (Int32, UnsafeMutablePointer<FILE>) -> Int32
        var text: UnsafeMutablePointer<CChar>?
        var count = 0
        guard let stream = open_memstream(&text, &count) else { return nil }
        let status = unsafeBitCast(symbol, to: Function.self)(0, stream)
        fclose(stream)
        defer { free(text) }
        guard status == 0, let text else { return nil }
        return inUse(String(cString: text))
        #else
        return nil
        #endif
    }

    /// Bytes that programs could have without others being pushed out; `nil` where the system does not tell.
    static var available: Int? {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
            let machine = kibibytes(of: "MemAvailable:", in: text)
        else { return nil }
        guard let most = number(in: "/sys/fs/cgroup/memory.max"), let used = number(in: "/sys/fs/cgroup/memory.current")
        else { return machine }
        return max(0, min(machine, most - used))
    }

    /// How much something grows by a step. Whoever gives memory back meanwhile spoils it, and it is measured again.
    /// - Parameters:
    ///   - reading: ``pages`` or ``heap``.
    ///   - prepare: What the step begins with, each time.
    /// - Returns: `nil` where nobody tells.
    static func growth<Scene>(
        of reading: () -> Int?, from prepare: () throws -> Scene, by step: (Scene) async throws -> Void
    ) async throws -> Double? {
        for _ in 0..<20 {
            let scene = try prepare()
            guard let before = reading() else { return nil }
            try await step(scene)
            guard let after = reading() else { return nil }
            withExtendedLifetime(scene) {}
            if after > before { return Double(after - before) }
        }
        throw BenchError("this process gives back more than it takes; measure with nothing else in it")
    }

    /// What glibc has from the system for all arenas together, less what lies idle; the totals stand at the end.
    static func inUse(_ text: String) -> Int? {
        guard let end = text.range(of: "</heap>", options: .backwards) else { return nil }
        let totals = text[end.upperBound...]
        func size(_ element: String) -> Int? {
            guard let begin = totals.range(of: "<\(element)"),
                let attribute = totals[begin.upperBound...].range(of: "size=\"")
            else { return nil }
            return Int(totals[attribute.upperBound...].prefix { $0 != "\"" })
        }
        guard let all = size("system type=\"current\""), let fast = size("total type=\"fast\""),
            let rest = size("total type=\"rest\""), let mapped = size("total type=\"mmap\"")
        else { return nil }
        return all + mapped - fast - rest
    }

    private static func kibibytes(of name: String, in text: String) -> Int? {
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }

    private static func number(in file: String) -> Int? {
        (try? String(contentsOfFile: file, encoding: .utf8)).flatMap { Int($0.prefix { $0.isNumber }) }
    }
}
