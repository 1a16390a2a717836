import Foundation
import Logging

/// Writes each message as a line of JSON to standard error: `{"time", "level", "message"}` and what the message tells
/// beside, under its own names.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = Self.line(
            time: Date(), level: event.level, message: event.message.description,
            metadata: metadata.merging(event.metadata ?? [:]) { $1 })
        StandardStream.error.write(line)
    }

    /// The keys come in the order of the alphabet.
    static func line(time: Date, level: Logger.Level, message: String, metadata: Logger.Metadata) -> String {
        var words = metadata.mapValues(\.description)
        words["time"] = time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        words["level"] = level.rawValue
        words["message"] = message
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings are always encodable.
        return (try? encoder.encode(words)).map { String(decoding: $0, as: UTF8.self) } ?? message
    }
}
