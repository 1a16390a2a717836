public import SluicePolicies

extension ServerFile {
    /// Where policies come from: a policy file, the files of envoyproxy/ratelimit, or both.
    struct Source: Sendable, CustomStringConvertible {
        let policyFile: String?
        let envoyPath: String?

        /// `nil` if there is neither.
        init?(_ policyFile: String?, envoy envoyPath: String?) {
            guard policyFile != nil || envoyPath != nil else { return nil }
            self.policyFile = policyFile
            self.envoyPath = envoyPath
        }

        var description: String { [policyFile, envoyPath].compactMap(\.self).joined(separator: ", ") }

        /// What is read, with the directory itself: a file that comes or goes changes it.
        var files: [String] {
            let listed = envoyPath.map { [$0] + ((try? EnvoyConfiguration.files(at: $0)) ?? []) } ?? []
            return (policyFile.map { [$0] } ?? []) + listed
        }
    }

    init(_ source: Source) throws(PolicyFileError) {
        var file = ServerFile(policies: [])
        if let path = source.policyFile { file = try ServerFile(contentsOf: path) }
        if let path = source.envoyPath { file = try file.adding(envoyPath: path) }
        self = file
    }

    /// With the limits of files of envoyproxy/ratelimit: a directory, or one file.
    /// - Throws: Everything that is wrong with them, each with its line and column.
    public func adding(envoyPath: String) throws(PolicyFileError) -> ServerFile {
        let envoy = try EnvoyConfiguration(contentsOf: envoyPath)
        var file = self
        file.settings.envoy = envoy
        file.policies += envoy.policies
        return file
    }
}
