import Foundation

/// A line before one server who takes the same time for each, joined at random: M/D/1.
///
/// Each event loop has its own line, since a connection stays with its loop; so has each Redis, which decides on one
/// thread. So there is one server to a line, and Erlang's C is the utilisation.
///
/// Source: the mean is Pollaczek's and Khinchine's; the tail is that of Cramér and Lundberg, which holds from a service
/// time or two on: P(W > t) → (1 − ρ) ⁄ (ρ e^γ − 1) · e^(−γ t ⁄ S), where ρ (e^γ − 1) = γ.
struct WaitingLine {
    /// Seconds that one takes.
    let service: Double
    /// The share of the time in which somebody is served, 0 to 1.
    let utilisation: Double

    /// Seconds to wait on average until one is served.
    var mean: Double { utilisation < 1 ? service * utilisation / (2 * (1 - utilisation)) : .infinity }

    /// Seconds that so many of a hundred wait at most.
    func percentile(_ percent: Double) -> Double {
        guard utilisation < 1 else { return .infinity }
        let tail = 1 - percent / 100
        // Whoever finds nobody does not wait.
        guard utilisation > tail else { return 0 }
        let decay = self.decay
        let factor = (1 - utilisation) / (utilisation * exp(decay) - 1)
        return max(0, log(factor / tail) / decay * service)
    }

    /// γ, by bisection: below it the left side is less than the right.
    private var decay: Double {
        var (low, high) = (1e-9, 60.0)
        while utilisation * (exp(low) - 1) >= low { low /= 2 }
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if utilisation * (exp(middle) - 1) < middle { low = middle } else { high = middle }
        }
        return high
    }
}
