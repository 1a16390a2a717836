#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

extension PolicyFile {
    /// The bytes of a file of at most `maximumBytes`.
    static func bytes(ofFile path: String) throws(PolicyFileError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path, errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw unreadable(path, errno) }
            bytes += buffer.prefix(count)
            guard bytes.count <= maximumBytes else { throw tooLarge(path) }
        }
    }

    static func tooLarge(_ name: String) -> PolicyFileError {
        let message = "the file is larger than \(maximumBytes) bytes, the most that a policy file may have"
        return PolicyFileError(.unreadable, [PolicyDiagnostic(file: name, message: message)])
    }

    private static func unreadable(_ path: String, _ error: Int32) -> PolicyFileError {
        let reason =
            switch error {
            case ENOENT: "no such file"
            case EACCES: "permission denied"
            case EISDIR: "it is a directory"
            default: String(cString: strerror(error))
            }
        let message = "cannot read the policy file: \(reason)"
        return PolicyFileError(.unreadable, [PolicyDiagnostic(file: path, message: message)])
    }
}
