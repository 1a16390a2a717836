import SluiceTesting

/// Makes JSON texts that are right, nearly right, or noise.
struct RequestFuzzer {
    var random: SplitMix64

    static let fragments = [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\u0000", "true", "false", "null", "0",
        "-",
        "1", ".", "e", "E+", "\"policy\"", "\"descriptor\"", "\"cost\"", "\"details\"", " ", "\n", "\t", "\r", "\u{1}",
        "é",
        "😀", "9223372036854775807", "9223372036854775808", "1e999", "-0", "\"\"", "\u{7F}", "\u{2028}",
    ]

    /// A text that is right, in random order, spacing and escapes.
    mutating func request() -> [UInt8] {
        var members = ["\"policy\":\(string())"]
        if random.chance(80) { members.append("\"descriptor\":{\(entries())}") }
        if random.chance(50) { members.append("\"cost\":\(space())\(random.number(in: 0...1_000_000))") }
        if random.chance(30) { members.append("\"details\":\(random.chance(50))") }
        members.shuffle(using: &random)
        return Array(
            "\(space()){\(space())\(members.joined(separator: "\(space()),\(space())"))\(space())}\(space())".utf8)
    }

    /// A text with a few bytes changed, dropped, doubled or put in.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<random.number(in: 1...4) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch random.number(in: 0...4) {
            case 0: bytes.insert(contentsOf: random.pick(Self.fragments).utf8, at: place)
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 3: bytes.removeSubrange(place...)
            default:
                let end = Int.random(in: place...bytes.count, using: &random)
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        }
        return bytes
    }

    private mutating func entries() -> String {
        let count = random.number(in: 0...5)
        return (0..<count).map { index in
            let value = random.chance(25) ? "\(random.number(in: 1...1_000_000_000_000))" : string()
            return "\(space())\"k\(index)\"\(space()):\(space())\(value)"
        }.joined(separator: ",")
    }

    private mutating func string() -> String {
        let parts = [
            "a", "42", "é", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\ude00", " ", "\u{7F}", "x",
        ]
        return "\"" + (0..<random.number(in: 0...6)).map { _ in random.pick(parts) }.joined() + "\""
    }

    private mutating func space() -> String { random.chance(80) ? "" : random.pick([" ", "\n", "\t", "\r\n", "  "]) }
}
