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
        try self.init(policyFile: source.policyFile, envoyPath: source.envoyPath)
    }

    /// What a policy file and the files of envoyproxy/ratelimit say together.
    /// - Throws: Everything that is wrong with the first of them that has faults, each with its line and column.
    public init(policyFile: String?, envoyPath: String?) throws(PolicyFileError) {
        var file =
            try policyFile.map { path throws(PolicyFileError) in try ServerFile(contentsOf: path) }
            ?? ServerFile(policies: [])
        if let envoyPath {
            let envoy = try EnvoyConfiguration(contentsOf: envoyPath)
            file.settings.envoy = envoy
            file.policies += envoy.policies
        }
        self = file
    }
}
