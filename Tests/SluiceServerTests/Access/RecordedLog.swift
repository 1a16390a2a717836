import Logging
import Synchronization

/// A log that a test looks at.
final class RecordedLog: Sendable {
    private let recorded = Mutex<[String]>([])

    /// A line for each event: level, message, metadata.
    var lines: [String] { recorded.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { [self] _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let words = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            log.recorded.withLock { $0.append("\(event.level) \(event.message) \(words)") }
        }
    }
}
