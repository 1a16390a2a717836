import NIOCore

/// The server's end of a connection: reads commands, in whatever pieces they come.
final class SimulatedSession {
    private let server: SimulatedRedis
    private let reply: (ByteBuffer) -> Void
    private var input: [UInt8] = []
    private var isEnded = false
    /// Whether the next command may go to a slot that is on its way here.
    var isAsking = false

    init(_ server: SimulatedRedis, reply: @escaping (ByteBuffer) -> Void) {
        self.server = server
        self.reply = reply
    }

    func end() { isEnded = true }

    func receive(_ bytes: ByteBuffer) {
        guard !isEnded else { return }
        bytes.withUnsafeReadableBytes { input.append(contentsOf: $0) }
        var commands: [[[UInt8]]] = []
        var from = 0
        while let (command, end) = command(from) {
            commands.append(command)
            from = end
        }
        input.removeFirst(from)
        guard !commands.isEmpty else { return }
        server.execute(commands, of: self) { [weak self] answer in
            guard let self, !isEnded, answer.readableBytes > 0 else { return }
            reply(answer)
        }
    }

    /// An array of bulk strings from a place on, and where it ends.
    private func command(_ start: Int) -> (words: [[UInt8]], end: Int)? {
        guard let (count, first) = number(start) else { return nil }
        var words: [[UInt8]] = []
        var at = first
        for _ in 0..<count {
            guard let (length, begin) = number(at), begin + length + 2 <= input.count else { return nil }
            words.append(Array(input[begin..<begin + length]))
            at = begin + length + 2
        }
        return (words, at)
    }

    /// The number of a line such as `*3` or `$17`, and where the next line begins.
    private func number(_ start: Int) -> (value: Int, end: Int)? {
        var value = 0
        var at = start + 1
        while at < input.count, input[at] != 0x0d {
            value = value * 10 + Int(input[at]) - 0x30
            at += 1
        }
        return at + 1 < input.count ? (value, at + 2) : nil
    }
}
