import Sluice
import SluiceTesting
import Testing

@Suite("Leases that are kept")
struct LeaseKeeperTests {
    private let time = ManualTime()
    private let limiter: Limiter

    init() throws {
        limiter = try Limiter(time: .provided(by: time)) {
            Policy("slots") { Rule("slots", by: .user, .concurrency(1, lease: .seconds(30))) }
        }
    }

    private func acquire() throws -> Lease? { try limiter.acquire("slots", [.user: "42"]).lease }

    @Test("are renewed as long as they are held, and their slot is free at once when they are not")
    func renewal() async throws {
        let keeper = LeaseKeeper(limiter)
        let held = keeper.hold(try #require(try acquire()))
        for _ in 0..<12 {
            await time.untilSleepers(1)
            time.advance(by: .seconds(10))
        }
        await time.untilSleepers(1)
        #expect(try acquire() == nil)
        #expect(keeper.count == 1)
        await held.release()
        #expect(keeper.count == 0)
        #expect(try acquire() != nil)
    }

    @Test("are released once, so that nobody else's slot is given back")
    func once() async throws {
        let keeper = LeaseKeeper(limiter)
        let held = keeper.hold(try #require(try acquire()))
        await held.release()
        let other = try acquire()
        #expect(other != nil)
        await held.release()
        #expect(try acquire() == nil)
    }

    @Test("are released when nobody has them any more")
    func dropped() async throws {
        let keeper = LeaseKeeper(limiter)
        var held: HeldLease? = keeper.hold(try #require(try acquire()))
        #expect(held != nil)
        held = nil
        #expect(keeper.count == 0)
        // The slot comes back by a task of its own.
        while try limiter.peek("slots", [.user: "42"]).isAllowed == false { await Task.yield() }
    }

    @Test("cost no renewal when they end soon, and the task that renews ends with the last of them")
    func brief() async throws {
        let keeper = LeaseKeeper(limiter)
        for _ in 0..<3 { await keeper.hold(try #require(try acquire())).release() }
        await time.untilSleepers(1)
        #expect(time.sleeperCount == 1)
        time.advance(by: .seconds(10))
        // Whichever task holds it on, the first or one of its own, it is held.
        let held = keeper.hold(try #require(try acquire()))
        await time.untilSleepers(1)
        for _ in 0..<5 {
            time.advance(by: .seconds(10))
            await time.untilSleepers(1)
        }
        #expect(try acquire() == nil)
        await held.release()
    }

    @Test("are forgotten when they were lost")
    func lost() async throws {
        let keeper = LeaseKeeper(limiter)
        let held = keeper.hold(try #require(try acquire()))
        await time.untilSleepers(1)
        // The process stood still for longer than the lease.
        time.advance(by: .seconds(31))
        while keeper.count > 0 { await Task.yield() }
        #expect(try acquire() != nil)
        await held.release()
        #expect(try acquire() == nil)
    }
}
