/// How long answers take: the quickest of the latest.
struct Punctuality {
    /// Answers after which the quickest is looked for anew.
    private static let span = 128
    /// Of answers that come late now and then, one in so many margins is enough: few were sent in as short a time.
    private static let marginsBetween: Int64 = 12

    private var quickest = Int64.max
    private var quickestBefore = Int64.max
    private var count = 0
    /// When the first answer came. What was sent before has nothing to be compared with.
    private var firstAnswer: Int64?
    private var lastLate = Int64.min
    /// When the one was sent that was late last.
    private var lateSince = Int64.min

    /// Notes an answer and tells whether it is to be counted as sent only now: it took over `margin` longer than the
    /// quickest, and was sent together with another that is counted so, or none was of late.
    ///
    /// The first answers of all are compared with none: they may be as late as they are long, as when connections are
    /// opened for them.
    mutating func isLate(begunAt begun: Int64, answeredAt now: Int64, beyond margin: Duration?) -> Bool {
        guard let margin = margin?.wholeNanoseconds else { return false }
        let nanoseconds = now - begun
        let least = firstAnswer.map { begun > $0 } ?? false ? min(nanoseconds, quickest, quickestBefore) : 0
        if firstAnswer == nil { firstAnswer = now }
        quickest = min(quickest, nanoseconds)
        count += 1
        if count == Self.span { (quickestBefore, quickest, count) = (quickest, .max, 0) }
        guard nanoseconds - least > margin else { return false }
        if begun.saturatingSubtracting(lateSince) <= margin { return true }
        guard now.saturatingSubtracting(lastLate) >= margin.saturatingMultiplied(by: Self.marginsBetween) else {
            return false
        }
        (lastLate, lateSince) = (now, begun)
        return true
    }
}
