#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Where a command writes, line by line and unbuffered, so that whoever reads a pipe sees a line when it is written.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Whether a person reads along.
    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Writes a text and ends its line.
    func write(_ text: String) {
        var bytes = Array((text + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { systemWrite(rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { return } // nobody reads any more
            bytes = bytes.dropFirst(max(0, count))
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
