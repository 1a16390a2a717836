import Foundation

/// What `docs/redis.md` has an operator grant.
enum DocumentedAccess {
    /// One server: commands and keys.
    static let words = """
        ~sluice:* -@all +fcall +function|load +time +mget +exists +set +setrange +del \
        +eval +zadd +zremrangebyscore +zcard +zrem +pexpire
        """
    /// Beside them in a cluster.
    static let cluster = "+cluster|shards +asking"
    /// Beside them where Sentinels name the master.
    static let sentinel = "+role"

    /// The page, without what the shell and tables need beside the words.
    static func page() throws -> String {
        // The test's folder may be reached by a link.
        let file = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        let root = (0..<4).reduce(file) { folder, _ in folder.deletingLastPathComponent() }
        let text = try String(contentsOf: root.appendingPathComponent("docs/redis.md"), encoding: .utf8)
        return text.replacing(/['"]/, with: "").replacing(/\s*\\\n\s*/, with: " ").replacing("\\|", with: "|")
    }

    /// The commands of some words.
    static func commands(_ words: String) -> [String] {
        words.split(separator: " ").filter { $0.hasPrefix("+") }.map { String($0.dropFirst()) }
    }

    /// The line of a `redis.conf` that makes such a user.
    static func user(_ words: String) -> String { "user limits on >secret \(words)" }
}
