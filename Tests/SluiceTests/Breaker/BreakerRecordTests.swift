import SluiceTesting
import Testing

@testable import Sluice

@Suite("What a store remembers of a breaker")
struct BreakerRecordTests {
    private let start = Timestamp(seconds: 1_700_000_000)
    private var record: BreakerRecord?

    private mutating func agree(
        _ operation: BreakerRequest.Operation, _ generation: Int64, waits: Int = 1, at milliseconds: Int64
    ) -> BreakerAgreement {
        BreakerRecord.agree(
            &record, BreakerRequest(operation, generation: generation, waits: waits, keep: .seconds(60)),
            at: start + .milliseconds(milliseconds))
    }

    private func agreement(
        _ generation: Int64, _ milliseconds: Int64?, waits: Int = 1, granted: Bool = true
    ) -> BreakerAgreement {
        BreakerAgreement(
            generation: generation, refusedFor: milliseconds.map { .milliseconds($0) }, waits: waits,
            isGranted: granted)
    }

    @Test("of one that nobody has opened it knows nothing, and writes nothing down")
    mutating func nothing() {
        #expect(agree(.look, 0, at: 0) == agreement(0, nil, waits: 0))
        #expect(agree(.close, 7, at: 0) == agreement(0, nil, waits: 0))
        #expect(record == nil)
    }

    @Test("opens for whoever knows all that happened, and for nobody else")
    mutating func open() {
        #expect(agree(.open(for: .seconds(5)), 0, at: 0) == agreement(1, 5_000))
        #expect(agree(.open(for: .seconds(9)), 0, waits: 4, at: 0) == agreement(1, 5_000, granted: false))
        #expect(agree(.open(for: .seconds(9)), 1, waits: 2, at: 1_000) == agreement(2, 9_000, waits: 2))
        #expect(agree(.look, 0, at: 2_000) == agreement(2, 8_000, waits: 2))
    }

    @Test("lets one probe when the time has come, and another when he is not heard of")
    mutating func probe() {
        _ = agree(.open(for: .seconds(5)), 0, at: 0)
        #expect(agree(.probe(within: .seconds(30)), 1, at: 4_999) == agreement(1, 1, granted: false))
        #expect(agree(.probe(within: .seconds(30)), 0, at: 5_000) == agreement(2, 30_000))
        #expect(agree(.probe(within: .seconds(30)), 2, at: 34_999) == agreement(2, 1, granted: false))
        #expect(agree(.probe(within: .seconds(30)), 1, at: 35_000) == agreement(3, 30_000))
        #expect(agree(.close, 2, at: 36_000) == agreement(3, 29_000, granted: false), "the first one comes too late")
        #expect(agree(.close, 3, at: 36_000) == agreement(4, nil, waits: 0))
        #expect(agree(.probe(within: .seconds(30)), 3, at: 36_000) == agreement(4, nil, waits: 0, granted: false))
    }

    @Test("is forgotten when it is of no more use, and what is said then begins anew behind what was known")
    mutating func forgotten() {
        _ = agree(.open(for: .seconds(5)), 0, at: 0)
        #expect(agree(.look, 1, at: 64_999) == agreement(1, 0))
        #expect(agree(.look, 1, at: 65_000) == agreement(0, nil, waits: 0))
        #expect(agree(.probe(within: .seconds(3)), 8, waits: 5, at: 65_000) == agreement(9, 3_000, waits: 5))
        record = nil
        #expect(agree(.open(for: .seconds(3)), 8, waits: 5, at: 65_000) == agreement(9, 3_000, waits: 5))
    }

    @Test("there are at most so many of them, and new ones find room when old ones are forgotten")
    func bounded() async throws {
        let time = ManualTime()
        let store = MemoryBreakerStore(time: .provided(by: time))
        let request = BreakerRequest(.open(for: .seconds(5)), generation: 0, waits: 1, keep: .seconds(60))
        for index in 0..<MemoryBreakerStore.mostNames { _ = try await store.agree(on: "\(index)", request) }
        await #expect(throws: SluiceError.self) { try await store.agree(on: "one more", request) }
        #expect(try await store.agree(on: "7", request).isGranted == false)
        time.advance(by: .seconds(65))
        #expect(try await store.agree(on: "one more", request).isGranted)
        #expect(store.count == 1)
    }
}
