internal import Sluice
internal import Synchronization

extension TieredCache {
    /// An answer of memory that is not simply a fresh value.
    @usableFromInline
    func answered(
        _ answer: CacheEntry<Value>.Answer, _ name: String, _ tags: [String]
    ) async throws -> Value? {
        switch answer {
        case .fresh(let content): return try content.get()
        case .aging(let content, let version):
            refresh(name, tags, unless: version)
            return try content.get()
        case .stale(let content):
            refreshStale(name, tags)
            return try content.get()
        case .none: return try await load(name, tags)
        }
    }

    /// Waits for a load of a name, beginning one if nobody has.
    private func load(_ name: String, _ tags: [String]) async throws -> Value? {
        let marks = marks(name, tags)
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in join(name, tags, marks, id, waiter) }
        } onCancel: {
            leave(id)
        }
    }

    private enum Joining {
        case waits
        case done(Result<Value?, any Error>)
    }

    private func join(_ name: String, _ tags: [String], _ marks: LoadMarks, _ id: UInt64, _ waiter: Waiter) {
        let joining = state.withLock { state -> Joining in
            // A task that is cancelled after this look finds its waiter in the table.
            if Task.isCancelled { return .done(.failure(CancellationError())) }
            // A load that ended since memory was asked has put its value there, under this lock.
            let now = time.now().nanoseconds
            if case .fresh(let content)? = shards.peek(name, marks.hash, now)?.answer(at: now) {
                return .done(Result { try content.get() })
            }
            switch state.table.join(name, tags, marks, id: id, waiter) {
            case .begin(let number): begin(number, name, tags, .usual, &state)
            case .queued: break
            case .joined: counters.withLock { $0.joined += 1 }
            case .refuse:
                counters.withLock { $0.refused += 1 }
                return .done(.failure(state.table.isClosed ? Self.shutDownFault : crowdedFault))
            }
            return .waits
        }
        if case .done(let result) = joining { waiter.resume(with: result) }
    }

    private func leave(_ id: UInt64) {
        let (waiter, task) = state.withLock { state -> (Waiter?, Task<Void, Never>?) in
            guard let left = state.table.leave(id) else { return (nil, nil) }
            return (left.waiter, left.cancelled.flatMap { state.tasks[$0] })
        }
        task?.cancel()
        waiter?.resume(throwing: CancellationError())
    }

    // MARK: - Behind an answer

    /// Fetches a value ahead of its time, unless the tier has another one by now.
    private func refresh(_ name: String, _ tags: [String], unless version: UInt64) {
        if beginBackground(name, tags, .newer(than: version)) { counters.withLock { $0.earlyRefreshes += 1 } }
    }

    /// Fetches a value that has just been answered though it is stale.
    private func refreshStale(_ name: String, _ tags: [String]) {
        counters.withLock { $0.staleServed += 1 }
        _ = beginBackground(name, tags, .fresh)
    }

    /// - Returns: Whether it was begun.
    func beginBackground(_ name: String, _ tags: [String], _ demand: LoadDemand) -> Bool {
        let marks = marks(name, tags)
        return state.withLock { state in
            guard let number = state.table.beginBackground(name, tags, marks) else { return false }
            begin(number, name, tags, demand, &state)
            return true
        }
    }

    // MARK: - Carrying out

    private func begin(
        _ number: UInt64, _ name: String, _ tags: [String], _ demand: LoadDemand, _ state: inout State
    ) {
        state.tasks[number] = Task { [self] in
            await perform(number, name, tags, demand)
            end(number)
        }
    }

    /// Tells those who wait, and keeps an entry in memory unless something was invalidated since the load began.
    func tell(
        _ number: UInt64, _ result: Result<Value?, any Error>, keeping entry: Entry?, _ name: String,
        _ marks: LoadMarks
    ) {
        let waiters = state.withLock { state in
            let (waiters, mayKeep) = state.table.told(number, found: marks.tags)
            // Under this lock, so that an invalidation comes before, or removes it.
            if mayKeep, let entry { keep(entry, name, marks) }
            return waiters
        }
        for waiter in waiters { waiter.resume(with: result) }
    }

    /// A load has ended, and another may begin.
    func end(_ number: UInt64) {
        state.withLock { state in
            state.tasks[number] = nil
            guard let next = state.table.ended(number) else { return }
            begin(next.number, next.name, next.tags, .usual, &state)
        }
    }

    func keep(_ entry: Entry, _ name: String, _ marks: LoadMarks) {
        var weight = 1
        if let weigher, case .value(let value) = entry.content { weight = max(1, weigher(name, value)) }
        shards.store(
            entry, for: name, marks.hash, weight: weight, expires: entry.expires, now: time.now().nanoseconds)
    }

    func marks(_ name: String, _ tags: [String]) -> LoadMarks {
        LoadMarks(hash: hasher.hash(name), tags: tags.map { hasher.hash($0) })
    }

    static var shutDownFault: SluiceError {
        SluiceError(.storeFailed, "the cache was shut down: ask before `shutDown()`, or make another one")
    }

    private var crowdedFault: SluiceError {
        SluiceError(
            .tooManyWaiters,
            "\(limits.loads) loads run and \(limits.queuedLoads) wait, or \(limits.waiters) callers do: try again later"
        )
    }
}
