import Dispatch
import NIOCore
import SluiceTesting

/// An event loop of a simulation: a thread that is never one, with a clock of its own.
///
/// Its tasks come in the order in which they were handed in, its timers in that of their moments, as on a real one;
/// between two of them anything may happen elsewhere. A task takes its time, and now and then the whole loop stands
/// still.
///
/// Sendable: everything happens on the simulation's one thread.
final class SimulatedEventLoop: EventLoop, @unchecked Sendable {
    private final class Timer {
        let moment: Int64
        let number: UInt64
        let action: () -> Void

        init(moment: Int64, number: UInt64, action: @escaping () -> Void) {
            (self.moment, self.number, self.action) = (moment, number, action)
        }
    }

    let world: SimulatedWorld
    /// What its clock says when the world's says nothing has passed.
    private let offset: Int64
    private var ready = CircularBuffer<() -> Void>()
    private var timers: [Timer] = []
    private var lastNumber: UInt64 = 0
    /// Until when the task at hand takes.
    private var busyUntil: Int64 = 0
    private var wake: (moment: Int64, number: UInt64)?
    /// For how long it was busy or stood still so far, in nanoseconds: so much later than it was due something may
    /// happen here.
    private(set) var busy: Int64 = 0
    /// Whether anything is left to be done.
    var isIdle: Bool { ready.isEmpty && timers.isEmpty }

    init(_ world: SimulatedWorld, offset: Int64) {
        self.world = world
        self.offset = offset
    }

    var inEventLoop: Bool { world.running === self }
    var now: NIODeadline { .uptimeNanoseconds(UInt64(world.now + offset)) }

    func execute(_ task: @escaping @Sendable () -> Void) { enqueue(task) }

    /// As the other, for what is no closure of several threads'.
    func enqueue(_ task: @escaping () -> Void) {
        ready.append(task)
        post()
    }

    func _executeIsolatedUnsafeUnchecked(_ task: @escaping () -> Void) { enqueue(task) }

    func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        schedule(deadline, task)
    }

    func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        schedule(now + delay, task)
    }

    func _scheduleTaskIsolatedUnsafeUnchecked<T>(
        deadline: NIODeadline, _ task: @escaping () throws -> T
    ) -> Scheduled<T> {
        schedule(deadline, task)
    }

    private func schedule<T>(_ deadline: NIODeadline, _ task: @escaping () throws -> T) -> Scheduled<T> {
        let promise = makePromise(of: T.self)
        lastNumber += 1
        let number = lastNumber
        let moment = Int64(clamping: deadline.uptimeNanoseconds) - offset
        let timer = Timer(moment: moment, number: number) {
            do { promise.assumeIsolated().succeed(try task()) } catch { promise.fail(error) }
        }
        timers.append(timer)
        post()
        return Scheduled(promise: promise) { [weak self] in self?.cancel(number) }
    }

    /// What goes with the timer may be the last to hold something that comes back here as it ends.
    private func cancel(_ number: UInt64) {
        let cancelled = timers.firstIndex { $0.number == number }.map { timers.remove(at: $0) }
        withExtendedLifetime(cancelled) {}
    }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        queue.async { callback(nil) }
    }

    /// Does nothing for a while, as a thread that the system does not let run.
    func stall(for time: Int64) {
        busyUntil = max(busyUntil, world.now) + time
        busy += time
    }

    /// Asks for the next turn, if there will be one.
    private func post() {
        guard let due = ready.isEmpty ? timers.lazy.map(\.moment).min() : 0 else { return }
        let moment = max(due, busyUntil, world.now)
        if let wake, wake.moment <= moment { return }
        lastNumber += 1
        let number = lastNumber
        wake = (moment, number)
        world.at(moment) { self.turn(number) }
    }

    private func turn(_ number: UInt64) {
        guard wake?.number == number else { return }
        wake = nil
        if world.now >= busyUntil, let task = nextTask() {
            world.running = self
            task()
            world.running = nil
            if world.once(in: 4) {
                let time = world.random.number(in: 0...20_000)
                busyUntil = world.now + time
                busy += time
            }
        }
        post()
    }

    private func nextTask() -> (() -> Void)? {
        let due = timers.indices.filter { timers[$0].moment <= world.now }.min {
            (timers[$0].moment, timers[$0].number) < (timers[$1].moment, timers[$1].number)
        }
        if let due, ready.isEmpty || world.once(in: 2) { return timers.remove(at: due).action }
        return ready.popFirst()
    }
}

/// The event loops of one instance.
///
/// Sendable: its one property never changes, and loops are used by one thread.
final class SimulatedGroup: EventLoopGroup, @unchecked Sendable {
    let loops: [SimulatedEventLoop]

    init(_ loops: [SimulatedEventLoop]) { self.loops = loops }

    func next() -> any EventLoop { loops[0] }

    func makeIterator() -> EventLoopIterator { EventLoopIterator(loops) }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        queue.async { callback(nil) }
    }
}
