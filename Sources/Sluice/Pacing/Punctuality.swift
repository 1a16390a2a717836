/// How long answers take: the quickest of the latest.
struct Punctuality {
    /// Answers after which the quickest is looked for anew.
    private static let span = 128

    private var quickest = Int64.max
    private var quickestBefore = Int64.max
    private var count = 0
    private var lastLate = Int64.min
    /// Of answers that come late in so many margins one is enough: they were sent in as short a time, few of them.
    private static let marginsBetween: Int64 = 12

    /// Notes an answer and tells whether it took more than `margin` longer than the quickest, and no other one of late.
    mutating func isLate(_ nanoseconds: Int64, beyond margin: Duration?, at now: Int64) -> Bool {
        guard let margin = margin?.wholeNanoseconds else { return false }
        quickest = min(quickest, nanoseconds)
        let least = min(quickest, quickestBefore)
        count += 1
        if count == Self.span { (quickestBefore, quickest, count) = (quickest, .max, 0) }
        let isFirst = now.saturatingSubtracting(lastLate) >= margin.saturatingMultiplied(by: Self.marginsBetween)
        guard nanoseconds - least > margin, isFirst else { return false }
        lastLate = now
        return true
    }
}
