internal import DequeModule

/// Loads under way, and who waits for them: at most one for each name, a bounded number at once.
///
/// Each event is a function that says what there is to do, and does nothing of it. A load is known by a number. One
/// that was overtaken by an invalidation no longer has its name: those who waited already get its result, and whoever
/// comes later begins another.
struct LoadTable<Waiter> {
    /// What may be under way.
    struct Bounds: Sendable {
        /// Loads at once.
        var loads: Int
        /// Loads that wait for one of those to end.
        var queued: Int
        /// Callers who wait.
        var waiters: Int
    }

    private struct Load {
        let name: String
        let tags: [String]
        let marks: LoadMarks
        var waiters: [UInt64: Waiter] = [:]
        /// It goes on though nobody waits.
        let isBackground: Bool
        /// Its value came from a caller, who is telling the tier.
        var isWrite = false
        var isOvertaken = false
        /// Tags that were invalidated since it began, and that its caller did not name: what it finds may have them.
        var tagsSince: Set<UInt64> = []
        /// Its result has been told; what remains is to keep it in the tier.
        var isTold = false
    }

    private let bounds: Bounds
    private var loads: [UInt64: Load] = [:]
    private var loadOfName: [String: UInt64] = [:]
    private var loadOfWaiter: [UInt64: UInt64] = [:]
    private var queue = Deque<UInt64>()
    private var running = 0
    private var lastNumber: UInt64 = 0
    private(set) var isClosed = false

    init(_ bounds: Bounds) { self.bounds = bounds }

    /// Loads that have not ended.
    var count: Int { loads.count }
    /// Callers who wait.
    var waiterCount: Int { loadOfWaiter.count }

    // MARK: - Coming and going

    enum JoinAction: Equatable {
        /// A load is to be begun, and the caller waits for it.
        case begin(UInt64)
        /// A load will be begun once another one ends.
        case queued
        /// Somebody loads it already.
        case joined
        /// As much is under way as may be.
        case refuse
    }

    /// Somebody wants a name.
    mutating func join(
        _ name: String, _ tags: [String], _ marks: LoadMarks, id: UInt64, _ waiter: Waiter
    ) -> JoinAction {
        guard !isClosed, loadOfWaiter.count < bounds.waiters else { return .refuse }
        if let number = loadOfName[name] {
            loads[number]!.waiters[id] = waiter
            loadOfWaiter[id] = number
            return .joined
        }
        guard running < bounds.loads || queue.count < bounds.queued else { return .refuse }
        let number = add(Load(name: name, tags: tags, marks: marks, waiters: [id: waiter], isBackground: false))
        loadOfWaiter[id] = number
        guard running < bounds.loads else {
            queue.append(number)
            return .queued
        }
        running += 1
        return .begin(number)
    }

    /// A name is to be loaded though nobody waits for it.
    ///
    /// - Returns: The load to begin, or `nil` if it is loaded already or too much is.
    mutating func beginBackground(_ name: String, _ tags: [String], _ marks: LoadMarks) -> UInt64? {
        guard !isClosed, loadOfName[name] == nil, running < bounds.loads else { return nil }
        running += 1
        return add(Load(name: name, tags: tags, marks: marks, isBackground: true))
    }

    /// A caller tells the tier of a value. Whoever asks meanwhile waits for that, and gets it.
    ///
    /// Of writes that overlap nobody knows which comes last, so memory keeps none of them.
    /// - Complexity: O(loads).
    mutating func beginWriting(_ name: String, _ marks: LoadMarks) -> UInt64 {
        _ = overtake(.name(marks.hash))
        let overlaps = loads.values.contains { $0.isWrite && $0.marks.hash == marks.hash }
        running += 1
        return add(Load(name: name, tags: [], marks: marks, isBackground: true, isWrite: true, isOvertaken: overlaps))
    }

    private mutating func add(_ load: Load) -> UInt64 {
        lastNumber += 1
        loads[lastNumber] = load
        loadOfName[load.name] = lastNumber
        return lastNumber
    }

    /// Somebody waits no longer.
    ///
    /// - Returns: Who it was, and the load that is to be cancelled because nobody else wants it.
    mutating func leave(_ id: UInt64) -> (waiter: Waiter, cancelled: UInt64?)? {
        guard let number = loadOfWaiter.removeValue(forKey: id),
            let waiter = loads[number]?.waiters.removeValue(forKey: id)
        else { return nil }
        guard let load = loads[number], load.waiters.isEmpty, !load.isBackground else { return (waiter, nil) }
        forgetName(of: number)
        if let place = queue.firstIndex(of: number) {
            queue.remove(at: place)
            loads[number] = nil
            return (waiter, nil)
        }
        return (waiter, number)
    }

    // MARK: - Ending

    /// A load has its result.
    ///
    /// - Parameter found: Tags of the result that its caller may not have named.
    /// - Returns: Who waited, and whether memory may keep it.
    mutating func told(_ number: UInt64, found: [UInt64] = []) -> (waiters: [Waiter], mayKeep: Bool) {
        guard let load = loads[number], !load.isTold else { return ([], false) }
        forgetName(of: number)
        loads[number]!.isTold = true
        loads[number]!.waiters = [:]
        for id in load.waiters.keys { loadOfWaiter[id] = nil }
        return (Array(load.waiters.values), !load.isOvertaken && load.tagsSince.isDisjoint(with: found))
    }

    /// A load has ended, all that followed from it included.
    ///
    /// - Returns: A load that waited and is to be begun.
    mutating func ended(_ number: UInt64) -> (number: UInt64, name: String, tags: [String])? {
        guard loads.removeValue(forKey: number) != nil else { return nil }
        running -= 1
        guard let next = queue.popFirst(), let load = loads[next] else { return nil }
        running += 1
        return (next, load.name, load.tags)
    }

    // MARK: - Being overtaken

    /// Whether something was invalidated since a load began.
    func isOvertaken(_ number: UInt64) -> Bool { loads[number]?.isOvertaken ?? true }

    /// Something was invalidated: loads that have begun must not be kept, and those who come later wait for others.
    ///
    /// - Returns: How many were overtaken.
    /// - Complexity: O(loads).
    mutating func overtake(_ scope: LoadScope) -> Int {
        var overtaken = 0
        for (number, load) in loads where !load.isOvertaken {
            guard scope.includes(load.name, load.marks) || !remembers(scope, number) else { continue }
            forgetName(of: number)
            loads[number]!.isOvertaken = true
            overtaken += 1
        }
        return overtaken
    }

    /// The most tags that a load remembers; with more it is overtaken.
    static var mostTagsSince: Int { 256 }

    /// Has a load remember a tag that it may turn out to have.
    ///
    /// - Returns: Whether that was possible.
    private mutating func remembers(_ scope: LoadScope, _ number: UInt64) -> Bool {
        guard case .tag(let tag) = scope else { return true }
        guard loads[number]!.tagsSince.count < Self.mostTagsSince else { return false }
        loads[number]!.tagsSince.insert(tag)
        return true
    }

    private mutating func forgetName(of number: UInt64) {
        guard let name = loads[number]?.name, loadOfName[name] == number else { return }
        loadOfName[name] = nil
    }

    /// Nobody may join any more.
    ///
    /// - Returns: The loads that run, and those who waited for loads that had not begun.
    mutating func close() -> (running: [UInt64], refused: [Waiter]) {
        isClosed = true
        var refused: [Waiter] = []
        for number in queue {
            guard let load = loads.removeValue(forKey: number) else { continue }
            for (id, waiter) in load.waiters {
                loadOfWaiter[id] = nil
                refused.append(waiter)
            }
            if loadOfName[load.name] == number { loadOfName[load.name] = nil }
        }
        queue.removeAll()
        return (Array(loads.keys), refused)
    }
}
