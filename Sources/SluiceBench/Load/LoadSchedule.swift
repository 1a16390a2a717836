/// When users come and when requests are due, in nanoseconds since a run began.
struct LoadSchedule {
    private let ramp: Double?
    private let rate: Double?
    /// When nobody asks any more.
    let end: Int64
    /// How many requests are given out at most: in an open loop those that are due before the end.
    let requests: Int

    init(_ plan: LoadPlan) {
        (ramp, rate) = (plan.ramp, plan.rate)
        end = plan.duration.wholeNanoseconds
        let most = plan.requests ?? .max
        requests = plan.rate.map { min(most, Int((plan.duration / .seconds(1) * $0).rounded(.up))) } ?? most
    }

    /// Whether requests are due at a rate.
    var isOpen: Bool { rate != nil }

    /// When a user comes, the first of whom has number 0.
    func arrival(of user: Int) -> Int64 { ramp.map { Int64(Double(user) / $0 * 1e9) } ?? 0 }

    /// When a request of an open loop is due, the first of which has number 0.
    func due(_ request: Int) -> Int64 { rate.map { Int64(Double(request) / $0 * 1e9) } ?? 0 }
}

extension Duration {
    /// For spans of less than three centuries.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
