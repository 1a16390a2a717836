/// What a document says that a command prints.
///
/// White space counts once. `…` stands for anything within a line, alone in a line for any lines. Small whole
/// numbers must agree; decimals, and numbers from 100, may differ by a tenth, since time passes.
struct ExpectedOutput {
    private let lines: [[Substring]]

    init(_ text: String) { lines = Self.words(text) }

    /// Whether a program printed this.
    func matches(_ printed: String) -> Bool { Self.match(lines[...], Self.words(printed)[...]) }

    private static func words(_ text: String) -> [[Substring]] {
        text.split(whereSeparator: \.isNewline).map { $0.split { $0 == " " || $0 == "\t" || $0 == "\r" } }
            .filter { !$0.isEmpty }
    }

    private static func match(_ expected: ArraySlice<[Substring]>, _ printed: ArraySlice<[Substring]>) -> Bool {
        guard let first = expected.first else { return printed.isEmpty }
        let rest = expected.dropFirst()
        if first == ["…"] {
            return (printed.startIndex...printed.endIndex).contains { match(rest, printed[$0...]) }
        }
        guard let line = printed.first else { return false }
        return agree(first.joined(separator: " ")[...], line.joined(separator: " ")[...])
            && match(rest, printed.dropFirst())
    }

    /// Whether a line says the same, number by number and character by character.
    static func agree(_ expected: Substring, _ printed: Substring) -> Bool {
        guard let character = expected.first else { return printed.isEmpty }
        if character == "…" {
            let rest = expected.dropFirst()
            var candidate = printed
            while true {
                if agree(rest, candidate) { return true }
                if candidate.popFirst() == nil { return false }
            }
        }
        if character.isNumber, printed.first?.isNumber == true {
            let (a, b) = (number(expected), number(printed))
            return numbersAgree(a, b) && agree(expected.dropFirst(a.count), printed.dropFirst(b.count))
        }
        return character == printed.first && agree(expected.dropFirst(), printed.dropFirst())
    }

    private static func number(_ text: Substring) -> Substring {
        text.prefix { $0.isNumber || $0 == "." }
    }

    private static func numbersAgree(_ a: Substring, _ b: Substring) -> Bool {
        guard let x = Double(a), let y = Double(b) else { return a == b }
        let mayDiffer = a.contains(".") || b.contains(".") || max(x, y) >= 100
        return mayDiffer ? abs(x - y) <= max(x, y) / 10 : x == y
    }
}
