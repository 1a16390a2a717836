import Foundation

/// The axis of a chart: from 0, or logarithmic where values are more than two decades apart.
struct ValueScale {
    let isLogarithmic: Bool
    /// The marks of the axis; the first and the last are its ends.
    let ticks: [Double]

    /// An axis that reaches all values. What is no positive number has no place on it.
    init(covering values: [Double]) {
        let values = values.filter { $0.isFinite && $0 > 0 }
        let (least, most) = (values.min() ?? 1, values.max() ?? 1)
        isLogarithmic = most / least > 100
        ticks = isLogarithmic ? Self.decades(from: least, to: most) : Self.steps(to: most)
    }

    private static func decades(from least: Double, to most: Double) -> [Double] {
        // The least value has some length too.
        let first = Int(floor(log10(least / 1.5)))
        let last = max(first + 1, Int(ceil(log10(most) - 1e-9)))
        let step = (last - first + 6) / 7
        let exponents = Array(stride(from: first, to: last, by: step)) + [last]
        return exponents.map { pow(10, Double($0)) }
    }

    private static func steps(to most: Double) -> [Double] {
        let unit = pow(10, floor(log10(most / 4)))
        let step = ([1, 2, 5, 10].first { $0 * unit * 4 >= most * 0.999 } ?? 10) * unit
        let count = Int((most / step * 0.999).rounded(.up))
        return (0...max(1, count)).map { Double($0) * step }
    }

    /// Where a value is, from 0 to 1.
    func place(_ value: Double) -> Double {
        guard value.isFinite, value > 0 else { return 0 }
        let (low, high) = (ticks[0], ticks[ticks.count - 1])
        let place = isLogarithmic ? log10(value / low) / log10(high / low) : (value - low) / (high - low)
        return min(1, max(0, place))
    }
}
