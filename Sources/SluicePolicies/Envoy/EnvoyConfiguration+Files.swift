internal import Foundation
internal import Sluice

extension EnvoyConfiguration {
    /// What a file says, or the files of a folder.
    ///
    /// Of a folder every `.yaml` and `.yml` file is read, in the order of their names, as envoyproxy/ratelimit does;
    /// what lies in folders below is not, and neither is what begins with a dot: Kubernetes keeps the files of a config
    /// map in `..data` and puts links to them beside it.
    /// - Throws: Everything that is wrong with them, each with its file, line and column.
    package init(contentsOf path: String) throws(PolicyFileError) {
        self.init(try EnvoySources(contentsOf: path).domains())
    }

    /// The files that are read for a path, in their order.
    /// - Throws: ``PolicyFileError`` for a folder without any.
    package static func files(at path: String) throws(PolicyFileError) -> [String] {
        try EnvoySources.files(at: path)
    }

    /// What these texts say.
    /// - Throws: Everything that is wrong with them, each with its name, line and column.
    package init(_ files: [(name: String, text: String)]) throws(PolicyFileError) {
        var sources = EnvoySources()
        for file in files {
            guard file.text.utf8.count <= PolicyFile.maximumBytes else {
                throw PolicyFile.tooLarge(file.name, EnvoySources.kind)
            }
            sources.texts.append(SourceText(name: file.name, text: file.text))
        }
        self.init(try sources.domains())
    }
}

/// The files of a configuration.
struct EnvoySources {
    var texts: [SourceText] = []

    /// What a file is called in errors.
    static let kind = "rate limit configuration"

    init(_ texts: [SourceText] = []) { self.texts = texts }

    init(contentsOf path: String) throws(PolicyFileError) {
        for file in try Self.files(at: path) {
            texts.append(try SourceText(name: file, bytes: PolicyFile.bytes(ofFile: file, kind: Self.kind)))
        }
    }

    /// What they say, each of another domain.
    /// - Throws: Everything that is wrong with all of them.
    func domains() throws(PolicyFileError) -> [EnvoyDomain] {
        var domains: [EnvoyDomain] = []
        var errors: [PolicyFileError] = []
        for text in texts {
            do {
                if let domain = try Self.domain(DiagnosticLog(text), besides: domains) { domains.append(domain) }
            } catch {
                errors.append(error)
            }
        }
        guard let first = errors.first else { return domains }
        throw PolicyFileError(
            first.code, errors.flatMap(\.diagnostics), omitted: errors.reduce(0) { $0 + $1.omitted })
    }

    private static func domain(
        _ log: DiagnosticLog, besides others: [EnvoyDomain]
    ) throws(PolicyFileError) -> EnvoyDomain? {
        let domain = EnvoyReader(log: log).domain(try YAMLComposer.compose(log))
        if let domain, let other = others.first(where: { ExactText($0.name) == ExactText(domain.name) }) {
            let message = "the domain \(domain.name.quoted) is already given in \(other.file):\(other.position)"
            log.report(message, at: domain.position)
        }
        try log.throwIfNotEmpty()
        return domain
    }

    static func files(at path: String) throws(PolicyFileError) -> [String] {
        guard isFolder(path) else { return [path] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let files = names.filter { !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
            .filter { !isFolder($0) }
        guard files.isEmpty else { return files }
        let message = "there is no .yaml or .yml file in this folder that can be read"
        throw PolicyFileError(.unreadable, [PolicyDiagnostic(file: path, message: message)])
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
