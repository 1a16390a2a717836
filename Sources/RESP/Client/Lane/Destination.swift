/// Where a request goes, as a topology sees it at this moment.
enum Destination {
    case node(RedisNode)
    /// Until the topology is known for the first time.
    case wait
    /// For a short while: the topology has a gap.
    case pause
    /// Nobody is there to serve it.
    case unavailable(RedisError)
}
