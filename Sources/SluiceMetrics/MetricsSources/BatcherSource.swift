import Sluice

/// What a batcher gathers.
struct BatcherSource<Chat: Hashable & Sendable, Message: Sendable>: MetricsSource {
    let batcher: MessageBatcher<Chat, Message>
    let name: String

    func read(into readings: inout Readings) {
        readings.count("sluice_batcher_messages_total", batcher.accepted, ("batcher", name))
        readings.level("sluice_batcher_waiting", batcher.waiting, ("batcher", name))
        readings.level("sluice_batcher_waiting_limit", batcher.capacity, ("batcher", name))
    }
}
