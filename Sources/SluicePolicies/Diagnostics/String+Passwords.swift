extension String {
    /// The text, as long as before, with stars for whatever may be a password in a URL: all between `://` and the last
    /// `@` of the line, and what follows `password=`.
    package var hidingPasswords: String {
        var scalars = Array(unicodeScalars)
        for line in scalars.indices.split(whereSeparator: { scalars[$0] == "\n" }) {
            Self.hideUser(in: &scalars, line)
            Self.hideOptions(in: &scalars, line)
        }
        var text = UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    private static func hideUser(in scalars: inout [Unicode.Scalar], _ line: Range<Int>) {
        guard let end = scalars[line].lastIndex(of: "@"), let start = scalars[line].firstRange(of: "://".unicodeScalars)
        else { return }
        guard start.upperBound < end else { return }
        for index in start.upperBound..<end { scalars[index] = "*" }
    }

    private static func hideOptions(in scalars: inout [Unicode.Scalar], _ line: Range<Int>) {
        var rest = line
        while let found = scalars[rest].firstRange(of: "password=".unicodeScalars) {
            var index = found.upperBound
            while index < line.upperBound, !"&\"' ".unicodeScalars.contains(scalars[index]) {
                scalars[index] = "*"
                index += 1
            }
            rest = index..<line.upperBound
        }
    }
}
