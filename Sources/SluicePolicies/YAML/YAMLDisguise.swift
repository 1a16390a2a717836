/// Characters of a text exchanged for ones that it does not contain, and back.
///
/// Two things in Yams' composer cannot be bounded from outside. It resolves aliases by itself: a few lines can
/// describe a tree of 2⁶⁴ nodes, which it hashes if the tree is a key. And it gives up at a map with a repeated key
/// and tells only where the first one stands. So every `*` is exchanged before composing: without it there are no
/// aliases, and `YAMLNodeConverter` resolves them, within limits. And the first character of a repeated key is
/// exchanged, so that composing goes on and the repetition is found in the tree.
///
/// One scalar takes the place of one scalar, so lines and columns stay what they are.
struct YAMLDisguise {
    /// Stands for `*`.
    let asterisk: Unicode.Scalar
    private var unused: [Unicode.Scalar]
    private var originals: [Unicode.Scalar: Unicode.Scalar]

    /// The scalars of the private use area in the basic plane, which YAML admits wherever it admits letters.
    private static let privateUse = (UInt32(0xe000)...0xf8ff).compactMap(Unicode.Scalar.init)

    /// A disguise for a text; `nil` when the text itself contains nearly all of the private use area.
    init?(for text: String) {
        unused = Self.privateUse
        if Self.mayHavePrivateUse(text) {
            let used = Set(text.unicodeScalars.lazy.filter { (0xe000...0xf8ff).contains($0.value) })
            unused.removeAll(where: used.contains)
        }
        guard unused.count > PolicyFile.maximumDiagnostics, let asterisk = unused.popLast() else { return nil }
        self.asterisk = asterisk
        originals = [asterisk: "*"]
    }

    /// Whether a byte is there with which these scalars begin; asked of every value of a file.
    private static func mayHavePrivateUse(_ text: String) -> Bool { text.utf8.contains { $0 == 0xee || $0 == 0xef } }

    /// A scalar that stands for `original`; `nil` when there are no more.
    mutating func substitute(for original: Unicode.Scalar) -> Unicode.Scalar? {
        guard let substitute = unused.popLast() else { return nil }
        originals[substitute] = originals[original] ?? original
        return substitute
    }

    /// The text as it stands in the file.
    func undone(_ text: String) -> String {
        guard Self.mayHavePrivateUse(text), text.unicodeScalars.contains(where: { originals[$0] != nil }) else {
            return text
        }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.unicodeScalars.map { originals[$0] ?? $0 })
        return String(scalars)
    }
}
