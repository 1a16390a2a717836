/// What a load's figures have to be to be good enough; `nil` for what is not judged.
public struct LoadMarks: Sendable, Hashable {
    /// The most that half of the answers may take.
    public var median: Duration?
    /// The most that 99 of 100 answers may take.
    public var percentile99: Duration?
    /// The most of all requests that may fail: 0.001 is one in a thousand.
    public var errorShare: Double?
    /// The least answers without an error in a second.
    public var rate: Double?

    /// Judges only what is named.
    public init(
        median: Duration? = nil, percentile99: Duration? = nil, errorShare: Double? = nil, rate: Double? = nil
    ) {
        self.median = median
        self.percentile99 = percentile99
        self.errorShare = errorShare
        self.rate = rate
    }

    /// What the replaced systems' documents ask of their API: p50 of 50 ms, p99 of 200 ms, one error in a thousand.
    public static let api = LoadMarks(median: .milliseconds(50), percentile99: .milliseconds(200), errorShare: 0.001)
}
