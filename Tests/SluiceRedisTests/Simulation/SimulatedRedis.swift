import NIOCore
import RESP
import SluiceTesting

/// One Redis server: it takes its time, forgets, dies, comes back, and speaks for its part of a cluster.
final class SimulatedRedis {
    let world: SimulatedWorld
    let address: NodeAddress
    /// How far its clock is ahead of the true time, in nanoseconds.
    let clockOffset: Int64
    /// The cluster that it belongs to, if it does.
    weak var cluster: SimulatedCluster?

    private(set) var isUp = true
    /// Until when it reads its data from disk.
    private var loadingUntil: Int64 = 0
    /// Until when it does nothing but take bytes.
    private var frozenUntil: Int64 = 0
    /// How many times slower than usual it is.
    var slowness: Int64 = 1
    private var busyUntil: Int64 = 0
    /// Errors that it answers calls with, the next one last.
    var refusals: [String] = []
    var script = ScriptModel()
    var functions: Set<[UInt8]> = []
    private var census: [[UInt8]: Int64] = [:]
    /// Calls of the function that it has carried out.
    private(set) var calls = 0

    init(_ world: SimulatedWorld, _ address: NodeAddress, clockOffset: Int64) {
        self.world = world
        self.address = address
        self.clockOffset = clockOffset
    }

    /// What its clock says, in microseconds.
    var microseconds: Int64 { (world.now + clockOffset) / 1_000 }

    // MARK: Faults

    /// The process dies. Its connections are cut by the network.
    /// - Parameter losingData: Whether it begins with nothing when it comes back.
    func crash(losingData: Bool) {
        isUp = false
        frozenUntil = 0
        refusals = []
        if losingData { forget() }
    }

    func forget() {
        script = ScriptModel()
        functions = []
        census = [:]
    }

    func restart(loadingFor time: Int64) {
        isUp = true
        busyUntil = world.now
        loadingUntil = world.now + time
    }

    /// It is stopped for a while, with its connections open.
    func freeze(for time: Int64) { frozenUntil = max(frozenUntil, world.now + time) }

    /// Everything is as it should be from now on.
    func heal() {
        slowness = 1
        refusals = []
        frozenUntil = min(frozenUntil, world.now)
    }

    // MARK: Commands

    /// Carries out what one read has brought, in its turn.
    func execute(
        _ commands: [[[UInt8]]], of session: SimulatedSession, reply: @escaping (ByteBuffer) -> Void
    ) {
        let time = world.random.number(in: 5_000...60_000) * slowness
        let moment = max(busyUntil, world.now, frozenUntil) + time
        busyUntil = moment
        run(at: moment, commands, session, reply)
    }

    private func run(
        at moment: Int64, _ commands: [[[UInt8]]], _ session: SimulatedSession, _ reply: @escaping (ByteBuffer) -> Void
    ) {
        world.at(moment) { [self] in
            guard isUp else { return }
            if frozenUntil > world.now { return run(at: frozenUntil, commands, session, reply) }
            var answers = ByteBuffer()
            for command in commands { answer(command, session, &answers) }
            reply(answers)
        }
    }

    private func answer(_ command: [[UInt8]], _ session: SimulatedSession, _ out: inout ByteBuffer) {
        let isAsking = session.isAsking
        session.isAsking = false
        switch String(decoding: command[0], as: UTF8.self) {
        case "HELLO": out.writeString("%1\r\n$5\r\nproto\r\n:3\r\n")
        case "PING": Self.bulk(command.count > 1 ? command[1] : Array("PONG".utf8), &out)
        case "ASKING":
            session.isAsking = true
            out.writeString("+OK\r\n")
        case "CLUSTER": cluster(command, &out)
        case "FUNCTION": load(command, &out)
        case "FCALL": call(command, isAsking: isAsking, &out)
        case "EVAL": count(command, &out)
        case "ZREM":
            census[command[2]] = nil
            out.writeString(":1\r\n")
        default: out.writeString("-ERR unknown command\r\n")
        }
    }

    private func cluster(_ command: [[UInt8]], _ out: inout ByteBuffer) {
        guard let cluster else { return out.answer("-ERR This instance has cluster support disabled\r\n") }
        guard command[1] == Array("SHARDS".utf8) else { return out.answer("-ERR unknown subcommand\r\n") }
        out.writeString(cluster.map())
    }

    private func load(_ command: [[UInt8]], _ out: inout ByteBuffer) {
        guard loadingUntil <= world.now else { return out.answer(Self.loading) }
        if let refusal = cluster?.refusalOfWrites(at: self) { return out.answer(refusal) }
        let line = command[3].prefix { $0 != 0x0a }
        guard let mark = line.firstIndex(of: UInt8(ascii: "=")) else {
            return out.answer("-ERR Missing library metadata\r\n")
        }
        let name = Array(line[(mark + 1)...])
        functions.insert(name)
        Self.bulk(name, &out)
    }

    private func call(_ command: [[UInt8]], isAsking: Bool, _ out: inout ByteBuffer) {
        guard loadingUntil <= world.now else { return out.answer(Self.loading) }
        let count = Int(String(decoding: command[2], as: UTF8.self)) ?? 0
        let keys = Array(command[3..<3 + count])
        if let refusal = cluster?.refusal(of: keys, at: self, isAsking: isAsking) { return out.answer(refusal) }
        if let refusal = refusals.popLast() { return out.answer(refusal) }
        guard functions.contains(command[1]) else { return out.answer("-ERR Function not found\r\n") }
        calls += 1
        do {
            let answer = try script.call(
                keys: keys, limits: command[4 + count], requests: command[5 + count], at: microseconds)
            for lease in script.asked { world.carriesOut(lease) }
            world.note(UInt64(answer.count))
            Self.bulk(answer, &out)
        } catch {
            world.breaks("the script's model cannot read a call: \(error)")
        }
    }

    /// The count of instances.
    private func count(_ command: [[UInt8]], _ out: inout ByteBuffer) {
        guard loadingUntil <= world.now else { return out.answer(Self.loading) }
        if let refusal = cluster?.refusal(of: [command[3]], at: self, isAsking: false) {
            return out.answer(refusal)
        }
        census[command[4]] = microseconds
        let oldest = microseconds - (Int64(String(decoding: command[5], as: UTF8.self)) ?? 0) * 1_000
        census = census.filter { $0.value >= oldest }
        out.writeString(":\(census.count)\r\n")
    }

    private static let loading = "-LOADING Redis is loading the dataset in memory\r\n"

    private static func bulk(_ bytes: [UInt8], _ out: inout ByteBuffer) {
        out.writeString("$\(bytes.count)\r\n")
        out.writeBytes(bytes)
        out.writeString("\r\n")
    }
}

extension ByteBuffer {
    /// Writes text and returns nothing, for one-line answers.
    fileprivate mutating func answer(_ text: String) { writeString(text) }
}
