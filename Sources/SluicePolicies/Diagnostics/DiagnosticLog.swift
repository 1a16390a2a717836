internal import Sluice

/// Collects what is wrong with one text while it is read on.
package final class DiagnosticLog {
    let source: SourceText
    private var diagnostics: Set<PolicyDiagnostic> = []
    private var omitted = 0
    /// How many faults were reported so far, also those that were already known.
    private(set) var reports = 0

    init(_ source: SourceText) { self.source = source }

    package func report(_ message: String, at position: SourcePosition, suggesting suggestion: String? = nil) {
        reports += 1
        let diagnostic = source.diagnostic(message, at: position, suggesting: suggestion)
        // A node that several aliases share is read several times, and would report the same fault each time.
        guard !diagnostics.contains(diagnostic) else { return }
        if diagnostics.count < PolicyFile.maximumDiagnostics {
            diagnostics.insert(diagnostic)
        } else {
            omitted += 1
        }
    }

    package func report(_ fault: TextFault, at position: SourcePosition) {
        report(fault.message, at: position, suggesting: fault.suggestion)
    }

    /// Reports a word that is none of `candidates`, with the nearest of them.
    package func report(
        _ message: String, at position: SourcePosition, unknown word: String, among candidates: [String]
    ) {
        report(message, at: position, suggesting: NearestWord.suggestion(for: word, among: candidates))
    }

    /// Throws what was collected, if anything was.
    func throwIfNotEmpty() throws(PolicyFileError) {
        guard !diagnostics.isEmpty else { return }
        let ordered = diagnostics.sorted { a, b in
            (a.position ?? .start, a.message) < (b.position ?? .start, b.message)
        }
        throw PolicyFileError(.invalid, ordered, omitted: omitted)
    }
}
