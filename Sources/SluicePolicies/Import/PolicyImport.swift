internal import Foundation
internal import Sluice

/// A policy file made of another limiter's configuration.
package struct PolicyImport: Sendable {
    /// Whose configuration it is; the raw values are the words of the command line.
    package enum Form: String, CaseIterable, Sendable {
        /// envoyproxy/ratelimit's YAML, a file or a folder of files.
        case envoy
        /// An nginx configuration with `limit_req` or `limit_conn`.
        case nginx
        /// The `rate_limiting:` block of a Twitch bot's `config.yaml`.
        case twitch
    }

    /// Whose configuration it was.
    package let form: Form
    /// The policy file, with comments on what has no equal and what was decided.
    package let text: String
    /// How many comments tell of something that is not as it was.
    package let remarks: Int

    /// The import of a file or, for Envoy, of a folder.
    /// - Parameter form: Whose configuration it is; `nil` recognizes it by its content.
    /// - Throws: Everything that is wrong with it, each with its file, line and column.
    package init(contentsOf path: String, as form: Form? = nil) throws(PolicyFileError) {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            if let form, form != .envoy {
                let message = "this is a folder; name the file to import from \(form.rawValue)"
                throw PolicyFileError(.unreadable, [PolicyDiagnostic(file: path, message: message)])
            }
            try self.init(EnvoyImport.draft(EnvoySources(contentsOf: path).domains()), of: path, .envoy)
        } else {
            let bytes = try PolicyFile.bytes(ofFile: path, kind: "configuration")
            try self.init(SourceText(name: path, bytes: bytes), as: form)
        }
    }

    /// The import of a text.
    package init(_ text: String, name: String, as form: Form? = nil) throws(PolicyFileError) {
        try self.init(SourceText(name: name, text: text), as: form)
    }

    private init(_ source: SourceText, as form: Form?) throws(PolicyFileError) {
        guard let form = form ?? Self.form(of: source) else {
            let words = Form.allCases.map(\.rawValue).joined(separator: ", ")
            let message = "this is no configuration that is recognized; say whose it is with --from, one of \(words)"
            throw PolicyFileError(.invalid, [source.diagnostic(message, at: .start)])
        }
        let draft =
            switch form {
            case .envoy: try EnvoyImport.draft(EnvoySources([source]).domains())
            case .nginx: try NginxImport.draft(source)
            case .twitch: try TwitchImport.draft(source)
            }
        try self.init(draft, of: source.name, form)
    }

    private init(_ draft: ImportDraft, of name: String, _ form: Form) throws(PolicyFileError) {
        guard !draft.policies.isEmpty else {
            let message = "there is no limit in it that could be imported"
            throw PolicyFileError(.invalid, [PolicyDiagnostic(file: name, position: .start, message: message)])
        }
        self.form = form
        text = draft.text(madeOf: "\(name) (\(form.rawValue))")
        remarks = draft.remarkCount
        // What is written here must be a policy file, whatever stood in the source.
        _ = try PolicyFile(yaml: text, name: "the import of \(name)")
    }

    /// Whose configuration a text is, by the first line that tells.
    private static func form(of source: SourceText) -> Form? {
        for line in source.lines {
            let line = String(line).drop { $0 == " " || $0 == "\t" || $0 == "{" || $0 == "\"" }
            guard let end = line.firstIndex(where: { " \t:;{\"".contains($0) }) ?? line.indices.last else { continue }
            switch line[..<end] {
            case "domain", "descriptors": return .envoy
            case "rate_limiting": return .twitch
            case "events", "http", "server", "location", "upstream", "limit_req_zone", "limit_req", "limit_conn_zone",
                "limit_conn", "user", "worker_processes":
                if line.contains("{") || line.contains(";") { return .nginx }
            default: continue
            }
        }
        return nil
    }
}
