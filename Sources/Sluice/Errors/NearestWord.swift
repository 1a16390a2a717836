/// Finds the word somebody probably meant.
public enum NearestWord {
    /// The candidate nearest to `word`, if one is near enough to be worth suggesting.
    ///
    /// Near enough is an optimal string alignment distance (insertions, deletions, substitutions and swaps
    /// of neighbours, ignoring case) of at most a third of the longer word, or the word being a prefix.
    /// - Complexity: O(candidates × length²).
    public static func suggestion(for word: String, among candidates: some Sequence<String>) -> String? {
        let target = Array(word.lowercased().utf8)
        guard !target.isEmpty else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in candidates.sorted() {
            let bytes = Array(candidate.lowercased().utf8)
            var distance = distance(target, bytes)
            if target.count >= 3, bytes.starts(with: target) { distance = min(distance, 1) }
            let allowed = max(1, max(target.count, bytes.count) / 3)
            if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// `" (did you mean 'x'?)"`, or nothing.
    public static func hint(for word: String, among candidates: some Sequence<String>) -> String {
        suggestion(for: word, among: candidates).map { " (did you mean '\($0)'?)" } ?? ""
    }

    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
        for i in 0...a.count { rows[i][0] = i }
        for j in 0...b.count { rows[0][j] = j }
        for i in 0..<a.count {
            for j in 0..<b.count {
                let substitution = rows[i][j] + (a[i] == b[j] ? 0 : 1)
                var least = min(rows[i][j + 1] + 1, rows[i + 1][j] + 1, substitution)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    least = min(least, rows[i - 1][j - 1] + 1)
                }
                rows[i + 1][j + 1] = least
            }
        }
        return rows[a.count][b.count]
    }
}
