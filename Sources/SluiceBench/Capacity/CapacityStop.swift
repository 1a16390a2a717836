/// Something that ends growth, and what to do then.
public struct CapacityStop: Sendable, Hashable, Codable {
    /// What its numbers count.
    public enum Unit: String, Sendable, Codable {
        case perSecond = "per_second"
        case count
    }

    /// What it is.
    public var name: String
    /// How much of it is taken now.
    public var now: Double
    /// How much there is.
    public var most: Double
    /// What is counted.
    public var unit: Unit
    /// What to do then.
    public var then: String

    /// How many times as much it could be; `nil` where nothing is taken.
    public var room: Double? { now > 0 ? most / now : nil }

    init(_ name: String, now: Double, most: Double, _ unit: Unit = .count, then: String) {
        self.name = name
        self.now = now
        self.most = most
        self.unit = unit
        self.then = then
    }
}

extension [CapacityStop] {
    /// The nearest first; what is not used at all last.
    func nearestFirst(with others: [CapacityStop]) -> [CapacityStop] {
        (self + others).sorted { ($0.room ?? .infinity) < ($1.room ?? .infinity) }
    }
}
