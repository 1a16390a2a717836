#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

extension PolicyFile {
    /// The bytes of a file of at most `maximumBytes`.
    /// - Parameter kind: What to call the file in errors.
    static func bytes(ofFile path: String, kind: String = "policy file") throws(PolicyFileError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path, kind, errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw unreadable(path, kind, errno) }
            bytes += buffer.prefix(count)
            guard bytes.count <= maximumBytes else { throw tooLarge(path, kind) }
        }
    }

    static func tooLarge(_ name: String, _ kind: String = "policy file") -> PolicyFileError {
        let message = "the file is larger than \(maximumBytes) bytes, the most that a \(kind) may have"
        return PolicyFileError(.unreadable, [PolicyDiagnostic(file: name, message: message)])
    }

    private static func unreadable(_ path: String, _ kind: String, _ error: Int32) -> PolicyFileError {
        let reason =
            switch error {
            case ENOENT: "no such file"
            case EACCES: "permission denied"
            case EISDIR: "it is a directory"
            default: String(cString: strerror(error))
            }
        let message = "cannot read the \(kind): \(reason)"
        return PolicyFileError(.unreadable, [PolicyDiagnostic(file: path, message: message)])
    }
}
