internal import Sluice

/// The policies that protect a handler, looked up: which values they need, and where each of them finds its own.
final class RoutePlan: Sendable {
    let handles: [any PolicyHandleProtocol]
    private let policies: [PolicyHandle]
    /// The keys that any of the policies looks at, each once, and where its value comes from.
    private let keys: [DescriptorKey]
    private let sources: [ValueSource]
    /// For each key of each policy in turn, its place among the sources.
    private let places: [Int]
    let holdsSlots: Bool

    /// - Throws: `SluiceError` for a policy that is not there, or of which no rule could ever apply to the handler.
    init(
        _ names: [String], of handler: BotHandler, _ limiter: some LimiterProtocol, _ joint: any JointLimiter
    ) throws(SluiceError) {
        var (handles, policies): ([any PolicyHandleProtocol], [PolicyHandle]) = ([], [])
        var (keys, sources, places): ([DescriptorKey], [ValueSource], [Int]) = ([], [], [])
        for name in names {
            handles.append(try limiter.policy(name))
            let policy = try joint.planning.policy(name)
            try policy.policy.checkCanApply(to: handler)
            policies.append(policy)
            for key in policy.keys {
                if !keys.contains(key) {
                    keys.append(key)
                    sources.append(ValueSource(key, of: handler) ?? .own)
                }
                places.append(keys.firstIndex(of: key) ?? 0)
            }
        }
        self.handles = handles
        self.policies = policies
        self.keys = keys
        self.sources = sources
        self.places = places
        holdsSlots = policies.contains { $0.policy.rules.contains { $0.limit.algorithm == .concurrency } }
    }

    /// Whether no reload has happened since.
    var isCurrent: Bool { policies.first?.isCurrent ?? true }

    /// The policy at a place, as an answer names it.
    func policy(at place: Int) -> Policy? { policies.indices.contains(place) ? policies[place].policy : nil }

    /// Decides as far as that is possible without waiting.
    /// - Parameter own: Values of the handler's own, which come before those of the update.
    /// - Throws: `SluiceError` for what cannot be decided.
    func begin(
        _ update: borrowing BotUpdate, own: Descriptor?, cost: Int64, _ joint: some JointLimiter
    ) throws(SluiceError) -> JointStep {
        if policies.isEmpty { return .decided(JointAnswer(.nothingApplies)) }
        switch attempt(update, own: own, cost: cost, joint, room: Self.usualRoom) {
        case .answer(let answer): return try answer.get()
        case .needs(let room):
            guard case .answer(let answer) = attempt(update, own: own, cost: cost, joint, room: room) else {
                preconditionFailure("an update's values do not change")
            }
            return try answer.get()
        }
    }

    /// What the values of most updates take, in bytes.
    private static let usualRoom = 1_024

    private enum Attempt {
        case answer(Result<JointStep, SluiceError>)
        /// The values take so many bytes.
        case needs(Int)
    }

    /// Decides if the values fit into so many bytes.
    private func attempt(
        _ update: borrowing BotUpdate, own: Descriptor?, cost: Int64, _ joint: some JointLimiter, room: Int
    ) -> Attempt {
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { bytes in
            withUnsafeTemporaryAllocation(of: ValueBytes.self, capacity: sources.count + places.count + 1) { values in
                var offset = 0
                for place in sources.indices {
                    values[place] = .missing
                    guard let value = value(place, update, own)?.utf8 else { continue }
                    let count = value.count
                    if offset + count <= room {
                        let target = UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
                        target.copyBytes(from: value)
                        values[place] = ValueBytes(UnsafeRawBufferPointer(target))
                    }
                    offset += count
                }
                guard offset <= room else { return .needs(offset) }
                for (index, place) in places.enumerated() { values[sources.count + index] = values[place] }
                return .answer(ask(joint, values.baseAddress! + sources.count, cost: cost))
            }
        }
    }

    private func ask(
        _ joint: some JointLimiter, _ values: UnsafePointer<ValueBytes>, cost: Int64
    ) -> Result<JointStep, SluiceError> {
        withUnsafeTemporaryAllocation(of: JointQuestion.self, capacity: policies.count) { questions in
            var offset = 0
            for (index, policy) in policies.enumerated() {
                questions.initializeElement(at: index, to: JointQuestion(policy, values + offset, cost: cost))
                offset += policy.keys.count
            }
            defer { questions.deinitialize() }
            do throws(SluiceError) {
                return .success(try joint.begin(UnsafeBufferPointer(questions), holdsSlots: holdsSlots))
            } catch {
                return .failure(error)
            }
        }
    }

    private func value(_ place: Int, _ update: borrowing BotUpdate, _ own: Descriptor?) -> String? {
        if let own, let value = own[keys[place]] { return value }
        return update.value(sources[place])
    }

    /// What was asked, in the form in which something can be given back.
    func descriptor(_ update: BotUpdate, own: Descriptor?) -> Descriptor {
        var descriptor = Descriptor()
        for place in sources.indices { descriptor[keys[place]] = value(place, update, own) }
        return descriptor
    }
}

extension Policy {
    /// Checks that a rule, or a list, can apply to a handler's updates.
    fileprivate func checkCanApply(to handler: BotHandler) throws(SluiceError) {
        guard handler.values == nil, !rules.isEmpty, allow.isEmpty, deny.isEmpty else { return }
        func isUnknown(_ key: DescriptorKey) -> Bool { ValueSource(key, of: handler) == nil }
        guard rules.allSatisfy({ $0.keys.contains(where: isUnknown) }),
            let key = rules[0].keys.first(where: isUnknown)
        else { return }
        throw SluiceError(
            .missingKey,
            "no rule of policy '\(name)' can apply: '\(rules[0].name)' counts by '\(key)', of which updates do not tell"
                + NearestWord.hint(for: key.name, among: ValueSource.keys.map(\.name))
                + "; give the handler 'values:' that do")
    }
}
