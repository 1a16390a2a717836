import NIOCore
import RESP
import Sluice
import SluiceTracing

/// What the store is asked to do with a request's charges.
enum StoreOperation: Hashable, Sendable {
    /// Decide, and charge all of them or none. Observed, an allowed rule of a denied request tells how it stands.
    case decide(isObserved: Bool)
    /// Would it pass? Charges nothing.
    case peek
    /// As `decide`, and a slot of each concurrency rule is taken under this number.
    case acquire(lease: UInt64)
    /// Give the costs back.
    case refund
    /// Forget the cells and their penalties.
    case reset
    /// Take back what an earlier decision charged at this moment of Redis's time, in microseconds, and its lease.
    case undo(chargedAt: Int64, lease: UInt64?)
    /// Hold a lease for a whole duration more. Its cells come without limits: each knows its own.
    case renew(lease: UInt64)
    /// Give a lease's slots back.
    case release(lease: UInt64)
    /// Take as many units as there are, up to the cost.
    case borrow
    /// Charge the costs, even beyond the limits.
    case settle
    /// Close the rules for so many microseconds at least.
    case hold(microseconds: Int64)
    /// Open what was closed.
    case lift

    /// The number of the lease that is asked for.
    var lease: UInt64? {
        if case .acquire(let lease) = self { lease } else { nil }
    }

    /// Whether it charges and so may have to be undone.
    var charges: Bool {
        switch self {
        case .decide, .acquire: true
        case .peek, .refund, .reset, .undo, .renew, .release, .borrow, .settle, .hold, .lift: false
        }
    }

    /// Whether it tells the store something, so that no failure choice can stand in for it.
    var isTold: Bool {
        switch self {
        case .refund, .reset, .settle, .hold, .lift: true
        case .decide, .peek, .acquire, .undo, .renew, .release, .borrow: false
        }
    }
}

/// What came of a request.
enum StoreAnswer: Sendable {
    /// A verdict for each charge, and when Redis decided, in microseconds since 1970.
    case judged([ChargeVerdict], at: Int64)
    /// It could not be decided.
    case failed(StoreFault)
}

/// Why the store did not answer.
struct StoreFault: Error, Sendable {
    /// What is wrong.
    var error: RedisError
    /// When to try again at the earliest, in nanoseconds from now; 0 at once.
    var retryAfterNanoseconds: Int64 = 0
}

/// Some charges and what is to be done with them, in one step, on one node.
///
/// Sendable: handed from the thread that asks to the lane's event loop once, and not touched afterwards.
final class StoreRequest: @unchecked Sendable {
    let charges: [PlannedCharge]
    /// The cells of a lease, which come without charges.
    private let leased: [CellKey]
    let operation: StoreOperation
    /// When it is too late for an answer.
    let deadline: NIODeadline
    /// Whether it has been sent once and nothing came of it. Touched on the event loop only.
    var isRepeated = false
    /// Whether its completion was called. Touched on the event loop only.
    private var isAnswered = false
    /// Keeps what the charges point to.
    private let owner: AnyObject?
    private let completion: (StoreAnswer) -> Void
    /// From when it was asked until it was answered, for callers who are traced.
    private let span: ChildSpan

    init(
        _ charges: [PlannedCharge], _ operation: StoreOperation, deadline: NIODeadline, keeping owner: AnyObject?,
        span: ChildSpan? = nil, completion: @escaping (StoreAnswer) -> Void
    ) {
        self.charges = charges
        leased = []
        self.operation = operation
        self.deadline = deadline
        self.owner = owner
        self.completion = completion
        self.span = span ?? .redis(operation)
    }

    /// A request about a lease's cells.
    init(
        leaseIn keys: [CellKey], _ operation: StoreOperation, deadline: NIODeadline, span: ChildSpan? = nil,
        completion: @escaping (StoreAnswer) -> Void
    ) {
        charges = []
        leased = keys
        self.operation = operation
        self.deadline = deadline
        owner = nil
        self.completion = completion
        self.span = span ?? .redis(operation)
    }

    /// The same for some of the cells.
    func part(
        _ positions: [Int], _ operation: StoreOperation, deadline: NIODeadline? = nil,
        completion: @escaping (StoreAnswer) -> Void
    ) -> StoreRequest {
        let deadline = deadline ?? self.deadline
        guard charges.isEmpty else {
            return StoreRequest(
                positions.map { charges[$0] }, operation, deadline: deadline, keeping: self, span: ChildSpan.none,
                completion: completion)
        }
        return StoreRequest(
            leaseIn: positions.map { keys[$0] }, operation, deadline: deadline, span: ChildSpan.none,
            completion: completion)
    }

    /// The cells: those of the charges, or those of a lease.
    var keys: [CellKey] { charges.isEmpty ? leased : charges.map(\.key) }

    /// The first of the cells, where the request's lane, queue and node come from.
    var firstKey: CellKey? { charges.first?.key ?? leased.first }

    /// Answers whoever asked, unless somebody has: what comes behind the deadline is for nobody.
    func complete(_ answer: StoreAnswer) {
        guard !isAnswered else { return }
        isAnswered = true
        switch answer {
        case .judged: span.end()
        case .failed(let fault): span.end(failing: fault.error)
        }
        completion(answer)
    }

    /// It leaves for Redis now.
    /// - Parameter companions: How many requests go in the same call.
    func leaves(with companions: Int) { span.leaves(with: companions) }
}
