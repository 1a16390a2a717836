/// How a language counts: which form of a word goes with a whole number. Source: Unicode CLDR, plural rules.
public enum PluralRule: Sendable, Hashable {
    /// One form for all numbers, as Indonesian has it, and Turkish after a number.
    case none
    /// One, and all others: English, German, Spanish, Italian.
    case one
    /// None and one, and all others: French, Brazilian Portuguese.
    case zeroAndOne
    /// By the last digits: 1, 21, 31 …; 2 to 4, 22 to 24 …; all others: Russian, Ukrainian.
    case slavic

    /// The forms of a word.
    public enum Form: Sendable, Hashable { case one, few, many }

    /// The form that goes with a number.
    public func form(of count: Int64) -> Form {
        switch self {
        case .none: return .many
        case .one: return count == 1 ? .one : .many
        case .zeroAndOne: return count <= 1 ? .one : .many
        case .slavic:
            let (unit, teens) = (count % 10, count % 100)
            if unit == 1, teens != 11 { return .one }
            return (2...4).contains(unit) && !(12...14).contains(teens) ? .few : .many
        }
    }
}

/// A word in the forms that go with numbers.
public struct PluralWords: Sendable, Hashable, ExpressibleByStringLiteral {
    /// With one.
    public var one: String
    /// With a few, where the language knows that.
    public var few: String
    /// With all others.
    public var many: String

    /// A word of two forms, or of three.
    public init(_ one: String, _ many: String, few: String? = nil) {
        self.one = one
        self.few = few ?? many
        self.many = many
    }

    /// A word of one form.
    public init(stringLiteral word: String) { self.init(word, word) }

    subscript(form: PluralRule.Form) -> String {
        switch form {
        case .one: one
        case .few: few
        case .many: many
        }
    }
}
