import Foundation

/// How many requests go with one call of Redis, on paper.
///
/// A queue has some calls in flight; whoever comes meanwhile waits for one of them and goes with the next. If nobody
/// has come, the next one goes alone. With groups that come at random, g of them on average between two calls, a call
/// carries g + e^(−g): the mean of the larger of one and a Poisson number.
struct Gathering {
    /// Requests that come together, as a pipeline's do.
    let group: Double
    /// Calls in flight from which on requests wait: `callsUntilGathering` of the store.
    let inFlight: Double
    /// Requests of a call at most.
    let most: Double

    /// - Parameters:
    ///   - rate: Requests that come to the queue in a second.
    ///   - roundTrip: Seconds from a call's leaving to its answer.
    func perCall(rate: Double, roundTrip: Double) -> Double {
        let groups = rate * roundTrip / inFlight / group
        return min(most, group * (groups + exp(-groups)))
    }

    /// Those of a queue of one server, or of one of a cluster's tags, where a pipeline is spread over the tags.
    static func of(requestsAtOnce: Double, isCluster: Bool) -> Gathering {
        let most = Double(CapacityBounds.requestsPerCall)
        guard isCluster else { return Gathering(group: min(requestsAtOnce, most), inFlight: 4, most: most) }
        // So many of the tags are met by a pipeline's requests.
        let tags = Double(HashTags.count)
        let met = tags * (1 - pow(1 - 1 / tags, requestsAtOnce))
        return Gathering(group: min(requestsAtOnce / met, most), inFlight: 1, most: most)
    }
}
