import SluiceServer

/// An environment that says something of every setting.
struct SettingSamples {
    /// Some value of each kind; the first that a setting takes stands for it.
    private static let values = [
        "127.0.0.1:8080", "1", "true", "250ms", "redis://127.0.0.1:6379", "10.0.0.0/8", "http://127.0.0.1:4318",
        "notice", "json", "x-forwarded-for", "a",
    ]
    private static let settings = Setting.all.filter { $0.layers.contains(.environment) }

    private let environment: [String: String]

    /// How many settings the environment can speak of.
    static var count: Int { settings.count }

    /// - Parameter others: How many variables there are that are no setting's.
    init(others: Int) throws {
        var environment: [String: String] = [:]
        for setting in Self.settings {
            guard let value = Self.values.first(where: { (try? setting.kind.check($0)) != nil }) else {
                throw BenchError("there is no sample of '\(setting.key)'; please report this")
            }
            environment[setting.variable] = value
        }
        for number in 0..<others { environment["OTHER_VARIABLE_\(number)"] = "value \(number)" }
        self.environment = environment
    }

    /// How long it takes to find the settings and to check what is said of them, in nanoseconds: the mean of so many
    /// times.
    func resolve(_ times: Int) throws -> Double {
        let start = ContinuousClock.now
        for _ in 0..<times {
            let said = SettingEnvironment(environment)
            guard said.faults.isEmpty, said.values.count == Self.count else {
                throw BenchError("not every setting was found in the environment; please report this")
            }
            for setting in Self.settings {
                guard let value = said.values[setting.variable] else { continue }
                try setting.kind.check(value)
            }
        }
        return (ContinuousClock.now - start) / .nanoseconds(1) / Double(times)
    }
}
