import Sluice

/// A circuit breaker.
struct BreakerSource: MetricsSource {
    let breaker: CircuitBreaker
    let name: String

    func read(into readings: inout Readings) {
        let state =
            switch breaker.state {
            case .closed: 0
            case .halfOpen: 1
            case .open: 2
            }
        readings.highest("sluice_breaker_state", state, ("name", name))
    }
}
