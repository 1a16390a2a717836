import RESP

/// What a parser makes of bytes: the requests, copied out, and how it ended.
struct Reading: Equatable {
    struct Words: Equatable {
        var words: [[UInt8]]
        var sent: Int
    }

    var requests: [Words] = []
    var violation: ProtocolViolation?
    /// Bytes behind the last whole request; 0 after a violation.
    var rest = 0

    var texts: [[String]] { requests.map { $0.words.map { String(decoding: $0, as: UTF8.self) } } }

    /// Reads bytes that arrive cut at some places, as a connection does: what is not consumed stays and grows.
    init(_ bytes: [UInt8], cuts: [Int] = [], limits: RequestLimits = RequestLimits()) {
        var parser = RequestParser(limits: limits)
        let memory = GuardedMemory(capacity: max(1, bytes.count))
        var start = 0
        var end = 0
        for cut in cuts.sorted() + [bytes.count] where violation == nil {
            end = max(end, cut)
            while violation == nil {
                // Laid out anew each time, so the parser must not keep an address.
                let consumed = memory.withBytes(bytes[start..<end]) { read($0, &parser) }
                guard consumed > 0 else { break }
                start += consumed
            }
        }
        rest = violation == nil ? bytes.count - start : 0
    }

    private mutating func read(_ input: UnsafeRawBufferPointer, _ parser: inout RequestParser) -> Int {
        switch parser.next(input) {
        case .request(let request):
            precondition(request.frameBytes > 0 && request.frameBytes <= input.count)
            if request.sent > 0 {
                requests.append(Words(words: (0..<request.count).map { Array(request[$0]) }, sent: request.sent))
            }
            return request.frameBytes
        case .incomplete: return 0
        case .violation(let found):
            violation = found
            return 0
        }
    }

    init(_ text: String, limits: RequestLimits = RequestLimits()) { self.init(Array(text.utf8), limits: limits) }
}

extension [UInt8] {
    /// A request as an array of bulk strings.
    static func request(_ words: [[UInt8]]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.count)\r\n".utf8) + word + [0x0d, 0x0a] }
        return bytes
    }
}
