import Logging
import NIOCore
import RESP
import Sluice
import Synchronization

/// One event loop's way to the store: requests that wait in one turn of the loop leave as one call of the script.
///
/// While a few calls are in flight, requests gather; so the busier Redis is, the more of them go with each call, and
/// the less each of them costs. Full calls leave as long as more of them fit, so that Redis has the next one while
/// answers are being read. In a cluster a call goes to one hash tag's node, and requests gather by tag.
///
/// Sendable: the inbox has a lock, everything else is touched on the event loop only, which all methods insist on.
final class StoreLane: @unchecked Sendable {
    /// What a lane may hold and how it gathers.
    struct Bounds: Sendable {
        /// Requests of one call at most.
        var requestsPerCall = 64
        /// Calls of one queue that may be in flight: one queue on a single server, one for each tag in a cluster.
        var callsInFlight = 32
        /// Calls of one queue in flight from which on only full ones follow.
        var callsUntilGathering = 4
        /// Requests that may wait. Beyond it they fail at once.
        var waiting = 32_768
    }

    private struct Inbox {
        var requests: [StoreRequest] = []
        var isWoken = false
    }

    /// How often a call has the function loaded: on the node it goes to, and on one it is redirected to.
    private static let loadsPerCall = 2
    /// Deadlines are not told apart more finely than this, which bounds how often all of them are looked at.
    private static let granularity = TimeAmount.milliseconds(1)

    private let lane: RedisLane
    private let script: DecisionScript
    private let layout: KeyLayout
    private let bounds: Bounds
    private let time: TimeSource
    private let clock: RedisClock
    private let testTime: (any TimeProvider)?
    private let inbox = Mutex(Inbox())

    // Touched on the event loop only.
    private var queues: [CallQueue]
    /// The queues in which requests wait.
    private var busy: [Int] = []
    private var isFlushScheduled = false
    private var waiting = 0
    private var guards: NodeGuards
    /// Fires when the next deadline comes of anybody who waits or is in flight, or earlier.
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture

    private let statistics: StoreStatistics

    var eventLoop: any EventLoop { lane.eventLoop }
    /// The present moment on the event loop's time line, on which deadlines are. From any thread.
    var now: NIODeadline { lane.eventLoop.now }
    /// The nodes that it is connected to.
    var nodes: [RedisNode] { lane.nodes }

    /// Requests that wait and calls that are in flight.
    var load: Int { queues.reduce(waiting) { $0 + $1.calls.count } }

    /// What is asked of a node at present.
    func breaker(of node: NodeAddress) -> NodeReport.BreakerStanding { guards.standing(of: node) }

    init(
        _ lane: RedisLane, _ store: RedisStore, script: DecisionScript, time: TimeSource, clock: RedisClock,
        statistics: StoreStatistics, randomSeed: UInt64
    ) {
        self.lane = lane
        guards = NodeGuards(randomSeed: randomSeed)
        self.statistics = statistics
        self.script = script
        self.time = time
        self.clock = clock
        testTime = store.testTime
        layout = store.layout
        bounds = store.bounds
        queues = Array(repeating: CallQueue(), count: store.isCluster ? KeyLayout.tagCount : 1)
    }

    /// Takes a request, from any thread. Its completion is called once, on the event loop.
    func submit(_ request: StoreRequest) {
        if eventLoop.inEventLoop {
            accept(request)
            return scheduleFlush()
        }
        let mustWake = inbox.withLock { inbox in
            inbox.requests.append(request)
            defer { inbox.isWoken = true }
            return !inbox.isWoken
        }
        if mustWake { eventLoop.execute { self.takeInbox() } }
    }

    private func takeInbox() {
        eventLoop.preconditionInEventLoop()
        let requests = inbox.withLock { inbox in
            inbox.isWoken = false
            defer { inbox.requests = [] }
            return inbox.requests
        }
        for request in requests { accept(request) }
        flush()
    }

    private func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.execute { self.flush() }
    }

    private func accept(_ request: StoreRequest) {
        guard waiting < bounds.waiting else {
            let error = RedisError(
                .queueFull, "\(bounds.waiting) decisions wait for Redis already; it is too slow for what is asked of it"
            )
            return request.complete(.failed(StoreFault(error: error)))
        }
        if queues.count > 1, request.spansTags(layout) {
            return SplitRequest.submit(request, layout, eventLoop) { self.accept($0) }
        }
        waiting += 1
        let index = queue(of: request)
        queues[index].requests.append(request)
        list(index)
        if request.deadline < timerDeadline { setTimer(request.deadline) }
    }

    /// Notes that requests wait in a queue.
    private func list(_ index: Int) {
        guard !queues[index].isListed, !queues[index].requests.isEmpty else { return }
        queues[index].isListed = true
        busy.append(index)
    }

    private func queue(of request: StoreRequest) -> Int {
        guard queues.count > 1, let key = request.firstKey else { return 0 }
        return layout.tag(of: key)
    }
}

// MARK: - Calls

extension StoreLane {
    /// Sends what waits, as far as calls may be in flight.
    private func flush() {
        eventLoop.preconditionInEventLoop()
        isFlushScheduled = false
        guard waiting > 0 else { return }
        let now = now
        let indices = busy
        busy.removeAll(keepingCapacity: true)
        for index in indices {
            queues[index].isListed = false
            while mayCall(queues[index]) {
                let requests = queues[index].take(bounds.requestsPerCall)
                waiting -= requests.count
                call(requests, queue: index, now: now)
            }
            list(index)
        }
    }

    private func mayCall(_ queue: CallQueue) -> Bool {
        let isFull = queue.requests.count >= bounds.requestsPerCall
        return !queue.requests.isEmpty
            && queue.calls.count < (isFull ? bounds.callsInFlight : bounds.callsUntilGathering)
    }

    private func call(_ requests: [StoreRequest], queue index: Int, now: NIODeadline) {
        let live = requests.filter { request in
            guard request.deadline <= now else { return true }
            let error = RedisError(.timedOut, "the request waited for Redis for as long as it might")
            request.complete(.failed(StoreFault(error: error)))
            return false
        }
        guard let last = live.last, let key = last.firstKey else { return }
        let slot = queues.count > 1 ? layout.slot(of: key) : nil
        let node = lane.node(for: slot)?.node.address
        switch guards.ask(node, at: time.now()) {
        case .refuse(let wait):
            let name = node.map(String.init(describing:)) ?? "Redis"
            let error = RedisError(.unavailable, "\(name) has failed and is tried again later")
            let fault = StoreFault(error: error, retryAfterNanoseconds: wait)
            for request in live { request.complete(.failed(fault)) }
        case .pass(let pass):
            let deadline = live.map(\.deadline).max() ?? last.deadline
            for request in live { request.leaves(with: live.count) }
            let call = ScriptCall(live, pass, slot: slot, queue: index, deadline: deadline, sentAt: time.now())
            queues[index].calls.append(call)
            send(call)
        }
    }

    private func send(_ call: ScriptCall) {
        let moment = testTime.map { $0.now().nanoseconds / 1_000 }
        let redisTime = testTime?.now() ?? clock.estimate(at: call.sentAt)
        send(call, call.batch(script, layout: layout, redisTime: redisTime, moment: moment).request())
    }

    /// Sends a call, and where the function is missing loads it and sends the call again.
    ///
    /// Each is a request of its own, so that each has its reply, whichever the server refuses. A lane keeps their
    /// order.
    private func send(_ call: ScriptCall, _ request: ByteBuffer) {
        lane.send(request, slot: call.slot, deadline: call.deadline) { [self] result in
            guard case .success(.error(let reply)) = result, DecisionScript.isMissing(reply),
                call.loads < Self.loadsPerCall
            else { return finish(call, result) }
            call.loads += 1
            load(for: call)
            send(call, request)
        }
    }

    /// Has the node of a call's slot load the function; the second time all nodes, for then a redirect leads the call
    /// to one that the slot is still on its way to.
    private func load(for call: ScriptCall) {
        func note(_ result: Result<RESPValue, RedisError>) {
            if case .success(.error(let refusal)) = result { call.loadRefusal = refusal }
        }
        guard call.loads > 1 else {
            return lane.send(script.loadRequest, slot: call.slot, deadline: call.deadline, completion: note)
        }
        for node in lane.nodes { node.send(script.loadRequest, deadline: call.deadline, completion: note) }
    }

    private func finish(_ call: ScriptCall, _ result: Result<RESPValue, RedisError>) {
        queues[call.queue].calls.removeAll { $0 === call }
        statistics.calls.record(nanoseconds: (time.now() - call.sentAt).wholeNanoseconds)
        switch result {
        case .success(.bulk(let bytes)):
            guards.succeeded(call.pass, at: time.now())
            let refused = call.answer(bytes, of: script) { clock.note(redisTime: $0, sentAt: call.sentAt) }
            for request in refused { accept(request) }
        // A node that refuses every call serves nobody, though it lives.
        case .success(.error(let reply)) where DecisionScript.isMissing(reply):
            fail(call, DecisionScript.missing(call.loadRefusal))
        case .success(.error(let reply)): fail(call, .rejected(reply))
        case .success:
            fail(call, RedisError(.unexpectedReply, "the script was answered with something else: is that Redis?"))
        case .failure(let error): fail(call, error)
        }
        if waiting > 0 { scheduleFlush() }
    }

    private func fail(_ call: ScriptCall, _ error: RedisError) {
        guards.failed(call.pass, error, at: time.now())
        call.fail(error)
    }
}

// MARK: - Time

extension StoreLane {
    /// A call goes on until the last of its requests is too late, and those that wait are looked at when there is room
    /// for another call: so each request's own deadline is kept here.
    private func setTimer(_ deadline: NIODeadline) {
        timer?.cancel()
        timerDeadline = deadline
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        let now = now
        timer = nil
        timerDeadline = .distantFuture
        var late: [StoreRequest] = []
        var next = NIODeadline.distantFuture
        for index in queues.indices {
            late += queues[index].takeLate(at: now)
            for request in queues[index].requests { next = min(next, request.deadline) }
            for call in queues[index].calls {
                next = min(next, call.nextDeadline(after: now) ?? .distantFuture)
                late += call.expired(at: now)
            }
        }
        waiting = queues.reduce(0) { $0 + $1.requests.count }
        // Whoever is told may come back with the next request, which is later than all of these.
        if next < .distantFuture { setTimer(max(next, now + Self.granularity)) }
        let error = RedisError(.timedOut, "no reply before the deadline", mayHaveRun: true)
        for request in late { request.complete(.failed(StoreFault(error: error))) }
    }
}

extension [StoreLane] {
    /// The caller's own lane, or else always the same one for the same cell, so that its requests stay in order.
    func lane(for key: CellKey, on eventLoop: (any EventLoop)? = nil) -> StoreLane {
        if let eventLoop, let own = first(where: { $0.eventLoop === eventLoop }) { return own }
        return self[Int(key.low % UInt64(count))]
    }
}

/// Requests that wait for a call, and the calls that are out.
private struct CallQueue {
    var requests = CircularBuffer<StoreRequest>()
    /// The calls that are out, in the order in which they left.
    var calls: [ScriptCall] = []
    /// Whether it is among the queues in which requests wait.
    var isListed = false

    /// Takes out those whose deadline has come.
    mutating func takeLate(at now: NIODeadline) -> [StoreRequest] {
        guard requests.contains(where: { $0.deadline <= now }) else { return [] }
        let all = requests.map { $0 }
        requests = CircularBuffer(all.filter { $0.deadline > now })
        return all.filter { $0.deadline <= now }
    }

    mutating func take(_ most: Int) -> [StoreRequest] {
        (0..<min(most, requests.count)).map { _ in requests.removeFirst() }
    }
}
