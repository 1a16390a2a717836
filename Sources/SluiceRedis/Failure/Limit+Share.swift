package import Sluice

extension Limit {
    /// The share of one of several instances that cannot ask each other.
    ///
    /// Counts and bursts are divided and rounded down, but to no less than one: an instance that lets nobody pass
    /// would be no choice. The rate of a token bucket is divided exactly, by a longer period where its count has no
    /// such part.
    package func share(ofInstances instances: Int) -> Limit {
        let instances = Int64(max(1, instances))
        var share = self
        switch algorithm {
        case .tokenBucket:
            share.burst = max(1, burst / instances)
            let longer = periodNanoseconds.saturatingMultiplied(by: instances)
            if count % instances != 0, longer <= Self.longestSharedPeriod.wholeNanoseconds {
                share.periodNanoseconds = longer
            } else {
                share.count = max(1, count / instances)
            }
        case .slidingLog, .slidingWindow, .fixedWindow, .quota, .concurrency:
            share.count = max(1, count / instances)
            share.burst = share.count
        case .cooldown, .debounce, .unlimited: break
        }
        return share
    }

    /// Far below the longest period that a limit may have, so that no share is refused where its limit was not.
    private static var longestSharedPeriod: Duration { .days(366) }
}

extension Policy {
    /// Those rules that are decided here when their store fails, by this instance's share of their limits.
    ///
    /// Which rules apply to a request has been settled when it was planned.
    package func local(amongInstances instances: Int) -> Policy {
        let own = rules.filter { ($0.onStoreFailure ?? onStoreFailure) == .local }.map { rule in
            Rule(
                rule.name, by: rule.keys, rule.limit.share(ofInstances: instances),
                overrides: rule.overrides.map { .init($0.condition, $0.limit.share(ofInstances: instances)) },
                mode: rule.mode, penalty: rule.penalty)
        }
        return Policy(name, rules: own)
    }
}
