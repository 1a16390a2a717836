import Sluice

/// A limiter in this process's memory.
struct LimiterSource: MetricsSource {
    let limiter: Limiter

    private static let store = "memory"

    func read(into readings: inout Readings) {
        let cells = limiter.store
        readings.decisions(of: limiter, store: Self.store)
        readings.level("sluice_cells", cells.count, ("store", Self.store))
        readings.level("sluice_cells_limit", cells.capacity, ("store", Self.store))
        readings.level("sluice_store_bytes", cells.bytes, ("store", Self.store))
        readings.count("sluice_cells_dropped_total", cells.droppedCells, ("reason", "least_debt"))
        readings.count("sluice_store_errors_total", cells.fullDenials, ("store", Self.store), ("kind", "full"))
    }
}
