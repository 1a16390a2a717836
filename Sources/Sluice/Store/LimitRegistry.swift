internal import Synchronization

/// Every limit under which cells of a store may have been written, by number.
///
/// Entries are never changed or removed, so readers need no lock: whoever holds a number was given it after its
/// entry was written.
final class LimitRegistry: Sendable {
    /// What makes two entries the same.
    enum Entry: Hashable, Sendable {
        case limit(Limit)
        case penalty(Penalty, of: Limit)
    }

    private struct Known {
        var ids: [Entry: LimitID] = [:]
        var entries: [Entry] = []
        var calendars: [CalendarPeriods] = []
    }

    /// The most entries: cells have 16 bits for their limit.
    static let most = Int(UInt16.max)

    /// Touched, and so taken from the system, only as far as there are entries.
    private let memory: ReservedMemory
    private let known = Mutex(Known())

    init() throws(SluiceError) {
        memory = try ReservedMemory(byteCount: (Self.most + 1) * MemoryLayout<CompiledLimit>.stride)
    }

    /// Where the limits lie, by number.
    var limits: UnsafeMutablePointer<CompiledLimit> {
        memory.base.assumingMemoryBound(to: CompiledLimit.self)
    }

    /// The entry of a number that this registry gave out.
    @inline(__always)
    func limit(_ id: LimitID) -> UnsafePointer<CompiledLimit> { UnsafePointer(limits + Int(id.rawValue)) }

    /// All entries, in the order of their numbers.
    var entries: [Entry] { known.withLock { $0.entries } }

    /// The number of a limit, new or known.
    func register(_ entry: Entry, called name: String) throws(SluiceError) -> LimitID {
        try known.withLock { known throws(SluiceError) in
            if let id = known.ids[entry] { return id }
            let index = Int(LimitID.first) + known.entries.count
            guard index <= Self.most else {
                throw SluiceError(
                    .invalidPolicy, "\(name): this store has seen \(Self.most) different limits; restart it")
            }
            var compiled: CompiledLimit
            switch entry {
            case .limit(let limit):
                compiled = try CompiledLimit.compile(limit, called: name)
                if let unit = limit.calendarUnit, limit.algorithm == .quota {
                    let calendar = try CalendarPeriods(unit, timeZone: limit.timeZone ?? "UTC")
                    known.calendars.append(calendar)
                    compiled.calendar = .passUnretained(calendar)
                }
            case .penalty(let penalty, let limit): compiled = CompiledLimit.compile(penalty, for: limit)
            }
            compiled.id = LimitID(rawValue: UInt16(index))
            (limits + index).initialize(to: compiled)
            known.ids[entry] = compiled.id
            known.entries.append(entry)
            return compiled.id
        }
    }
}
