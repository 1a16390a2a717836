import RedisServers

/// What the revision is called that is measured, as far as git knows.
public enum CommitName {
    /// The short name of the commit in this folder, with a plus if files were changed after it; `nil` where there is no
    /// repository, or no git.
    public static func current() async -> String? {
        guard let name = try? await FinishedProgram.output(of: ["git", "rev-parse", "--short", "HEAD"]) else {
            return nil
        }
        let changes = try? await FinishedProgram.output(of: ["git", "status", "--porcelain", "--untracked-files=no"])
        return plain(name) + (plain(changes ?? "").isEmpty ? "" : "+")
    }

    private static func plain(_ text: String) -> String { String(text.prefix { !$0.isNewline }) }
}
