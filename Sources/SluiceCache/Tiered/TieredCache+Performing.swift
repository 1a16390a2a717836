internal import Sluice
internal import Synchronization

/// One load, from the tier to the source and back.
extension TieredCache {
    /// A value of the tier, and for how long it is fresh.
    private struct Found {
        var record: CacheTierRecord
        var content: Entry.Content
    }

    func perform(_ number: UInt64, _ name: String, _ tags: [String], _ demand: LoadDemand) async {
        let marks = marks(name, tags)
        let began = time.now()
        var reading = await readTier(name, tags)
        let found = reading.flatMap(found)
        if let answer = usable(found, demand) {
            counters.withLock { $0.sharedHits += 1 }
            return answerFromTier(number, answer, name, tags, marks)
        }
        if reading != nil { counters.withLock { $0.sharedMisses += 1 } }
        var lock: CacheTierLock?
        if reading != nil, let duration = limits.sharedLock {
            switch await takeLock(name, tags, demand, duration) {
            case .found(let other):
                counters.withLock { $0.sharedHits += 1 }
                return answerFromTier(number, other, name, tags, marks)
            case .lock(let taken, let later):
                lock = taken
                reading = later
            case .none: break
            }
        }
        do {
            let loaded = try await loadFromSource(name)
            let record = try self.record(of: loaded, loadTime: time.now() - began, tags)
            tell(number, .success(loaded.value), keeping: entry(of: record, content(loaded.value), marks), name, marks)
            if let reading { await fill(number, name, record, reading, began) }
        } catch {
            failed(number, error, found, name, marks)
        }
        if let lock { await tier?.unlock(lock) }
    }

    // MARK: - The tier

    private func readTier(_ name: String, _ tags: [String]) async -> CacheTierReading? {
        guard let tier else { return nil }
        do {
            return try await tier.read(name, tags: tags)
        } catch {
            if !Task.isCancelled { counters.withLock { $0.sharedFailures += 1 } }
            return nil
        }
    }

    private func found(_ reading: CacheTierReading) -> Found? {
        guard let record = reading.record else { return nil }
        guard let bytes = record.content else { return Found(record: record, content: .absent) }
        do {
            return Found(record: record, content: .value(try codec.decode(bytes)))
        } catch {
            counters.withLock { $0.sharedFailures += 1 }
            return nil
        }
    }

    private func usable(_ found: Found?, _ demand: LoadDemand) -> Found? {
        guard let found else { return nil }
        let isFresh = found.record.freshFor > .zero
        switch demand {
        case .usual: return isFresh || isAnswered(stale: found.record) ? found : nil
        case .fresh: return isFresh ? found : nil
        case .newer(let version): return isFresh && found.record.version != version ? found : nil
        }
    }

    private func isAnswered(stale record: CacheTierRecord) -> Bool {
        !isUntold && record.freshFor + lifetimes.staleWhileRevalidate > .zero
    }

    private func answerFromTier(
        _ number: UInt64, _ found: Found, _ name: String, _ tags: [String], _ marks: LoadMarks
    ) {
        let marks = marks.adding(found.record.marks)
        let entry = entry(of: found.record, found.content, marks)
        tell(number, Result { try found.content.get() }, keeping: entry, name, marks)
        if found.record.freshFor <= .zero {
            counters.withLock { $0.staleServed += 1 }
            follow(number, name, tags, .fresh)
        } else if entry.refreshAt <= time.now().nanoseconds {
            if follow(number, name, tags, .newer(than: found.record.version)) {
                counters.withLock { $0.earlyRefreshes += 1 }
            }
        }
    }

    /// Begins a load behind one that has told its result.
    @discardableResult
    private func follow(_ number: UInt64, _ name: String, _ tags: [String], _ demand: LoadDemand) -> Bool {
        beginBackground(name, tags, demand)
    }

    private func fill(
        _ number: UInt64, _ name: String, _ record: CacheTierRecord, _ reading: CacheTierReading, _ began: Timestamp
    ) async {
        // The tier remembers what was invalidated for only so long.
        guard let tier, record.freshFor > .zero, time.now() - began < limits.loadTime,
            !state.withLock({ $0.table.isOvertaken(number) })
        else { return }
        do {
            if try await tier.fill(name, with: record, after: reading) { return }
            counters.withLock { $0.sharedRefusals += 1 }
        } catch {
            counters.withLock { $0.sharedFailures += 1 }
        }
    }

    // MARK: - One of several instances

    private enum Locking {
        case lock(CacheTierLock, CacheTierReading?)
        case found(Found)
        /// Neither: this instance loads without.
        case none
    }

    /// Takes the right to load, or waits until whoever has it has filled the tier, or has lost it.
    private func takeLock(
        _ name: String, _ tags: [String], _ demand: LoadDemand, _ duration: Duration
    ) async -> Locking {
        guard let tier else { return .none }
        let end = time.now() + duration * 2
        do {
            while time.now() < end {
                if let lock = try await tier.lock(name, for: duration) {
                    // The one before may have filled it between the reading and this.
                    let reading = await readTier(name, tags)
                    guard let other = usable(reading.flatMap(found), demand) else { return .lock(lock, reading) }
                    await tier.unlock(lock)
                    return .found(other)
                }
                let pause = limits.sharedLockPoll * (0.5 + random())
                try await time.sleep(until: time.now() + pause)
                if let other = usable(await readTier(name, tags).flatMap(found), demand) { return .found(other) }
            }
        } catch {
            if !(error is CancellationError) { counters.withLock { $0.sharedFailures += 1 } }
        }
        return .none
    }

    // MARK: - The source

    private func loadFromSource(_ name: String) async throws -> Loaded<Value> {
        try Task.checkCancellation()
        let began = time.now()
        do {
            let loaded = try await loader(name)
            let took = time.now() - began
            counters.withLock { counters in
                counters.loads += 1
                counters.loadTime += took
            }
            return loaded
        } catch {
            let took = time.now() - began
            counters.withLock { counters in
                counters.failedLoads += 1
                counters.loadTime += took
            }
            throw error
        }
    }

    /// Answers with what is stale if that may be, or else with the error.
    private func failed(
        _ number: UInt64, _ error: any Error, _ found: Found?, _ name: String, _ marks: LoadMarks
    ) {
        let now = time.now().nanoseconds
        if !(error is CancellationError) {
            if let held = shards.peek(name, marks.hash, now), held.usableUntil > now, !held.isFailure {
                counters.withLock { $0.staleServed += 1 }
                return tell(number, Result { try held.content.get() }, keeping: nil, name, marks)
            }
            if let found, !isUntold, found.record.freshFor + lifetimes.staleIfError > .zero {
                counters.withLock { $0.staleServed += 1 }
                let marks = marks.adding(found.record.marks)
                let entry = entry(of: found.record, found.content, marks)
                return tell(number, Result { try found.content.get() }, keeping: entry, name, marks)
            }
        }
        let isKept = lifetimes.failure > .zero && !(error is CancellationError)
        tell(number, .failure(error), keeping: isKept ? failure(error, marks) : nil, name, marks)
    }
}
