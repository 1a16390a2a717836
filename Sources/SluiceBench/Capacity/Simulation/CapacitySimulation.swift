/// Servers, Redis nodes and callers, event by event, on a clock of its own: what a plan says is checked against it.
///
/// Clients send their commands at random moments to random event loops. A loop takes one thing after the other; a
/// command joins the queue of its key's hash tag, from which calls leave as `StoreLane` lets them: while a few are in
/// flight, only full ones follow. A master takes one call after the other. Answers come back to the loop.
public final class CapacitySimulation {
    struct Command {
        var arrived: Double
        var key: Int
        /// A server asks for units to spend; nobody waits for it.
        var isGrant = false
    }

    final class Call {
        let queue: Int
        let commands: [Command]
        var reached = 0.0

        init(queue: Int, commands: [Command]) {
            self.queue = queue
            self.commands = commands
        }
    }

    /// What an event loop has to do.
    enum Job {
        case read(arrived: Double)
        case answers(Call)
    }

    enum Event {
        /// Clients send.
        case arrival
        case loopDone(Int, Job)
        case callReaches(Call)
        case masterDone(Int, Call)
        case answerReaches(Call)
    }

    /// Somebody who takes one thing after the other.
    struct Line<Thing> {
        var waiting: [Thing] = []
        var first = 0
        var isBusy = false
        var spent = 0.0

        mutating func next() -> Thing? {
            guard first < waiting.count else { return nil }
            defer {
                first += 1
                if first > 1_024, first * 2 > waiting.count {
                    waiting.removeFirst(first)
                    first = 0
                }
            }
            return waiting[first]
        }
    }

    struct Queue {
        var commands: [Command] = []
        var inFlight = 0
    }

    struct Lot {
        var units = 0
        var isAsking = false
    }

    let scene: CapacityScene
    let keys: KeyChoice
    var random: SimulationRandom
    var events = EventQueue()
    var loops: [Line<Job>]
    var masters: [Line<Call>]
    /// Of each loop one for each hash tag, or one.
    var queues: [Queue]
    var lots: [Lot]
    var trial = CapacityTrial()
    var waits: [Double] = []
    var latencies: [Double] = []
    var now = 0.0
    /// From when on it counts.
    let begin: Double
    let end: Double

    /// - Parameter decisions: How many commands are sent; what happens in the first fifth of the time is not counted.
    public init(_ scene: CapacityScene, decisions: Int, seed: UInt64) {
        self.scene = scene
        keys = KeyChoice(scene)
        random = SimulationRandom(seed: seed)
        loops = Array(repeating: Line(), count: scene.loops)
        masters = Array(repeating: Line(), count: scene.masters)
        queues = Array(repeating: Queue(), count: scene.loops * scene.owners.count)
        lots = Array(repeating: Lot(), count: scene.loops / max(1, scene.loopsOfServer) + 1)
        end = Double(decisions) / scene.rate
        begin = end / 5
        trial.decided = Array(repeating: 0, count: scene.masters)
    }

    /// Runs until all have been sent, and tells what happened from the first fifth of the time on.
    public func run() -> CapacityTrial {
        events.add(.arrival, at: random.pause(rate: arrivals))
        while let (time, event) = events.next(), time < end {
            now = time
            take(event)
        }
        return finish()
    }

    private var arrivals: Double { scene.rate / Double(scene.atOnce) }
    var counts: Bool { now >= begin }

    private func take(_ event: Event) {
        switch event {
        case .arrival:
            events.add(.arrival, at: now + random.pause(rate: arrivals))
            enqueue(.read(arrived: now), at: Int(random.next() % UInt64(scene.loops)))
        case .loopDone(let loop, let job): loopDone(loop, job)
        case .callReaches(let call): reach(call)
        case .masterDone(let master, let call): masterDone(master, call)
        case .answerReaches(let call): enqueue(.answers(call), at: call.queue / scene.owners.count)
        }
    }

    // MARK: Event loops

    private func enqueue(_ job: Job, at loop: Int) {
        loops[loop].waiting.append(job)
        if !loops[loop].isBusy { beginJob(loop) }
    }

    private func beginJob(_ loop: Int) {
        guard let job = loops[loop].next() else {
            loops[loop].isBusy = false
            return
        }
        loops[loop].isBusy = true
        let time =
            switch job {
            case .read: scene.read + scene.command * Double(scene.atOnce)
            case .answers: scene.call
            }
        if counts { loops[loop].spent += time }
        events.add(.loopDone(loop, job), at: now + time)
    }

    private func loopDone(_ loop: Int, _ job: Job) {
        switch job {
        case .read(let arrived):
            var touched: [Int] = []
            for _ in 0..<scene.atOnce {
                let command = Command(arrived: arrived, key: keys.next(&random))
                if let queue = submit(command, at: loop) { touched.append(queue) }
            }
            for queue in touched { flush(queue) }
        case .answers(let call):
            queues[call.queue].inFlight -= 1
            for command in call.commands {
                if command.isGrant { grant(loop) } else { answered(command) }
            }
            flush(call.queue)
        }
        beginJob(loop)
    }

    func queue(of key: Int, at loop: Int) -> Int {
        loop * scene.owners.count + KeyChoice.tag(of: key, tags: scene.owners.count)
    }

    // MARK: Calls

    func flush(_ index: Int) {
        while mayCall(queues[index]) {
            let commands = Array(queues[index].commands.prefix(scene.perCall))
            queues[index].commands.removeFirst(commands.count)
            queues[index].inFlight += 1
            let call = Call(queue: index, commands: commands)
            events.add(.callReaches(call), at: now + scene.roundTrip / 2)
        }
    }

    private func mayCall(_ queue: Queue) -> Bool {
        let isFull = queue.commands.count >= scene.perCall
        return !queue.commands.isEmpty && queue.inFlight < (isFull ? scene.inFlight : scene.untilGathering)
    }

    private func reach(_ call: Call) {
        call.reached = now
        let master = scene.owners[call.queue % scene.owners.count]
        masters[master].waiting.append(call)
        if !masters[master].isBusy { beginCall(master) }
    }

    private func beginCall(_ master: Int) {
        guard let call = masters[master].next() else {
            masters[master].isBusy = false
            return
        }
        masters[master].isBusy = true
        if counts { waits.append(now - call.reached) }
        let time = scene.redisCall + scene.redisDecision * Double(call.commands.count)
        if counts { masters[master].spent += time }
        events.add(.masterDone(master, call), at: now + time)
    }

    private func masterDone(_ master: Int, _ call: Call) {
        if counts {
            trial.calls += 1
            trial.decided[master] += call.commands.count
            trial.hottestOnRedis += call.commands.count { $0.key == 0 }
        }
        events.add(.answerReaches(call), at: now + scene.roundTrip / 2)
        beginCall(master)
    }
}
