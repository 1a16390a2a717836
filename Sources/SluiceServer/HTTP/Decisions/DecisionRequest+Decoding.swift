import Sluice

extension DecisionRequest {
    /// Reads a request from JSON (RFC 8259), strictly: duplicate and unknown words, wrong types and numbers out of
    /// range are faults, so that a slip of the pen is never silently a different decision.
    ///
    /// - Parameter memory: room for ``Descriptor/maximumEntries`` entries.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, accepting accepted: Fields,
        into memory: UnsafeMutableBufferPointer<RawEntry>, scratch: JSONScratch
    ) throws(RequestFault) -> DecisionRequest {
        try withExtendedLifetime(scratch) { () throws(RequestFault) in
            var reader = DecisionRequestReader(JSONScanner(bytes, scratch: scratch), accepted, memory)
            return try reader.read()
        }
    }

    /// Hands `body` the request with memory on the stack, and returns what it returns.
    @inline(__always)
    static func withDecoded<Answer, Failure: Error>(
        _ bytes: UnsafeRawBufferPointer, accepting accepted: Fields, scratch: JSONScratch,
        _ body: (Result<DecisionRequest, RequestFault>) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        try withUnsafeTemporaryAllocation(
            of: RawEntry.self, capacity: Descriptor.maximumEntries
        ) { memory throws(Failure) in
            try body(
                Result { () throws(RequestFault) in
                    try decode(bytes, accepting: accepted, into: memory, scratch: scratch)
                })
        }
    }
}

private struct DecisionRequestReader {
    private var scanner: JSONScanner
    private let accepted: DecisionRequest.Fields
    private let memory: UnsafeMutableBufferPointer<RawEntry>
    private var seen: DecisionRequest.Fields = []
    private var request = DecisionRequest(
        policy: UnsafeRawBufferPointer(start: nil, count: 0),
        entries: UnsafeBufferPointer(start: nil, count: 0))

    init(
        _ scanner: JSONScanner, _ accepted: DecisionRequest.Fields, _ memory: UnsafeMutableBufferPointer<RawEntry>
    ) {
        self.scanner = scanner
        self.accepted = accepted
        self.memory = memory
    }

    mutating func read() throws(RequestFault) -> DecisionRequest {
        guard scanner.peek() != nil else {
            throw .malformed(
                "The body is empty; send JSON such as {\"policy\": \"chat\", \"descriptor\": {\"user\": \"42\"}}.")
        }
        guard scanner.take(UInt8(ascii: "{")) else { throw wrongType("the request must be an object") }
        if !scanner.take(UInt8(ascii: "}")) {
            repeat {
                let name = try scanner.string()
                try scanner.require(UInt8(ascii: ":"))
                try member(name)
            } while scanner.take(UInt8(ascii: ","))
            try scanner.require(UInt8(ascii: "}"))
        }
        try scanner.requireEnd()
        guard seen.contains(.policy) else {
            throw .invalid("'policy' is missing: name the policy that decides.")
        }
        // Whoever may name a rule, a limit or a time has to.
        let missing = accepted.intersection([.rule, .seconds, .limit]).subtracting(seen)
        if let word = missing.words.first { throw .invalid("'\(word)' is missing.") }
        return request
    }

    private mutating func member(_ name: UnsafeRawBufferPointer) throws(RequestFault) {
        guard let field = DecisionRequest.Fields(name), accepted.contains(field) else {
            let word = String(name.text.prefix(64))
            let hint = NearestWord.hint(for: word, among: accepted.words)
            throw .invalid(
                "'\(word)' means nothing here\(hint); this endpoint knows \(accepted.words.joined(separator: ", ")).")
        }
        guard seen.insert(field).inserted else { throw .invalid("'\(name.text)' is given twice.") }
        switch field {
        case .policy: request.policy = try word("policy")
        case .rule: request.rule = try word("rule")
        case .limit: request.limit = try word("limit")
        case .seconds: request.seconds = try seconds()
        case .descriptor: request.entries = try descriptor()
        case .cost: request.cost = try cost()
        default: request.wantsDetails = try details()
        }
    }

    private mutating func word(_ field: StaticString) throws(RequestFault) -> UnsafeRawBufferPointer {
        guard scanner.peek() == UInt8(ascii: "\"") else { throw wrongType("'\(field)' must be a string") }
        let name = try scanner.string()
        guard name.count <= Descriptor.maximumBytes else {
            throw .tooLarge("'\(field)' has at most \(Descriptor.maximumBytes) bytes.")
        }
        return name
    }

    private mutating func seconds() throws(RequestFault) -> Double {
        guard scanner.peek()?.beginsNumber == true else { throw wrongType("'seconds' must be a number") }
        guard let seconds = Double(try scanner.number().text.text), seconds > 0, seconds <= 31_622_400 else {
            throw .invalid("'seconds' must be above 0 and at most a year.")
        }
        return seconds
    }

    private mutating func details() throws(RequestFault) -> Bool {
        guard scanner.peek() == UInt8(ascii: "t") || scanner.peek() == UInt8(ascii: "f") else {
            throw wrongType("'details' must be true or false")
        }
        return try scanner.bool()
    }

    private mutating func cost() throws(RequestFault) -> Int64 {
        guard scanner.peek()?.beginsNumber == true else { throw wrongType("'cost' must be a number") }
        let (text, isWhole) = try scanner.number()
        guard isWhole else { throw .invalid("'cost' must be a whole number, without fraction or exponent.") }
        guard let cost = Int64(text.text), cost >= 0 else {
            throw .invalid("'cost' must be from 0 to \(Int64.max).")
        }
        return cost
    }

    private mutating func descriptor() throws(RequestFault) -> UnsafeBufferPointer<RawEntry> {
        guard scanner.take(UInt8(ascii: "{")) else { throw wrongType("'descriptor' must be an object of strings") }
        var count = 0
        if !scanner.take(UInt8(ascii: "}")) {
            repeat {
                guard count < memory.count else {
                    throw .tooLarge("The descriptor has more than \(Descriptor.maximumEntries) entries.")
                }
                memory.initializeElement(at: count, to: try entry(after: count))
                count += 1
            } while scanner.take(UInt8(ascii: ","))
            try scanner.require(UInt8(ascii: "}"))
        }
        return UnsafeBufferPointer(rebasing: UnsafeBufferPointer(memory)[..<count])
    }

    private mutating func entry(after count: Int) throws(RequestFault) -> RawEntry {
        let key = try scanner.string()
        try scanner.require(UInt8(ascii: ":"))
        let value = try value(of: key)
        guard key.count <= Descriptor.maximumBytes, value.count <= Descriptor.maximumBytes else {
            throw .tooLarge(
                "A descriptor's keys and values have at most \(Descriptor.maximumBytes) bytes; hash what is longer.")
        }
        for index in 0..<count where memory[index].key.hasSameBytes(as: key) {
            throw .invalid("The descriptor gives '\(key.text)' twice.")
        }
        return RawEntry(key: key, value: value)
    }

    /// A string, or a whole number as its digits stand: many callers' identifiers are numbers.
    private mutating func value(of key: UnsafeRawBufferPointer) throws(RequestFault) -> UnsafeRawBufferPointer {
        switch scanner.peek() {
        case UInt8(ascii: "\"")?: return try scanner.string()
        case let byte? where byte.beginsNumber:
            let (text, isWhole) = try scanner.number()
            guard isWhole else {
                throw .invalid("The value of '\(key.shortText)' is a fraction; write it as a string.")
            }
            return text
        default: throw wrongType("the value of '\(key.shortText)' must be a string or a whole number")
        }
    }

    /// Another type than the one wanted, or no JSON at all.
    private func wrongType(_ wanted: String) -> RequestFault {
        guard scanner.position < scanner.bytes.count, scanner.startsValue else { return scanner.unexpected("a value") }
        return .invalid("At byte \(scanner.position) \(wanted).")
    }
}

extension JSONScanner {
    /// Whether the byte that comes next begins a JSON value.
    fileprivate var startsValue: Bool {
        switch bytes[position] {
        case UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "t"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension UInt8 {
    fileprivate var beginsNumber: Bool { self == UInt8(ascii: "-") || self &- UInt8(ascii: "0") < 10 }
}

extension UnsafeRawBufferPointer {
    /// The bytes as a string short enough for a message.
    fileprivate var shortText: String { String(text.prefix(64)) }
}

extension DecisionRequest.Fields {
    private static let names: [(StaticString, DecisionRequest.Fields)] = [
        ("policy", .policy), ("descriptor", .descriptor), ("cost", .cost), ("details", .details),
        ("rule", .rule), ("seconds", .seconds), ("limit", .limit),
    ]

    @inline(__always)
    fileprivate init?(_ name: UnsafeRawBufferPointer) {
        switch name.count {
        case 4 where name.elementsEqual("cost".utf8): self = .cost
        case 4 where name.elementsEqual("rule".utf8): self = .rule
        case 5 where name.elementsEqual("limit".utf8): self = .limit
        case 6 where name.elementsEqual("policy".utf8): self = .policy
        case 7 where name.elementsEqual("details".utf8): self = .details
        case 7 where name.elementsEqual("seconds".utf8): self = .seconds
        case 10 where name.elementsEqual("descriptor".utf8): self = .descriptor
        default: return nil
        }
    }

    fileprivate var words: [String] {
        Self.names.filter { contains($0.1) }.map { String(describing: $0.0) }
    }
}
