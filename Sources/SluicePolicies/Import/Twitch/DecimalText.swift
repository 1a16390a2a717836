internal import Sluice

/// A number that is not negative, with decimals, exactly as it is written.
struct DecimalText {
    private let digits: Int64
    private let scale: Int64

    init?(_ text: String) {
        let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = halves.first, !whole.isEmpty else { return nil }
        let decimals = halves.count == 2 ? halves[1] : ""
        let all = whole + decimals
        guard decimals.utf8.count <= 6, all.utf8.count <= 12, all.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let digits = Int64(all)
        else { return nil }
        self.digits = digits
        scale = (0..<decimals.utf8.count).reduce(1) { power, _ in power * 10 }
    }

    /// So many seconds; `nil` for none.
    var seconds: Duration? {
        digits == 0 ? nil : .nanoseconds(digits * (1_000_000_000 / scale))
    }

    /// So many per second, in whole numbers; `nil` for none.
    var countAndSpan: (count: Int64, span: Duration)? {
        guard digits > 0 else { return nil }
        var (a, b) = (digits, scale)
        while b != 0 { (a, b) = (b, a % b) }
        return (digits / a, .seconds(scale / a))
    }
}
