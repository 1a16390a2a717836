package import Sluice

/// The spans by which envoyproxy/ratelimit counts; the raw values are the words of its files, in any case there.
package enum EnvoyUnit: String, CaseIterable, Hashable, Sendable {
    case second, minute, hour, day, week, month, year

    /// How long it is. A month has 30 days and a year 365, as they have in envoyproxy/ratelimit unless it is told to
    /// use calendar months, and all windows begin at multiples of the span since 1970, so a week on a Thursday.
    package var seconds: Int64 {
        switch self {
        case .second: 1
        case .minute: 60
        case .hour: 3_600
        case .day: 86_400
        case .week: 7 * 86_400
        case .month: 30 * 86_400
        case .year: 365 * 86_400
        }
    }

    /// The limit of so many requests in each of these spans; `nil` for 0, which lets nothing pass and is no `Limit`.
    package func limit(_ requestsPerUnit: UInt32) -> Limit? {
        requestsPerUnit == 0 ? nil : .fixedWindow(Int64(requestsPerUnit), per: .seconds(seconds))
    }
}
