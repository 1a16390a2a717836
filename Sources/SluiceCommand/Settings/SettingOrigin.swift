import SluicePolicies
import SluiceServer

/// Who says what a setting is. Whoever comes later is overruled by whoever comes first.
enum SettingOrigin: Hashable {
    case commandLine
    case environment
    case file(String, SourcePosition)
    /// Nobody: its default holds.
    case standard

    /// Whoever has the lower one overrules the other.
    var rank: Int {
        switch self {
        case .commandLine: 0
        case .environment: 1
        case .file: 2
        case .standard: 3
        }
    }

    /// What it is called where settings are shown.
    var layer: String {
        switch self {
        case .commandLine: "command line"
        case .environment: "environment"
        case .file: "file"
        case .standard: "default"
        }
    }

    /// Where to change what is said of a setting: `--threads`, `SLUICE_THREADS`, `sluice.yaml:3:12`.
    func place(of setting: Setting) -> String {
        switch self {
        case .commandLine: setting.option
        case .environment: setting.variable
        case .file(let path, let position): "\(path):\(position)"
        case .standard: "default"
        }
    }
}
