/// What the command line asks for.
struct Options {
    enum Mode: String, CaseIterable {
        case memory, redis, footprint
        case redisUsers = "redis-users"
    }

    struct Fault: Error {
        var message: String
    }

    var mode: Mode
    var redis = "redis://127.0.0.1:6379"
    var updates: Int?
    var users: Int?

    init(_ arguments: some Sequence<String>) throws {
        var rest = Array(arguments)
        guard let word = rest.first, let mode = Mode(rawValue: word) else {
            throw Fault(message: "say what to measure: \(Mode.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.mode = mode
        rest.removeFirst()
        while !rest.isEmpty {
            let name = rest.removeFirst()
            if name == "--json" { continue }
            guard !rest.isEmpty else { throw Fault(message: "'\(name)' lacks a value, or is no option") }
            let value = rest.removeFirst()
            switch name {
            case "--redis": redis = value
            case "--updates": updates = try Self.count(value, of: name)
            case "--users": users = try Self.count(value, of: name)
            default: throw Fault(message: "'\(name)' is no option")
            }
        }
    }

    private static func count(_ text: String, of name: String) throws -> Int {
        guard let count = Int(text), count > 0 else { throw Fault(message: "\(name) takes a whole number from 1") }
        return count
    }
}
