#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How many files, and so connections, the process may have open.
enum OpenFiles {
    /// Raises the soft limit to the hard one: the usual 1,024 are fewer than the transports accept.
    static func allowAsManyAsPossible() {
        #if os(Linux)
        var limit = rlimit()
        guard getrlimit(.init(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        // If it is not allowed, the old limit stays, and connections beyond it wait until others have gone.
        _ = setrlimit(.init(RLIMIT_NOFILE.rawValue), &limit)
        #endif
    }
}
