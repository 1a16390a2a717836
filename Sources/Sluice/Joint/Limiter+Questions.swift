/// Several policies in one step, in this process's memory.
extension Limiter {
    package func begin(
        _ questions: UnsafeBufferPointer<JointQuestion>, holdsSlots: Bool
    ) throws(SluiceError) -> JointStep {
        .decided(try answer(questions, holdsSlots: holdsSlots, at: now()))
    }

    package func finish(_ plans: [ChargePlan], holdsSlots: Bool) async throws(SluiceError) -> JointAnswer {
        decide(try JointPlan(plans), lease: holdsSlots ? .random(in: .min ... .max) : nil).answer
    }

    private func answer(
        _ questions: UnsafeBufferPointer<JointQuestion>, holdsSlots: Bool, at now: Timestamp
    ) throws(SluiceError) -> JointAnswer {
        if questions.count == 1, !holdsSlots {
            let only = questions.baseAddress!
            return JointAnswer(
                try only.pointee.policy.apply(.decide, only.pointee.values, cost: only.pointee.cost, at: now))
        }
        var rules = 0
        var passing: UInt64 = 0
        for place in questions.indices {
            let policy = questions[place].policy.compiled
            try policy.check(questions[place].values, cost: questions[place].cost)
            rules += policy.ruleCount
            guard policy.hasLists, let listed = policy.listed(questions[place].values) else { continue }
            if questions[place].cost > 0 { policy.counter.count(listed.isAllowed ? .allowed : .denied) }
            guard listed.isAllowed else { return JointAnswer(listed, place: place) }
            passing |= 1 << UInt64(place)
        }
        return withUnsafeTemporaryAllocation(of: Charge.self, capacity: max(1, rules)) { buffer in
            var set = ShardSet()
            var count = 0
            for place in questions.indices where passing & 1 << UInt64(place) == 0 {
                let rest = UnsafeMutableBufferPointer(rebasing: buffer[count...])
                count += questions[place].policy.compiled.select(
                    questions[place].values, cost: questions[place].cost, into: rest, &set)
            }
            guard count > 0 else {
                for place in questions.indices where questions[place].cost > 0 && passing & 1 << UInt64(place) == 0 {
                    questions[place].policy.compiled.counter.count(.allowed)
                }
                return JointAnswer(.nothingApplies)
            }
            return settle(
                UnsafeMutableBufferPointer(rebasing: buffer[..<count]), &set, questions, holdsSlots: holdsSlots,
                at: now)
        }
    }

    private func settle(
        _ charges: UnsafeMutableBufferPointer<Charge>, _ set: inout ShardSet,
        _ questions: UnsafeBufferPointer<JointQuestion>, holdsSlots: Bool, at now: Timestamp
    ) -> JointAnswer {
        let lease: UInt64? = holdsSlots ? .random(in: .min ... .max) : nil
        let operation: Operation = lease.map { .acquire(lease: $0) } ?? .decide
        set.lock(store.shards)
        let decision = store.shards.settle(charges, operation, now: now.nanoseconds, observing: false) { _ in }
        set.unlock(store.shards)
        var answer = JointAnswer(decision)
        if let lease, decision.isAllowed {
            answer.lease = Self.lease(lease, charges)
            let held = charges.filter { $0.limit.pointee.algorithm == .concurrency }
            if let given = answer.lease {
                store.leases.note(
                    lease, LeaseBook.Rules(held.lazy.map(\.rule.pointee.counter)), slots: held.first?.cost ?? 1,
                    expiry: now.nanoseconds.saturatingAdding(given.duration.wholeNanoseconds), at: now.nanoseconds)
            }
        }
        let deciding = charges.first {
            $0.rule.pointee.name == decision.rule && $0.verdict.isAllowed == decision.isAllowed
        }
        guard let deciding else { return answer }
        answer.place = questions.firstIndex { $0.policy.compiled.holds(deciding.rule) } ?? 0
        return answer
    }
}

extension CompiledPolicy {
    fileprivate func holds(_ rule: UnsafePointer<CompiledRule>) -> Bool {
        rule >= UnsafePointer(rules) && rule < UnsafePointer(rules + ruleCount)
    }
}
