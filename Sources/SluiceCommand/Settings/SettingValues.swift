import Sluice
import SluicePolicies
import SluiceServer

/// What settings are, and who says so.
struct SettingValues: Sendable {
    /// What is said of one.
    struct Said: Sendable {
        var setting: Setting
        var text: String
        var origin: SettingOrigin

        /// Where to change it.
        var place: String { origin.place(of: setting) }

        /// What is wrong with it, if anything is.
        var fault: String? {
            // What a file says was checked when it was read, and told with its line.
            guard origin == .commandLine || origin == .environment else { return nil }
            do throws(TextFault) {
                try setting.kind.check(text)
                return nil
            } catch {
                return "\(place): \(error.message)" + (error.suggestion.map { " (did you mean '\($0)'?)" } ?? "")
            }
        }
    }

    /// By key; nothing for a setting that nobody speaks of and that has no default.
    var said: [String: Said] = [:]

    /// All that is wrong with single values, in the order of the settings.
    var faults: [String] { Setting.all.compactMap { said[$0.key]?.fault } }

    subscript(setting: Setting) -> String? { said[setting.key]?.text }

    /// What somebody says of a setting; `nil` where its default holds.
    func given(_ setting: Setting) -> Said? {
        guard let said = said[setting.key], said.origin != .standard else { return nil }
        return said
    }

    /// A whole number that somebody gives.
    func number(_ setting: Setting) -> Int? { given(setting).flatMap { Int($0.text) } }

    /// Whether a flag is set.
    func isOn(_ setting: Setting) -> Bool { self[setting] == "true" }

    /// An address; `nil` for none.
    func address(_ setting: Setting) throws(ServerError) -> ListenAddress? {
        guard let text = self[setting] else { return nil }
        return try ListenAddress.parse(text)
    }

    /// What a running server goes by beside its policies.
    func serverSettings(of file: ServerFile) -> ServerSettings {
        var settings = file.settings
        settings.trustedProxies = .init { self[$0] }
        return settings
    }

    /// The names of settings that others would have to be started with.
    func changed(from old: SettingValues) -> [String] {
        Setting.all.filter { !$0.appliesOnReload && self[$0] != old[$0] }.map(\.key)
    }
}
