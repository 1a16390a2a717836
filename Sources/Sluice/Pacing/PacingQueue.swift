internal import DequeModule
internal import HeapModule

/// Decides which send is asked about next: the part of a ``Pacer`` without tasks, locks and clocks.
///
/// The sends to one destination stand in a line; lines that may be asked about stand among the ready, the others behind
/// the gate that keeps them. A denial closes the gate of the rule that denied, and whoever would go through it waits
/// there without being asked about. Of a gate that opens one line after the other goes to the ready, so that a limit
/// which lets one pass costs no more than a look at one, however many wait. All is O(log n) for each send.
struct PacingQueue {
    /// What is to be done next.
    enum Step: Equatable {
        /// The limiter is to be asked; then the queue is told with `admitted` or `denied`.
        case ask(UInt64, Descriptor, cost: Int64)
        /// Nothing before this moment.
        case wait(until: Int64)
        case nothing
    }

    struct Send {
        var line: Int
        var priority: PacingPriority
        var cost: Int64
        /// The last moment to begin, in nanoseconds.
        var deadline: Int64
        var isWaiting = true
    }

    struct Moment: Comparable {
        var nanoseconds: Int64
        var subject: UInt64

        static func < (a: Moment, b: Moment) -> Bool { (a.nanoseconds, a.subject) < (b.nanoseconds, b.subject) }
    }

    /// How low and how new a send is.
    struct Worth: Comparable {
        var priority: Int
        var send: UInt64

        static func < (a: Worth, b: Worth) -> Bool { (a.priority, a.send) < (b.priority, b.send) }
    }

    /// A denial that names no wait is not asked about again sooner, in nanoseconds.
    private static let shortestWait: Int64 = 1
    /// Outdated entries that a heap may have beyond as many as hold.
    static let slack = 64

    let settings: PacerSettings
    /// The rules of the policy, and what they count by.
    var rules: [(name: RuleName, keys: [DescriptorKey])] = [] {
        didSet { for line in lines.indices { lines[line].gates = nil } }
    }

    var sends: [UInt64: Send] = [:]
    var lines: [PacingLine] = []
    var freeLines: [Int] = []
    /// The stamp of each line's entry where it stands; 0 if it stands nowhere.
    var stamps: [UInt64] = []
    var destinations: [Descriptor: Int] = [:]
    var gates: [PacingGate?] = []
    var freeGates: [Int] = []
    var places: [PacingGateID: Int] = [:]
    var ready = PacingLanes()
    var openings = Heap<Moment>()
    var deadlines = Heap<Moment>()
    var worths = Heap<Worth>()
    private var lastSend: UInt64 = 0
    var lastStamp: UInt64 = 0
    var lastTurn: UInt64 = 0
    /// How many wait.
    private(set) var waiting = 0
    /// The send that is being asked about, and its line, which stays though the send be given up.
    private var asked: (send: UInt64, line: Int)?
    private var failures: [(send: UInt64, error: PacingError)] = []

    init(_ settings: PacerSettings) { self.settings = settings }

    /// Whether nothing waits and nothing is being made.
    var isEmpty: Bool { sends.isEmpty }

    /// How many moments and worths it keeps, outdated ones too.
    var momentsKept: Int { openings.count + deadlines.count + worths.count }

    /// The sends that were given up since this was asked last.
    mutating func takeFailures() -> [(send: UInt64, error: PacingError)] {
        guard !failures.isEmpty else { return [] }
        defer { failures = [] }
        return failures
    }

    // MARK: - Coming and going

    /// A send comes.
    mutating func enter(
        to destination: Descriptor, inOrder: Bool, _ priority: PacingPriority, cost: Int64, deadline: Int64,
        at now: Int64
    ) throws(PacingError) -> UInt64 {
        var line = line(to: destination, inOrder: inOrder)
        do throws(PacingError) {
            if deadline < .max, let gate = closedGate(of: line, at: now), gates[gate]!.opensAt > deadline {
                throw .tooLate(retryAfter: .nanoseconds(gates[gate]!.opensAt - now))
            }
            if waiting >= settings.capacity { try makeRoom(for: priority, at: now) }
        } catch {
            if lines[line].first == nil, !isBusy(line) { removeLine(line) }
            throw error
        }
        // Whoever made room may have been the only one to the same destination.
        if lines[line].isFree { line = self.line(to: destination, inOrder: inOrder) }
        lastSend += 1
        sends[lastSend] = Send(line: line, priority: priority, cost: cost, deadline: deadline)
        waiting += 1
        lines[line].append(lastSend, priority)
        note(lastSend)
        if lines[line].place == .nowhere {
            lastTurn += 1
            lines[line].turn = lastTurn
            place(line, at: now)
        } else if priority > lines[line].standing {
            restand(line)
        }
        return lastSend
    }

    /// The limiter let the send pass that it was asked about.
    /// - Returns: `false` if it was given up meanwhile.
    mutating func admitted(_ send: UInt64, at now: Int64) -> Bool {
        guard let line = answered(send) else { return false }
        defer { resolve(line, at: now) }
        guard let known = sends[send] else {
            settleDown(line, at: now)
            return false
        }
        lines[line].remove(send, known.priority)
        sends[send]!.isWaiting = false
        waiting -= 1
        lines[line].isRunning = true
        lines[line].isDue = false
        return true
    }

    /// The limiter denied the send that it was asked about.
    mutating func denied(_ send: UInt64, _ denial: Denial, at now: Int64) {
        guard let line = answered(send) else { return }
        defer { resolve(line, at: now) }
        guard let wait = denial.retryAfter else {
            fail(send, .neverPasses(denial), at: now)
            return settleDown(line, at: now)
        }
        let opensAt = now.saturatingAdding(max(Self.shortestWait, wait.wholeNanoseconds))
        let gate = close(id(of: denial.rule, line), until: opensAt)
        guard lines[line].first != nil else { return settleDown(line, at: now) }
        park(line, behind: gate, at: now)
    }

    /// The limiter could not decide about a send.
    /// - Returns: Whether it is given up only now.
    mutating func failedToAsk(_ send: UInt64, at now: Int64) -> Bool {
        guard let line = answered(send) else { return false }
        defer { resolve(line, at: now) }
        let isNew = cancel(send, at: now)
        settleDown(line, at: now)
        return isNew
    }

    private mutating func answered(_ send: UInt64) -> Int? {
        guard let known = asked, known.send == send else { return nil }
        asked = nil
        lines[known.line].isAsked = false
        // Whatever becomes of it, the line stands nowhere until then.
        return known.line
    }

    /// A send has been made, or has failed for good.
    mutating func finished(_ send: UInt64, at now: Int64) {
        guard let known = sends.removeValue(forKey: send) else { return }
        lines[known.line].isRunning = false
        lastTurn += 1
        lines[known.line].turn = lastTurn
        settleDown(known.line, at: now)
    }

    /// A send that was made is to be made again, before whatever waits behind it.
    mutating func again(_ send: UInt64, at now: Int64) {
        guard let known = sends[send], !known.isWaiting else { return }
        sends[send]!.isWaiting = true
        waiting += 1
        lines[known.line].prepend(send, known.priority)
        lines[known.line].isRunning = false
        note(send)
        place(known.line, at: now)
    }

    /// Whoever sent it does not want it any more; `false` if it no longer waits.
    mutating func cancel(_ send: UInt64, at now: Int64) -> Bool {
        guard let known = sends[send], known.isWaiting else { return false }
        sends[send] = nil
        waiting -= 1
        let line = known.line
        lines[line].remove(send, known.priority)
        if isBusy(line) { return true }
        guard let priority = lines[line].priority else {
            leave(line, at: now)
            removeLine(line)
            return true
        }
        if lines[line].place != .nowhere, priority != lines[line].standing { restand(line) }
        return true
    }

    mutating func fail(_ send: UInt64, _ error: PacingError, at now: Int64) {
        if cancel(send, at: now) { failures.append((send, error)) }
    }

    /// Gives up all that waits.
    mutating func failAll(_ error: PacingError, at now: Int64) {
        for (send, known) in sends where known.isWaiting { fail(send, error, at: now) }
    }

    /// Nothing passes a gate of the send's before a moment; what it says already holds if that is later.
    mutating func pause(_ scope: RetryScope, of send: UInt64, until moment: Int64) {
        guard let line = sends[send]?.line else { return }
        let isWide = scope == .everything || lines[line].descriptor.entries.isEmpty
        let id = isWide ? PacingGateID.everything : .destination(lines[line].descriptor)
        let last = places[id].flatMap { gates[$0]?.opensAt } ?? .min
        close(id, until: max(last, moment))
    }

    /// Something was given back to a send's rules: whoever waits for them may be asked about again.
    mutating func relax(_ send: UInt64, at now: Int64) {
        guard let line = sends[send]?.line else { return }
        for id in gateIDs(of: line) {
            guard case .rule = id, places[id] != nil else { continue }
            close(id, until: now)
        }
    }

    // MARK: - Asking

    /// What is to be done now. A send that is to be asked about is not told of again.
    mutating func next(at now: Int64) -> Step {
        expire(at: now)
        openGates(at: now)
        guard asked == nil else { return .nothing }
        while let (line, isDue) = ready.pop(patience: settings.patience, stamps: stamps) {
            stamps[line] = 0
            if isDue { lines[line].isDue = true }
            lines[line].place = .nowhere
            if let gate = closedGate(of: line, at: now) {
                park(line, behind: gate, at: now)
                resolve(line, at: now)
                continue
            }
            guard let first = lines[line].first, let send = sends[first] else { continue }
            lines[line].isAsked = true
            asked = (first, line)
            return .ask(first, lines[line].descriptor, cost: send.cost)
        }
        guard waiting > 0, let moment = nextMoment() else { return .nothing }
        return .wait(until: moment)
    }

    private mutating func makeRoom(for priority: PacingPriority, at now: Int64) throws(PacingError) {
        if settings.whenFull == .dropLowest {
            while let least = worths.max {
                guard let known = sends[least.send], known.isWaiting else {
                    worths.removeMax()
                    continue
                }
                guard known.priority < priority, asked?.send != least.send else { break }
                return fail(least.send, .queueFull(settings.capacity), at: now)
            }
        }
        throw .queueFull(settings.capacity)
    }
}

extension PacingError {
    static func tooLate(retryAfter: Duration?) -> PacingError {
        let passes = retryAfter.map { "; its limits let it pass in \($0) at the earliest" } ?? ""
        return PacingError(.tooLate, "the send cannot begin in time\(passes)", retryAfter: retryAfter)
    }

    static func queueFull(_ capacity: Int) -> PacingError {
        PacingError(.queueFull, "\(capacity) sends wait already; send less, later, or with a higher priority")
    }

    static func neverPasses(_ denial: Denial) -> PacingError {
        let rule = denial.rule.map { "rule '\($0)'" } ?? "the policy's list"
        return PacingError(
            .neverPasses, "\(rule) never lets the send pass: \(denial.reason.rawValue), its limit is \(denial.limit)")
    }
}
