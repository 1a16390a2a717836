import ArgumentParser
import SluiceServer

/// Options of `sluice serve` that say what settings are.
///
/// An option is a text, or for a flag a truth, that is `nil` unless it is given: what it says is checked together with
/// what the environment and the file say, and its default is the setting's.
protocol SettingOptions: ParsableArguments {
    /// What each option says, as a value of its setting.
    var said: [(setting: Setting, text: String?)] { get }
}

extension ArgumentHelp {
    /// What a setting is for, and what holds if it is not given.
    static func setting(_ setting: Setting) -> ArgumentHelp {
        let standard =
            switch setting.standard {
            case .value(let value): value
            case .words(let words): words
            }
        return ArgumentHelp("\(setting.purpose) (default: \(standard))", valueName: setting.kind.valueName)
    }
}

extension CompletionKind {
    /// What a shell offers for a setting.
    static func setting(_ setting: Setting) -> CompletionKind {
        switch setting.kind {
        case .path: .file()
        case .word(let words): .list(words)
        default: .default
        }
    }
}
