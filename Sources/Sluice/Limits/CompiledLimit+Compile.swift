extension CompiledLimit {
    /// The longest period: a hundred years.
    static let longestPeriod = Duration.days(36_525).wholeNanoseconds
    /// The most that most limits can count.
    static let mostCount: Int64 = 1 << 32

    /// Checks a limit and works out its numbers.
    /// - Parameter name: What to call the limit in an error.
    static func compile(_ limit: Limit, called name: String) throws(SluiceError) -> CompiledLimit {
        try check(limit, name)
        var compiled = CompiledLimit(
            algorithm: Algorithm(limit.algorithm), count: limit.count, period: limit.periodNanoseconds,
            capacity: limit.count)
        compiled.extends = limit.extends
        switch limit.algorithm {
        case .tokenBucket: try compiled.prepareTokenBucket(burst: limit.burst, name)
        case .slidingLog: compiled.entryBytes = entryBytes(for: limit.periodNanoseconds)
        case .slidingWindow: compiled.isSmall = compiled.productIsSmall(limit.count)
        case .unlimited: compiled.capacity = .max
        case .quota, .fixedWindow, .cooldown, .debounce, .concurrency: break
        }
        return compiled
    }

    private mutating func prepareTokenBucket(burst: Int64, _ name: String) throws(SluiceError) {
        capacity = burst
        let (whole, part) = (UInt128(burst) * UInt128(period)).quotientAndRemainder(dividingBy: UInt128(count))
        guard whole <= UInt128(Self.longestPeriod) else {
            throw SluiceError(
                .invalidPolicy, "\(name): a burst of \(burst) takes over a hundred years to refill; lower it")
        }
        tolerance = Fraction(whole: Int64(whole), part: Int64(part))
        emission = Fraction(whole: period / count, part: period % count)
        isSmall = productIsSmall(burst)
    }

    private func productIsSmall(_ factor: Int64) -> Bool {
        let (product, overflow) = factor.multipliedReportingOverflow(by: period)
        return !overflow && !product.addingReportingOverflow(count).overflow
    }

    private static func check(_ limit: Limit, _ name: String) throws(SluiceError) {
        func fail(_ message: String) throws(SluiceError) -> Never {
            throw SluiceError(.invalidPolicy, "\(name): \(message)")
        }
        guard limit.algorithm != .unlimited else { return }
        guard limit.count >= 1 else { try fail("the limit is \(limit.count); it must be at least 1") }
        if limit.algorithm != .quota {
            guard limit.periodNanoseconds > 0 else { try fail("the period must be longer than zero") }
            guard limit.periodNanoseconds <= longestPeriod else { try fail("the period exceeds a hundred years") }
        }
        let most: Int64 =
            switch limit.algorithm {
            case .slidingLog: slidingLogMost
            case .slidingWindow: slidingWindowMost
            case .concurrency: concurrencyMost
            default: mostCount
            }
        guard limit.count <= most else {
            try fail("the limit is \(limit.count); \(limit.algorithm.rawValue) counts to \(most) at most")
        }
        if limit.algorithm == .tokenBucket {
            guard limit.burst >= 1, limit.burst <= mostCount else {
                try fail("the burst is \(limit.burst); it must be between 1 and \(mostCount)")
            }
        }
    }
}

extension CompiledLimit.Algorithm {
    init(_ algorithm: Limit.Algorithm) {
        self =
            switch algorithm {
            case .tokenBucket: .tokenBucket
            case .slidingLog: .slidingLog
            case .slidingWindow: .slidingWindow
            case .fixedWindow: .fixedWindow
            case .quota: .quota
            case .cooldown: .cooldown
            case .debounce: .debounce
            case .concurrency: .concurrency
            case .unlimited: .unlimited
            }
    }
}
