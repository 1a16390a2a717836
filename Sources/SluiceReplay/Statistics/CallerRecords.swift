/// What one caller sent, and how much of it was denied.
struct CallerCount: CallerRecord {
    /// How much of a name is kept.
    static let nameBytes = 64

    var requests: Int64 = 0
    var denied: Int64 = 0
    private let name: UnsafeMutableRawBufferPointer
    private let isNameWhole: Bool

    init(name: UnsafeRawBufferPointer) {
        let count = min(name.count, Self.nameBytes)
        self.name = .allocate(byteCount: count, alignment: 1)
        self.name.copyMemory(from: UnsafeRawBufferPointer(rebasing: name[..<count]))
        isNameWhole = count == name.count
    }

    var weight: Int64 { requests }

    var text: String { UnsafeRawBufferPointer(name).text + (isNameWhole ? "" : "…") }

    func free() { name.deallocate() }
}

/// How often one rule denied one caller.
struct DenialCount: CallerRecord {
    var denied: Int64 = 0

    var weight: Int64 { denied }

    func free() {}
}

/// What one caller of a rule would have needed so as never to be denied.
struct CallerDemand: CallerRecord {
    var denied: Int64 = 0
    /// The least limit under which nothing of the caller's would have been denied; of a gap, the longest.
    var needed: Int64
    /// Where the running window began, or when the last request came.
    var start: Int64 = .min
    /// Units in the running window or log, or since the first request.
    var current: Int64 = 0
    /// Units in the window before.
    var previous: Int64 = 0
    var runs = RunList()

    var weight: Int64 { denied }

    func free() { runs.free() }
}

/// Requests of one caller at one moment.
struct Run {
    var time: Int64
    var count: Int64
}

/// A short queue of runs: the first lies in place, as most callers never need a second.
struct RunList {
    private var only = Run(time: 0, count: 0)
    private var heap: UnsafeMutablePointer<Run>?
    private var head: Int32 = 0
    private(set) var capacity: Int32 = 1
    private var length: Int32 = 0

    var count: Int { Int(length) }

    /// Whether there is no room at the end that could be had by moving little: room is made where a quarter of the
    /// list or more is free, so each run is moved a bounded number of times.
    @inline(__always)
    var isFull: Bool { length == capacity || (head + length == capacity && length > capacity / 4 * 3) }

    subscript(index: Int) -> Run {
        @inline(__always) get {
            assert(index >= 0 && index < count)
            return heap.map { $0[Int(head) + index] } ?? only
        }
        @inline(__always) set {
            assert(index >= 0 && index < count)
            if let heap { heap[Int(head) + index] = newValue } else { only = newValue }
        }
    }

    /// Adds a run at the end; the list must not be full.
    @inline(__always)
    mutating func append(_ run: Run) {
        assert(!isFull)
        if let heap, head + length == capacity {
            heap.update(from: heap + Int(head), count: count)
            head = 0
        }
        length += 1
        self[count - 1] = run
    }

    @inline(__always)
    mutating func removeFirst() {
        assert(length > 0)
        length -= 1
        head = length == 0 || heap == nil ? 0 : head + 1
    }

    @inline(__always)
    mutating func removeLast() {
        assert(length > 0)
        length -= 1
    }

    /// Takes out one from the middle.
    mutating func remove(at index: Int) {
        for later in index..<count - 1 { self[later] = self[later + 1] }
        removeLast()
    }

    /// Joins runs of the same span of `quantum` to one at the latest moment of them, or, if that joins none, the first
    /// two. There must be two.
    mutating func join(within quantum: Int64) {
        var kept = 0
        for index in 1..<count {
            let isJoined = self[kept].time / quantum == self[index].time / quantum
            if isJoined {
                self[kept] = Run(time: self[index].time, count: self[kept].count &+ self[index].count)
            } else {
                kept += 1
                self[kept] = self[index]
            }
        }
        if kept + 1 == count {
            self[1].count &+= self[0].count
            removeFirst()
        } else {
            length = Int32(kept + 1)
        }
    }

    /// Doubles the room.
    mutating func grow() {
        let larger = UnsafeMutablePointer<Run>.allocate(capacity: Int(capacity) * 2)
        if let heap {
            larger.moveInitialize(from: heap + Int(head), count: count)
            heap.deallocate()
        } else {
            larger.initialize(to: only)
        }
        // What lies beyond the end is assigned to, never read; runs are trivial.
        heap = larger
        head = 0
        capacity *= 2
    }

    func free() { heap?.deallocate() }
}
