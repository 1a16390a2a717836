/// A metric's name and its labels: what one number is told under.
struct Series: Hashable, Sendable {
    /// A label and its value.
    typealias Label = (name: String, value: String)

    let name: String
    private let labelNames: [String]
    private let labelValues: [String]

    /// - Parameter labels: In the same order, and of the same names, for all series of a metric: swift-prometheus
    ///   takes no others.
    init(_ name: String, _ labels: [Label]) {
        self.name = name
        labelNames = labels.map { $0.name }
        labelValues = labels.map { $0.value }
    }

    /// The labels as swift-metrics takes them.
    var dimensions: [(String, String)] { Array(zip(labelNames, labelValues)) }
}
