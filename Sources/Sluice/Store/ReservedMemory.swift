#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Address space that costs memory only where it has been touched.
///
/// Fresh pages read as zero. A page that is discarded reads as zero again.
///
/// Sendable as raw memory is: who touches it synchronizes, the reservation itself never changes.
struct ReservedMemory: ~Copyable, @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    /// Reserves address space, rounded up to whole pages.
    init(byteCount: Int) throws(SluiceError) {
        let rounded = (byteCount + Self.pageSize - 1) / Self.pageSize * Self.pageSize
        #if os(Linux) || os(Android)
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        #else
        let flags = MAP_PRIVATE | MAP_ANON
        #endif
        let address = mmap(nil, rounded, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let address, address != MAP_FAILED else {
            throw SluiceError(
                .invalidPolicy,
                "cannot reserve \(rounded >> 20) MiB of address space for the memory store; lower its capacity "
                    + "or raise the process's address space limit (ulimit -v)")
        }
        base = address
        self.byteCount = rounded
    }

    deinit { munmap(base, byteCount) }

    static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// The next count of elements that fill whole pages, so that what lies behind them begins a page of its own.
    static func fillingPages<Element>(_ count: Int, of element: Element.Type) -> Int {
        let perPage = max(1, pageSize / MemoryLayout<Element>.stride)
        return (count + perPage - 1) / perPage * perPage
    }

    /// Gives the whole pages between two elements back to the system.
    static func discard<Element>(_ base: UnsafeMutablePointer<Element>, from start: Int, to end: Int) {
        let first = (UInt(bitPattern: base + start) + UInt(pageSize) - 1) / UInt(pageSize) * UInt(pageSize)
        let last = UInt(bitPattern: base + end) / UInt(pageSize) * UInt(pageSize)
        guard last > first, let address = UnsafeMutableRawPointer(bitPattern: first) else { return }
        #if os(Linux) || os(Android)
        madvise(address, Int(last - first), MADV_DONTNEED)
        #else
        // Elsewhere a discarded page need not read as zero, so it is cleared and kept.
        memset(address, 0, Int(last - first))
        #endif
    }
}
