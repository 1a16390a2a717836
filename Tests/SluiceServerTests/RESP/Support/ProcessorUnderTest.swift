import RESP
import Sluice
import SluiceTesting

@testable import SluiceServer

/// A processor without a network: requests in, replies out, on a time line moved by hand.
struct ProcessorUnderTest: ~Copyable {
    let time = ManualTime()
    let limiter: Limiter
    private var processor: CommandProcessor
    private var parser = RequestParser()
    private(set) var session: Session

    init(
        _ policies: [Policy] = [], configuration: RESPConfiguration? = nil, access: AccessControl? = nil
    ) throws {
        limiter = try Limiter(policies, store: MemoryStore(capacity: 1 << 16), time: .provided(by: time))
        processor = CommandProcessor(
            .memory(limiter), configuration: configuration ?? RESPConfiguration(address: .tcp(host: "", port: 0)),
            transport: RESPShared(counters: []), access: access)
        session = Session(id: 7, connectedAt: limiter.now(), peer: nil, local: nil)
    }

    /// Sends bytes, which must be whole requests, and returns the replies.
    mutating func raw(_ bytes: [UInt8]) -> String {
        let now = limiter.now()
        let consumed = bytes.withUnsafeBytes { processor.answer($0, &parser, &session, at: now) }
        precondition(consumed == bytes.count, "not whole requests")
        defer { processor.replies.removeAll() }
        return String(decoding: processor.replies.bytes, as: UTF8.self)
    }

    /// Sends one request.
    mutating func ask(_ words: String...) -> String { raw(RESPBytes.request(words.map { Array($0.utf8) })) }

    /// Sends `CL.THROTTLE` and returns its five integers.
    mutating func throttle(_ key: String, _ numbers: Int64...) -> [Int64] {
        let reply = raw(RESPBytes.request(["cl.throttle", key] + numbers.map { "\($0)" }))
        let integers = reply.split(separator: "\r\n").dropFirst().compactMap { Int64($0.dropFirst()) }
        precondition(reply.hasPrefix("*5\r\n") && integers.count == 5, "not five integers: \(reply)")
        return integers
    }
}

/// Requests as bytes.
enum RESPBytes {
    static func request(_ words: [[UInt8]]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.count)\r\n".utf8) + word + [0x0d, 0x0a] }
        return bytes
    }

    static func request(_ words: [String]) -> [UInt8] { request(words.map { Array($0.utf8) }) }

    /// So many requests for different replies, and these.
    static func echoes(_ count: Int) -> (requests: [UInt8], replies: [UInt8]) {
        (0..<count).reduce(into: ([], [])) { bytes, index in
            let word = "\(index)"
            bytes.requests += request(["ECHO", word])
            bytes.replies += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8)
        }
    }
}
