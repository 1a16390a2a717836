import Logging

/// How log messages are written.
enum LogForm: String {
    case text, json

    /// Has all loggers write to standard error in this form.
    func start(at level: Logger.Level) {
        LoggingSystem.bootstrap { label in
            switch self {
            case .json: return JSONLogHandler(logLevel: level)
            case .text:
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            }
        }
    }
}
