import SluiceServer

/// Everything that is wrong with what a server was told, each with the place where it was.
struct SettingsFault: Error, CustomStringConvertible {
    var sentences: [String]

    init(_ sentences: [String]) { self.sentences = sentences }

    /// One thing that is wrong with what is said of a setting.
    init(_ said: SettingValues.Said, _ message: String) {
        sentences = ["\(said.place): \(message)"]
    }

    var description: String { sentences.joined(separator: "\n") }
}
