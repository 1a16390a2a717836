import Foundation
import Sluice
import SluiceTesting
import Testing

@Suite("A snapshot")
struct SnapshotTests {
    private let time = ManualTime()
    private let path = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)").path

    /// One policy for each algorithm, and one that bans.
    private func limiter() throws -> Limiter {
        let limits: [(String, Limit)] = [
            ("bucket", .tokenBucket(7, per: .hours(1))), ("log", .slidingLog(50, per: .hours(1))),
            ("window", .slidingWindow(9, per: .hours(1))), ("fixed", .fixedWindow(5, per: .hours(1))),
            ("quota", .quota(8, per: .month, in: "Europe/Berlin")), ("cooldown", .cooldown(.hours(1))),
            ("debounce", .debounce(.hours(1))),
        ]
        let policies = limits.map { name, limit in Policy(name, rules: [Rule(name, by: .user, limit)]) }
        let banning = Policy("banning") {
            Rule("tries", by: .user, .fixedWindow(1, per: .seconds(1)), penalty: .ban(.hours(1)))
        }
        let leasing = Policy("leasing") { Rule("busy", .concurrency(4, lease: .hours(1))) }
        return try Limiter(policies + [banning, leasing], time: .provided(by: time))
    }

    private func use(_ limiter: Limiter) throws {
        for user in 0..<40 {
            for policy in limiter.policies where policy.name != "leasing" {
                for _ in 0...(user % 4) { _ = try limiter.decide(policy.name, [.user: "\(user)"]) }
            }
        }
    }

    @Test("keeps what every algorithm knows, bans and leases included")
    func restores() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let before = try limiter()
        try use(before)
        let lease = try #require(try before.acquire("leasing", [:]).lease)
        try before.writeSnapshot(to: path)
        let after = try limiter()
        try after.restoreSnapshot(from: path)
        #expect(after.store.count == before.store.count)
        for user in 0..<40 {
            for policy in before.policies {
                let descriptor: Descriptor = [.user: "\(user)"]
                #expect(try after.peek(policy.name, descriptor) == before.peek(policy.name, descriptor))
            }
        }
        #expect(try after.peek("leasing", [:]).remaining == 3)
        #expect(after.release(lease))
        #expect(try after.peek("leasing", [:]).remaining == 4)
    }

    @Test(
        "that is damaged or cut short is an error, and the store stays empty", arguments: [0, 9, 100, 2_000, -1, -20])
    func damaged(place: Int) throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let before = try limiter()
        try use(before)
        try before.writeSnapshot(to: path)
        let whole = try [UInt8](Data(contentsOf: URL(filePath: path)))
        let index = place < 0 ? whole.count + place : place
        var flipped = whole
        flipped[index] ^= 0x40
        for bytes in [flipped, Array(whole[..<index])] {
            try Data(bytes).write(to: URL(filePath: path))
            let after = try limiter()
            let error = #expect(throws: SluiceError.self) { try after.restoreSnapshot(from: path) }
            #expect(error?.code == .snapshot)
            #expect(after.store.count == 0)
            #expect(try [UInt8](Data(contentsOf: URL(filePath: path))) == bytes)
        }
    }

    @Test("is restored into a fresh store only, and one that cannot be written leaves the old file whole")
    func refuses() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let limiter = try limiter()
        try use(limiter)
        try limiter.writeSnapshot(to: path)
        let whole = try Data(contentsOf: URL(filePath: path))
        let error = #expect(throws: SluiceError.self) { try limiter.restoreSnapshot(from: path) }
        #expect(error?.code == .snapshot)
        #expect(throws: SluiceError.self) { try limiter.writeSnapshot(to: path + "/nowhere/file") }
        #expect(try Data(contentsOf: URL(filePath: path)) == whole)
    }
}
