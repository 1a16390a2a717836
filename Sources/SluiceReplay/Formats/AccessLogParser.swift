import Sluice

/// The common and combined log formats of Apache and nginx:
/// `ADDRESS IDENT USER [TIME] "METHOD PATH PROTOCOL" STATUS SIZE "REFERER" "AGENT"`.
///
/// A line needs an address, a time, a quoted request and a status; what is missing after that is merely absent.
/// A request that is not `METHOD PATH …` (a port scan, a TLS hello) counts without method and path.
/// Escapes are kept as the server wrote them.
struct AccessLogParser: LineParser {
    private var time = AccessLogTime()
    private let ip: Int
    private let method: Int
    private let path: Int
    private let status: Int
    private let user: Int
    private let agent: Int

    init(plan: FieldPlan) {
        ip = plan.index(of: .ip)
        method = plan.index(of: .method)
        path = plan.index(of: .path)
        status = plan.index(of: .status)
        user = plan.index(of: .user)
        agent = plan.index(of: .agent)
    }

    mutating func parse(_ line: UnsafeRawBufferPointer, into batch: Batch) -> LineVerdict {
        var cursor = ByteCursor(line)
        guard let address = cursor.takeWord(), address.count > 0 else { return .malformed("no address") }
        guard cursor.takeWord() != nil, let name = takeUser(&cursor) else { return .malformed("no time in brackets") }
        guard let moment = time.parse(&cursor), cursor.skip(0x5d), cursor.skip(0x20) else {
            return .malformed("no time of the form 17/May/2015:10:05:03 +0000")
        }
        guard cursor.skip(0x22), let request = cursor.takeQuoted(), cursor.skip(0x20) else {
            return .malformed("no request in quotes")
        }
        guard let code = Self.takeStatus(&cursor) else { return .malformed("no status") }
        if ip >= 0 { batch.values[ip] = address }
        if user >= 0, !name.equals("-") { batch.values[user] = name }
        if status >= 0 { batch.values[status] = code }
        if method >= 0 || path >= 0 { splitRequest(request, into: batch) }
        if agent >= 0 { takeAgent(&cursor, into: batch) }
        return .request(time: moment)
    }

    /// The user, whose name may have blanks: it ends before a bracket that a digit follows.
    @inline(__always)
    private func takeUser(_ cursor: inout ByteCursor) -> UnsafeRawBufferPointer? {
        if cursor.next == 0x2d, cursor.peek(1) == 0x20, cursor.peek(2) == 0x5b {
            let name = UnsafeRawBufferPointer(start: cursor.position, count: 1)
            cursor.advance(3)
            return name
        }
        let start = cursor.position
        while cursor.take(until: 0x5b) != nil {
            let count = cursor.position - start - 2
            let isTime = cursor.peek(2) == 0x2f && cursor.peek(6) == 0x2f
            guard count > 0, isTime, (start + count).load(as: UInt8.self) == 0x20 else { continue }
            return UnsafeRawBufferPointer(start: start, count: count)
        }
        return nil
    }

    @inline(__always)
    private static func takeStatus(_ cursor: inout ByteCursor) -> UnsafeRawBufferPointer? {
        let code = UnsafeRawBufferPointer(start: cursor.position, count: min(3, cursor.remaining))
        guard cursor.takeNumber(digits: 3) != nil, cursor.isAtEnd || cursor.next == 0x20 else { return nil }
        return code
    }

    /// Method and path; the protocol is missing in requests of HTTP/0.9.
    @inline(__always)
    private func splitRequest(_ request: UnsafeRawBufferPointer, into batch: Batch) {
        var cursor = ByteCursor(request)
        guard let word = cursor.takeWord(), word.count > 0, word.allSatisfy(Self.isMethodByte) else { return }
        if method >= 0 { batch.values[method] = word }
        guard path >= 0 else { return }
        // A path that a client sent with blanks keeps them: only the protocol is cut off.
        var target = cursor.rest
        if let blank = target.lastIndex(of: 0x20), target[blank...].dropFirst().starts(with: "HTTP/".utf8) {
            target = UnsafeRawBufferPointer(rebasing: target[..<blank])
        }
        batch.values[path] = target
    }

    /// Letters and a hyphen: what registered methods have.
    private static func isMethodByte(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte | 0x20) || byte == 0x2d || byte == 0x5f
    }

    private func takeAgent(_ cursor: inout ByteCursor, into batch: Batch) {
        guard cursor.skip(0x20), cursor.take(until: 0x20) != nil, cursor.skip(0x22), cursor.takeQuoted() != nil,
            cursor.skip(0x20), cursor.skip(0x22), let name = cursor.takeQuoted(), !name.equals("-")
        else { return }
        batch.values[agent] = name
    }
}
