import Sluice

/// A pacer's queue.
struct PacerSource<Limits: LimiterProtocol>: MetricsSource {
    let pacer: Pacer<Limits>
    let name: String

    func read(into readings: inout Readings) {
        readings.level("sluice_pacer_waiting", pacer.waiting, ("pacer", name))
        readings.level("sluice_pacer_waiting_limit", pacer.settings.capacity, ("pacer", name))
    }
}
