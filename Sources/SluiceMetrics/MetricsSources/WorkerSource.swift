import SluiceBots

/// Updates that are handled in the background.
struct WorkerSource<Item: Sendable>: MetricsSource {
    let worker: UpdateWorker<Item>
    let name: String

    func read(into readings: inout Readings) { readings.updates(of: name, worker.counts) }
}

extension Readings {
    /// How many updates of a bot wait, and how many are handled.
    mutating func updates(of bot: String, _ counts: (waiting: Int, running: Int)) {
        level("sluice_bot_updates", counts.waiting, ("bot", bot), ("state", "waiting"))
        level("sluice_bot_updates", counts.running, ("bot", bot), ("state", "running"))
    }
}
