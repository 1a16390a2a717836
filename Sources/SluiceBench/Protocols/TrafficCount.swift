/// What came of some traffic: how many answers, in which time, after how long.
struct TrafficCount: Sendable {
    var answers = 0
    var seconds = 0.0
    /// Of each request, or of those that were sent together until the last of them was answered.
    var latencies = Latencies()
}
