/// A YAML file that holds no policies, read with the same places, messages and bounds.
package enum YAMLFile {
    /// What `body` makes of a file's only document.
    ///
    /// Lines are not quoted in errors: such a file may hold what is not for a log.
    /// - Parameter what: What to call the file in errors.
    /// - Throws: Everything that is wrong with the file, each with its line and column.
    package static func read<Value>(
        _ path: String, as what: String, _ body: (YAMLNode?, PolicyFileReader) -> Value
    ) throws(PolicyFileError) -> Value {
        do {
            let source = try SourceText(name: path, bytes: PolicyFile.bytes(ofFile: path, kind: what))
            let log = DiagnosticLog(source)
            let root = try YAMLComposer.compose(log)
            let value = body(root, PolicyFileReader(log: log))
            try log.throwIfNotEmpty()
            return value
        } catch {
            var error = error
            for index in error.diagnostics.indices { error.diagnostics[index].excerpt = nil }
            throw error
        }
    }
}
