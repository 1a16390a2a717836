import RESP
import SluiceTesting

/// Which server serves which slot, and what happens when that changes.
///
/// A shard is a master and a replica that knows what the master knew a while ago. When the replica takes over, what was
/// written since is lost, unless the two had just agreed.
final class SimulatedCluster {
    /// One part of the slots.
    final class Shard {
        let slots: ClosedRange<Int>
        fileprivate(set) var master: SimulatedRedis
        fileprivate(set) var replica: SimulatedRedis
        /// What the replica knows.
        fileprivate var copy = ScriptModel()

        init(slots: ClosedRange<Int>, master: SimulatedRedis, replica: SimulatedRedis) {
            (self.slots, self.master, self.replica) = (slots, master, replica)
        }
    }

    /// A run of slots on its way from one master to another.
    private struct Move {
        let slots: ClosedRange<Int>
        let from: Int
        let to: Int
        /// Whether the keys have gone over already; the slots follow.
        var hasKeys = false
    }

    private let world: SimulatedWorld
    let shards: [Shard]
    private var move: Move?
    /// Slots that are another shard's than the one they began in.
    private var moved: [(slots: ClosedRange<Int>, shard: Int)] = []
    /// Until when the cluster says that it is down.
    private var downUntil: Int64 = 0

    init(_ world: SimulatedWorld, _ shards: [Shard]) {
        self.world = world
        self.shards = shards
        for shard in shards {
            shard.master.cluster = self
            shard.replica.cluster = self
        }
    }

    // MARK: Changes

    /// Replicas catch up.
    func replicate() {
        for shard in shards {
            shard.copy = shard.master.script
            shard.replica.functions = shard.master.functions
        }
    }

    /// A replica takes over.
    /// - Parameter losingWrites: Whether it has not seen the last writes.
    func failOver(_ place: Int, losingWrites: Bool) {
        let shard = shards[place]
        guard shard.replica.isUp else { return }
        if !losingWrites { shard.copy = shard.master.script }
        shard.replica.script = shard.copy
        (shard.master, shard.replica) = (shard.replica, shard.master)
    }

    /// The cluster says for a while that it is down.
    func goDown(for time: Int64) { downUntil = world.now + time }

    /// Begins to move slots to another shard, moves their keys, or ends it; whichever comes next.
    func advanceMove() {
        guard var move else {
            let from = Int(world.random.number(in: 0...Int64(shards.count - 1)))
            let to = (from + 1) % shards.count
            let slots = shards[from].slots
            let length = (slots.count - 1) / 4
            let first = slots.lowerBound + Int(world.random.number(in: 0...3)) * length
            let run = first...(first + length)
            // Slots that have left are not moved again.
            guard !moved.contains(where: { $0.slots.overlaps(run) }) else { return }
            self.move = Move(slots: run, from: from, to: to)
            return
        }
        if !move.hasKeys {
            take(move.slots, from: shards[move.from].master, to: shards[move.to].master)
            move.hasKeys = true
            self.move = move
        } else {
            moved.append((move.slots, move.to))
            self.move = nil
        }
    }

    /// Everything is as it should be from now on.
    func heal() {
        downUntil = 0
        while move != nil { advanceMove() }
    }

    private func take(_ slots: ClosedRange<Int>, from: SimulatedRedis, to: SimulatedRedis) {
        for (name, cell) in from.script.takeCells(where: { slots.contains(Self.slot(of: $0)) }) {
            to.script.put(cell, under: name)
        }
    }

    // MARK: Answers

    private func owner(of slot: Int) -> Int {
        if let place = moved.lastIndex(where: { $0.slots.contains(slot) }) { return moved[place].shard }
        return shards.firstIndex { $0.slots.contains(slot) } ?? 0
    }

    /// The shard that serves a key.
    func shard(of key: [UInt8]) -> Int { owner(of: Self.slot(of: key)) }

    static func slot(of key: [UInt8]) -> Int { Int(key.withUnsafeBytes { HashSlot(key: $0) }.rawValue) }

    func refusalOfWrites(at server: SimulatedRedis) -> String? {
        shards.contains { $0.master === server }
            ? nil : "-READONLY You can't write against a read only replica.\r\n"
    }

    /// Why a server does not carry out a command with these keys; `nil` if it does.
    func refusal(of keys: [[UInt8]], at server: SimulatedRedis, isAsking: Bool) -> String? {
        guard let first = keys.first else { return nil }
        let slot = Self.slot(of: first)
        guard keys.allSatisfy({ Self.slot(of: $0) == slot }) else {
            world.breaks("a call has keys of several slots")
            return "-CROSSSLOT Keys in request don't hash to the same slot\r\n"
        }
        if downUntil > world.now { return "-CLUSTERDOWN The cluster is down\r\n" }
        let owner = owner(of: slot)
        if let move, move.slots.contains(slot) {
            let target = shards[move.to].master
            if server === target {
                // Before the keys are here nobody is sent here.
                guard isAsking, move.hasKeys else { return Self.redirect("MOVED", slot, shards[move.from].master) }
                return nil
            }
            if server === shards[move.from].master, move.hasKeys {
                return world.once(in: 4)
                    ? "-TRYAGAIN Multiple keys request during rehashing of slot\r\n"
                    : Self.redirect("ASK", slot, target)
            }
        }
        return server === shards[owner].master ? nil : Self.redirect("MOVED", slot, shards[owner].master)
    }

    private static func redirect(_ word: String, _ slot: Int, _ server: SimulatedRedis) -> String {
        "-\(word) \(slot) \(server.address)\r\n"
    }

    /// The answer to `CLUSTER SHARDS`.
    func map() -> String {
        var text = "*\(shards.count)\r\n"
        for (place, shard) in shards.enumerated() {
            let ranges = ranges(of: place)
            text += "*4\r\n\(Self.bulk("slots"))*\(ranges.count * 2)\r\n"
            for range in ranges { text += ":\(range.lowerBound)\r\n:\(range.upperBound)\r\n" }
            text += "\(Self.bulk("nodes"))*2\r\n"
            text += Self.node(shard.master, "master") + Self.node(shard.replica, "replica")
        }
        return text
    }

    private func ranges(of place: Int) -> [ClosedRange<Int>] {
        var ranges = [shards[place].slots]
        for gone in moved where shards[place].slots.overlaps(gone.slots) && gone.shard != place {
            ranges = ranges.flatMap { range -> [ClosedRange<Int>] in
                guard range.overlaps(gone.slots) else { return [range] }
                var rest: [ClosedRange<Int>] = []
                if range.lowerBound < gone.slots.lowerBound {
                    rest.append(range.lowerBound...gone.slots.lowerBound - 1)
                }
                if range.upperBound > gone.slots.upperBound {
                    rest.append(gone.slots.upperBound + 1...range.upperBound)
                }
                return rest
            }
        }
        return ranges + moved.filter { $0.shard == place }.map(\.slots)
    }

    private static func node(_ server: SimulatedRedis, _ role: String) -> String {
        guard case .tcp(let host, let port) = server.address else { return "" }
        let health = server.isUp ? "online" : "failed"
        return "*8\r\n\(bulk("endpoint"))\(bulk(host))\(bulk("port")):\(port)\r\n\(bulk("role"))\(bulk(role))"
            + "\(bulk("health"))\(bulk(health))"
    }

    private static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
}
