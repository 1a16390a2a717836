#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Memory that ends where a page begins that nobody may touch: reading one byte too far ends the process.
final class GuardedMemory {
    private let base: UnsafeMutableRawPointer
    private let mapped: Int
    private let usable: Int

    init(capacity: Int) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        usable = (capacity + page - 1) / page * page
        mapped = usable + page
        let memory = mmap(nil, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED, mprotect(memory + usable, page, PROT_NONE) == 0 else {
            fatalError("no guarded memory: \(errno)")
        }
        base = memory
    }

    deinit { munmap(base, mapped) }

    /// Lays bytes against the guard and hands them out.
    func withBytes<Result>(_ bytes: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        precondition(bytes.count <= usable)
        let target = UnsafeMutableRawBufferPointer(start: base + usable - bytes.count, count: bytes.count)
        target.copyBytes(from: bytes)
        return body(UnsafeRawBufferPointer(target))
    }
}
