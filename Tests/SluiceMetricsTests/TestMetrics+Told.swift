import MetricsTestKit

extension TestMetrics {
    /// What a counter has come to; `nil` if there is none.
    func total(_ name: String, _ labels: (String, String)...) -> Int64? {
        try? expectCounter(name, labels).totalValue
    }

    /// Where a level stands; `nil` if there is none.
    func level(_ name: String, _ labels: (String, String)...) -> Double? {
        try? expectMeter(name, labels).lastValue
    }
}
