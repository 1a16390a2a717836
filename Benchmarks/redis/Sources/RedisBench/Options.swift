/// What to measure, on what, and how much of it.
struct Options {
    /// What the command line says wrong.
    struct Fault: Error {
        var message: String
    }

    enum Mode: String {
        case rate, users, latency, flood
    }

    /// Where the cells are.
    enum Place {
        case memory
        case redis(String)
        case cluster(String)
    }

    var mode: Mode
    var place = Place.memory
    var scene = Scene.one
    var keys = 1_000_000
    var decisions = 1_000_000
    var tasks = 1_024
    /// What is not given is left as the store has it.
    var lanes: Int?
    var decisionsPerCall: Int?
    var callsInFlight: Int?
    var timeoutMilliseconds: Int?

    init(_ words: some Sequence<String>) throws {
        var words = Array(words)[...]
        guard let mode = words.popFirst().flatMap(Mode.init) else { throw Fault(message: "say what to measure") }
        self.mode = mode
        while let name = words.popFirst() {
            guard let value = words.popFirst() else { throw Fault(message: "\(name) takes a value") }
            try set(name, value)
        }
    }

    private mutating func set(_ name: String, _ value: String) throws {
        func number() throws -> Int {
            guard let number = Int(value), number > 0 else { throw Fault(message: "\(name) takes a number above zero") }
            return number
        }
        switch name {
        case "--redis": place = .redis(value)
        case "--cluster": place = .cluster(value)
        case "--policy":
            guard let scene = Scene(rawValue: value) else { throw Fault(message: "no policy is called '\(value)'") }
            self.scene = scene
        case "--keys": keys = try number()
        case "--decisions": decisions = try number()
        case "--tasks": tasks = try number()
        case "--lanes": lanes = try number()
        case "--per-call": decisionsPerCall = try number()
        case "--in-flight": callsInFlight = try number()
        case "--timeout": timeoutMilliseconds = try number()
        default: throw Fault(message: "there is no option '\(name)'")
        }
    }
}
