import Sluice

/// The requests of all logs in the order in which they came.
///
/// Servers write a line when a request is over but with the time at which it began, and chat recorders join
/// several connections, so lines are out of order by a little. Requests are held until a log is
/// ``maximumLateness`` ahead, and delivered sorted by time (as read, where times are equal). A request that is
/// still older than one delivered before it is late: it is delivered with that one's time.
///
/// A log whose time goes back by more than ``restartGap`` and stays there begins anew: somebody put files one after
/// another in the wrong order. What follows then continues, moved on by whole days.
///
/// Several logs are merged, always reading from the one that is furthest behind.
struct Timeline {
    /// How far apart lines may stand from the order of their times.
    static let maximumLateness = 60 * LogTime.nanosecondsPerSecond
    /// The most requests held; beyond, the oldest are delivered even though the log is not far enough ahead.
    static let maximumHeld = 1 << 17
    /// How far back time must go to be taken for another recording's.
    static let restartGap = 6 * 3_600 * LogTime.nanosecondsPerSecond
    /// How many lines must stay there.
    static let restartLines = 100

    private static let day = 86_400 * LogTime.nanosecondsPerSecond

    /// A request that waits for its turn.
    private struct Held {
        var time: Int64
        var batch: Int32
        var index: Int32

        @inline(__always)
        static func isOrdered(_ a: Held, _ b: Held) -> Bool {
            if a.time != b.time { return a.time < b.time }
            return a.batch != b.batch ? a.batch < b.batch : a.index < b.index
        }
    }

    let sources: [LogSource]
    /// Requests that came too late to be put in order.
    private(set) var late = 0
    /// How often a log began anew.
    private(set) var restarts = 0
    /// Values that were too long.
    private(set) var shortened = 0

    private var held: [Held] = []
    /// The batches that requests are held of, by their number less that of the first.
    private var live: [Batch?] = []
    private var firstLive: Int32 = 0
    private var spare: [Batch] = []
    private var delivered = Int64.min

    init(sources: [LogSource]) { self.sources = sources }

    /// Reads one batch and delivers what may be delivered.
    /// - Returns: Whether there is more.
    mutating func advance(_ deliver: (Batch, Batch.Request, _ at: Int64) throws(ReplayError) -> Void)
        throws(ReplayError) -> Bool
    {
        guard let source = sources.lazy.filter({ !$0.isFinished }).min(by: { $0.latest < $1.latest }) else {
            return false
        }
        try hold(nextBatch(of: source), of: source)
        var watermark = Int64.max
        for source in sources where !source.isFinished {
            watermark = min(watermark, source.latest.saturatingSubtracting(Self.maximumLateness))
        }
        try release(until: watermark, deliver)
        if held.count > Self.maximumHeld {
            try release(until: held[held.count / 2].time, deliver)
        }
        return true
    }

    private mutating func nextBatch(of source: LogSource) throws(ReplayError) -> Batch {
        if let batch = source.ahead.take() { return batch }
        if spare.last.map({ $0.plan !== source.plan }) == true { spare.removeAll() }
        let batch = spare.popLast() ?? Batch(plan: source.plan)
        try source.fill(batch)
        shortened += batch.shortened
        return batch
    }

    /// Takes over a batch's requests, in order.
    private mutating func hold(_ batch: Batch, of source: LogSource) throws(ReplayError) {
        guard batch.lineCount > 0 else {
            spare.append(batch)
            return
        }
        batch.outstanding = batch.lineCount
        let number = firstLive + Int32(live.count)
        live.append(batch)
        let firstNew = held.count
        var isSorted = true
        var newest = held.last?.time ?? .min
        var oldest = Int64.max
        var latest = source.latest
        for index in 0..<batch.lineCount {
            let time = try timeOnLine(batch, index, source, latest)
            latest = max(latest, time)
            isSorted = isSorted && time >= newest
            newest = max(newest, time)
            oldest = min(oldest, time)
            held.append(Held(time: time, batch: number, index: Int32(index)))
        }
        source.latest = latest
        guard !isSorted else { return }
        // What is older than everything new stays where it is.
        var from = firstNew
        while from > 0, held[from - 1].time > oldest { from -= 1 }
        held[from...].sort(by: Held.isOrdered)
    }

    /// When a request came on the replay's time line.
    @inline(__always)
    private mutating func timeOnLine(
        _ batch: Batch, _ index: Int, _ source: LogSource, _ latest: Int64
    ) throws(ReplayError) -> Int64 {
        let time = batch.requests[index].time.saturatingAdding(source.shift)
        guard time < latest.saturatingSubtracting(Self.restartGap) else { return time }
        guard try isRestart(batch, index, source, latest) else { return time }
        let days = latest.saturatingSubtracting(time).dividedRoundingUp(by: Self.day)
        source.shift = source.shift.saturatingAdding(days.saturatingMultiplied(by: Self.day))
        restarts += 1
        return batch.requests[index].time.saturatingAdding(source.shift)
    }

    /// Whether a log goes on as far back as this line, in this batch and, if need be, the next.
    private mutating func isRestart(
        _ batch: Batch, _ index: Int, _ source: LogSource, _ latest: Int64
    ) throws(ReplayError) -> Bool {
        let bound = latest.saturatingSubtracting(Self.restartGap).saturatingSubtracting(source.shift)
        let here = min(Self.restartLines, batch.lineCount - index)
        guard (index..<index + here).allSatisfy({ batch.requests[$0].time < bound }) else { return false }
        guard here < Self.restartLines else { return true }
        if source.ahead == nil, !source.isAtEnd { source.ahead = try nextBatch(of: source) }
        guard let ahead = source.ahead, here + ahead.lineCount >= Self.restartLines else { return false }
        return (0..<Self.restartLines - here).allSatisfy { ahead.requests[$0].time < bound }
    }

    private mutating func release(
        until watermark: Int64, _ deliver: (Batch, Batch.Request, _ at: Int64) throws(ReplayError) -> Void
    ) throws(ReplayError) {
        var count = 0
        while count < held.count, held[count].time <= watermark {
            let next = held[count]
            count += 1
            // A batch is live as long as one of its requests is held.
            let batch = live[Int(next.batch - firstLive)]!
            if next.time < delivered { late += 1 } else { delivered = next.time }
            try deliver(batch, batch.requests[Int(next.index)], delivered)
            batch.outstanding -= 1
            if batch.outstanding == 0 { retire(next.batch) }
        }
        held.removeFirst(count)
    }

    private mutating func retire(_ number: Int32) {
        let place = Int(number - firstLive)
        if let batch = live[place] { spare.append(batch) }
        live[place] = nil
        let done = live.prefix { $0 == nil }.count
        live.removeFirst(done)
        firstLive += Int32(done)
    }
}
