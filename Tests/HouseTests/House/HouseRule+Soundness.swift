extension HouseRule {
    /// What the compiler is told to believe is proved right above.
    static let provenSendability = HouseRule("unchecked concurrency is proved in a comment right above") { file in
        guard file.isSwift else { return [] }
        return file.code.indices.compactMap { index in
            let line = file.code[index]
            guard line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)"),
                !isProved(index, in: file)
            else { return nil }
            return file.violation(index + 1, "no comment right above proves that this is safe between threads")
        }
    }

    /// A plain comment among the comments right above, or a doc comment that speaks of threads.
    private static func isProved(_ index: Int, in file: SourceFile) -> Bool {
        var above = index - 1
        while above >= 0 {
            let line = file.lines[above].drop { $0 == " " }
            if line.starts(with: "///") {
                if ["thread", "lock", "Sendable", "concurren"].contains(where: line.contains) { return true }
            } else if line.starts(with: "//") {
                return true
            } else if line.first != "@" {
                return false
            }
            above -= 1
        }
        return false
    }

    /// Nothing is left for later.
    static let nothingUnfinished = HouseRule("nothing is left for later") { file in
        var found: [Violation] = []
        for (index, comment) in file.comments.enumerated() {
            let words = comment.split { !$0.isLetter }
            if let word = words.first(where: { ["TODO", "FIXME", "XXX", "HACK"].contains($0) }) {
                found.append(file.violation(index + 1, "\(word) in a comment"))
            }
        }
        guard file.isSwift else { return found }
        for (index, line) in file.code.enumerated() {
            guard let range = line.firstRange(of: "fatalError(") else { continue }
            let argument = file.lines[index].dropFirst(line.distance(from: line.startIndex, to: range.upperBound))
            if argument.first == ")" || argument.lowercased().hasPrefix("\"not ") {
                found.append(file.violation(index + 1, "a function that is not written"))
            }
        }
        return found
    }

    /// Nothing names a place of the machine that it was written on.
    static let noMachinePaths = HouseRule("no path of somebody's machine") { file in
        let places = ["work", "root", "opt/swift", "home/runner"].map { "/" + $0 + "/" }
        return file.lines.indices.compactMap { index in
            guard let place = places.first(where: { file.lines[index].contains($0) }) else { return nil }
            return file.violation(index + 1, "names \(place)")
        }
    }
}
