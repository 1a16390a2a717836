/// What the settings of a file that is read again mean for the server that runs.
package struct SettingsReview: Sendable {
    /// What is in force from now on.
    package var settings: ServerSettings
    /// The names of those that have changed and wait for a restart.
    package var awaitingRestart: [String]

    package init(settings: ServerSettings, awaitingRestart: [String] = []) {
        self.settings = settings
        self.awaitingRestart = awaitingRestart
    }
}
