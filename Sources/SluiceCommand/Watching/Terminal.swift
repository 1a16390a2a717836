import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A terminal that a program draws on as a whole and reads single keys from.
///
/// It is as it was when the program ends, also by a signal.
final class Terminal: Sendable {
    private let original: termios

    /// Takes the terminal over; `nil` if input or output are none.
    init?() {
        var settings = termios()
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 else {
            return nil
        }
        original = settings
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        // A read returns at once, with whatever was typed.
        withUnsafeMutableBytes(of: &settings.c_cc) { bytes in
            bytes[Int(VMIN)] = 0
            bytes[Int(VTIME)] = 0
        }
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        write("\u{1b}[?1049h\u{1b}[?25l")
    }

    /// Gives the terminal back.
    func restore() {
        write("\u{1b}[?25h\u{1b}[?1049l")
        var settings = original
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    /// Columns and rows at this moment.
    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// The key that was pressed last, if any.
    func key() -> Character? {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(STDIN_FILENO, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self).last : nil
    }

    /// Draws lines in the place of what was drawn before.
    func draw(_ lines: [String]) {
        write("\u{1b}[H" + lines.map { $0 + "\u{1b}[K" }.joined(separator: "\r\n") + "\u{1b}[J")
    }

    private func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { systemWrite($0.baseAddress, $0.count) }
            if count < 0, errno != EINTR, errno != EAGAIN { return }
            bytes = bytes.dropFirst(max(0, count))
        }
    }
}

private func systemWrite(_ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(STDOUT_FILENO, bytes, count) }
