import Configuration
import Sluice
import SluicePolicies
import SluiceServer
import Synchronization

/// What settings are, by the command line, or else the environment, or else the file, or else their defaults.
struct SettingLayers: Sendable {
    private let commandLine: InMemoryProvider
    private let environment: KeyMappingProvider<EnvironmentVariablesProvider>

    /// - Parameters:
    ///   - options: What the command line says.
    ///   - environment: All variables of the process.
    /// - Throws: Everything that is wrong with either, be it a value or a name.
    init(_ options: [any SettingOptions], environment: [String: String]) throws(SettingsFault) {
        let variables = SettingEnvironment(environment)
        var said: [AbsoluteConfigKey: ConfigValue] = [:]
        for (setting, text) in options.flatMap(\.said) {
            if let text { said[AbsoluteConfigKey([setting.key])] = setting.value(text) }
        }
        commandLine = InMemoryProvider(name: "command line", values: said)
        let secrets = Setting.all.filter(\.isSecret).map(\.variable)
        self.environment = EnvironmentVariablesProvider(
            environmentVariables: variables.values, secretsSpecifier: .specific(Set(secrets))
        ).prefixKeys(with: "sluice")
        let faults = variables.faults + values(with: nil).faults
        if !faults.isEmpty { throw SettingsFault(faults) }
    }

    /// What all settings are with a file, whose values are good: it could not be read otherwise.
    func values(with file: ServerFile?) -> SettingValues {
        let reporter = OriginReporter()
        let reader = ConfigReader(
            providers: [commandLine, environment, Self.provider(of: file), Self.defaults], accessReporter: reporter)
        var values = SettingValues()
        for setting in Setting.all {
            let key = ConfigKey([setting.key])
            guard let text = reader.string(forKey: key, isSecret: setting.isSecret) else { continue }
            let origin: SettingOrigin =
                switch reporter.answering {
                case 0: .commandLine
                case 1: .environment
                case 2:
                    file?.given[setting.key].map { .file(file?.path ?? "", $0.position) } ?? .standard
                default: .standard
                }
            values.said[setting.key] = SettingValues.Said(setting: setting, text: text, origin: origin)
        }
        return values
    }

    private static func provider(of file: ServerFile?) -> InMemoryProvider {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, said) in file?.given ?? [:] {
            values[AbsoluteConfigKey([key])] = Setting.named(key)?.value(said.text)
        }
        return InMemoryProvider(name: file?.path ?? "no file", values: values)
    }

    private static let defaults = InMemoryProvider(
        name: "defaults",
        values: Dictionary(
            uniqueKeysWithValues: Setting.all.compactMap { setting in
                setting.standardValue.map { (AbsoluteConfigKey([setting.key]), setting.value($0)) }
            }))
}

extension Setting {
    fileprivate func value(_ text: String) -> ConfigValue { ConfigValue(.string(text), isSecret: isSecret) }
}

/// Remembers which of the providers, which are asked in turn, answered last.
private final class OriginReporter: AccessReporter {
    private let last = Atomic(-1)

    /// The number of that provider; -1 if none did.
    var answering: Int { last.load(ordering: .relaxed) }

    func report(_ event: AccessEvent) {
        let number = event.providerResults.firstIndex { (try? $0.result.get().value) != nil }
        last.store(number ?? -1, ordering: .relaxed)
    }
}
