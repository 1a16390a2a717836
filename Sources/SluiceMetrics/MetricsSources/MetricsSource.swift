/// Somebody whose numbers are reported.
protocol MetricsSource: Sendable {
    /// Adds what it tells now. It only reads, so that nothing but the report waits for it.
    func read(into readings: inout Readings) async
}
