import Logging

/// Tells once that something does not work, however often it is tried again, and once that it works again.
struct OutageLog {
    private let logger: Logger
    private let outage: Logger.Message
    private let recovery: Logger.Message
    private var isTold = false

    init(_ logger: Logger, outage: Logger.Message, recovery: Logger.Message) {
        self.logger = logger
        self.outage = outage
        self.recovery = recovery
    }

    mutating func failed(_ error: RedisError?) {
        let level: Logger.Level = isTold ? .debug : .warning
        isTold = true
        logger.log(level: level, outage, metadata: error.map { ["error": "\($0)"] })
    }

    mutating func works() {
        guard isTold else { return }
        isTold = false
        logger.notice(recovery)
    }
}
