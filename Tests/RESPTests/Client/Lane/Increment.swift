import RESP

/// Counts, so that a test can tell what ran twice.
struct Increment: RedisCommand {
    typealias Response = Int64
    static let name = "INCR"
    var key: String
    var keysAffected: [String] { [key] }

    func encode(into writer: inout RequestWriter) {
        writer.command("INCR", arguments: 1)
        writer.argument(key)
    }
}
