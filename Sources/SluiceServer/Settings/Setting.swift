/// Something that a server can be told: on the command line, in the environment, in the `server:` of its file.
///
/// One name gives all of its spellings: `redis-timeout` in the file, `--redis-timeout` on the command line,
/// `SLUICE_REDIS_TIMEOUT` in the environment. Help, names, checks and the table in `docs/settings.md` come from here.
package struct Setting: Sendable {
    /// Where a setting can be given.
    package struct Layers: OptionSet, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let commandLine = Layers(rawValue: 1)
        package static let environment = Layers(rawValue: 2)
        package static let file = Layers(rawValue: 4)
    }

    /// What holds when nobody says anything.
    package enum Standard: Sendable {
        /// A value, as it would be written.
        case value(String)
        /// Something that no value says.
        case words(String)
    }

    /// What it is called in the file.
    package let key: String
    /// What can be said.
    package let kind: SettingKind
    package let standard: Standard
    private let sentence: String
    /// Where it can be given.
    package let layers: Layers
    /// Whether its value may hold a password, and so is shown without it.
    package let isSecret: Bool
    /// Whether a change of the file is in force without a restart.
    package let appliesOnReload: Bool

    package init(
        _ key: String, _ kind: SettingKind, default standard: Standard,
        in layers: Layers = [.commandLine, .environment, .file], isSecret: Bool = false,
        appliesOnReload: Bool = false, _ purpose: String
    ) {
        self.key = key
        self.kind = kind
        self.standard = standard
        sentence = purpose
        self.layers = layers
        self.isSecret = isSecret
        self.appliesOnReload = appliesOnReload
    }

    /// What it is for, as a sentence, with the words that there are.
    package var purpose: String {
        guard case .word(let words) = kind, words.count > 2, let last = words.last else { return sentence }
        return "\(sentence.dropLast()): \(words.dropLast().joined(separator: ", ")) or \(last)."
    }

    /// What it is called on the command line.
    package var option: String { "--\(key)" }

    /// What it is called in the environment.
    package var variable: String {
        Self.variablePrefix + key.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// What the names of all variables begin with.
    package static let variablePrefix = "SLUICE_"

    /// The value that holds when nobody says anything.
    package var standardValue: String? {
        if case .value(let value) = standard { value } else { nil }
    }

    /// A value as others may see it.
    package func shown(_ value: String) -> String { isSecret ? Self.withoutPassword(value) : value }

    /// A URL without the user, the password and the options, wherever one of them could be.
    private static func withoutPassword(_ url: String) -> String {
        guard let mark = url.firstRange(of: "://") else { return "***" }
        var rest = url[mark.upperBound...]
        var hidden = ""
        // The last one: a password that is not written as it should be may hold others.
        if let end = rest.lastIndex(of: "@") {
            hidden = "***@"
            rest = rest[rest.index(after: end)...]
        }
        if let query = rest.firstIndex(of: "?") { rest = rest[..<query] + "?***" }
        return url[..<mark.upperBound] + hidden + rest
    }
}
