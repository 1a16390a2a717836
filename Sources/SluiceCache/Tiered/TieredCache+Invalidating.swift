internal import Sluice
internal import Synchronization

extension TieredCache {
    /// Forgets, here and in all other instances, what the source has changed.
    ///
    /// What is loaded at this moment is answered to those who wait for it already, and kept nowhere. Whoever asks after
    /// this returns gets what the source has by then. Other instances forget as soon as the tier tells them.
    /// - Throws: `SluiceError` with the code `storeFailed` if the tier does not answer. This instance has forgotten
    ///   then; the others and the tier may keep what they have until it gets stale.
    public func invalidate(_ scope: CacheScope) async throws {
        forget(LoadScope(scope, hasher))
        guard let tier else { return }
        do {
            try await tier.invalidate(scope)
        } catch {
            throw tierFault(error, "invalidate")
        }
        // What the tier answered before it had forgotten may have come in meanwhile.
        forget(LoadScope(scope, hasher))
    }

    /// Keeps a value that is known, here and in the tier, and has all other instances forget theirs.
    /// - Throws: As ``invalidate(_:)``; memory has no value then.
    public func store(
        _ value: Value?, for name: String, tags: [String] = [], freshFor: Duration? = nil
    ) async throws {
        let marks = self.marks(name, tags)
        let record = try self.record(of: Loaded(value, freshFor: freshFor), loadTime: .zero, tags)
        let number = state.withLock { $0.table.beginWriting(name, marks) }
        shards.remove(marks.hash)
        defer { end(number) }
        do {
            try await tier?.write(name, record, tags: tags)
        } catch {
            tell(number, .success(value), keeping: nil, name, marks)
            throw tierFault(error, "store")
        }
        tell(number, .success(value), keeping: entry(of: record, content(value), marks), name, marks)
    }

    /// Forgets in this instance alone.
    func forget(_ scope: LoadScope) {
        counters.withLock { $0.invalidations += 1 }
        // Loads first: one that ends in between may put into memory only what is removed right after.
        let overtaken = state.withLock { $0.table.overtake(scope) }
        if overtaken > 0 { counters.withLock { $0.overtaken += overtaken } }
        switch scope {
        case .name(let hash): shards.remove(hash)
        case .everything: shards.removeAll { _, _ in true }
        case .tag(let tag): shards.removeAll { _, entry in entry.tags.contains(tag) }
        case .matching(let pattern): shards.removeAll { name, _ in pattern.matches(name) }
        }
    }

    /// The tier tells something.
    func hear(_ event: CacheTierEvent) {
        switch event {
        case .connected:
            // What was missed is unknown, so nothing that is older counts.
            forget(.everything)
            isBlind.store(false, ordering: .releasing)
        case .lost:
            isBlind.store(true, ordering: .releasing)
            counters.withLock { $0.linesLost += 1 }
            forget(.everything)
        case .invalidated(let mark): forget(LoadScope(mark))
        }
    }

    private func tierFault(_ error: any Error, _ call: String) -> SluiceError {
        counters.withLock { $0.sharedFailures += 1 }
        if let error = error as? SluiceError { return error }
        return SluiceError(
            .storeFailed, "the shared tier did not \(call); call again, or wait until its values get stale: \(error)")
    }
}
