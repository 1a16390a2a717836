import SluiceTesting
import Testing

/// The simulation's own judge: it must see what is wrong and let pass what is right.
@Suite("The judge of a simulation")
struct AdmissionLedgerTests {
    private static let bounds: [AdmissionLedger.Bound] = [
        .bucket(count: 10, period: 1_000, burst: 5), .log(count: 5, period: 1_000),
        .window(count: 5, period: 1_000, offset: 300),
    ]

    @Test("lets a limit be used to the full at one moment, and sees one more", arguments: bounds.indices)
    func full(_ place: Int) {
        var ledger = AdmissionLedger(Self.bounds[place], slack: 0)
        for _ in 0..<5 { #expect(ledger.admit(1, askedAt: 100, answeredAt: 100) == nil) }
        #expect(ledger.fullest == 100)
        #expect(ledger.admit(1, askedAt: 100, answeredAt: 100) != nil)
    }

    @Test("sees an excess whatever order the answers come in")
    func order() {
        var ledger = AdmissionLedger(.log(count: 2, period: 1_000), slack: 0)
        #expect(ledger.admit(1, askedAt: 500, answeredAt: 510) == nil)
        #expect(ledger.admit(1, askedAt: 900, answeredAt: 910) == nil)
        // Asked before both, answered behind both: the moment of its admission may be any.
        #expect(ledger.admit(1, askedAt: 0, answeredAt: 1_520) == nil)
        #expect(ledger.admit(1, askedAt: 600, answeredAt: 1_400) != nil)
    }

    @Test("counts back what is given back, and nothing that the store has lost")
    func forgiveness() {
        var ledger = AdmissionLedger(.log(count: 2, period: 1_000), slack: 0)
        #expect(ledger.admit(2, askedAt: 10, answeredAt: 20) == nil)
        ledger.refund(1, askedAt: 30)
        #expect(ledger.admit(1, askedAt: 40, answeredAt: 50) == nil)
        #expect(ledger.admit(1, askedAt: 60, answeredAt: 70) != nil)
        ledger.forgive(until: 80)
        #expect(ledger.admit(2, askedAt: 90, answeredAt: 100) == nil)
        #expect(ledger.admit(2, askedAt: 110, answeredAt: 120) != nil)
    }

    @Test("counts leases as held only while they are for certain")
    func leases() {
        var ledger = LeaseLedger(count: 1, duration: 1_000, slack: 0)
        #expect(ledger.take(1, askedAt: 0, answeredAt: 100) == nil)
        #expect(ledger.take(2, askedAt: 900, answeredAt: 950) != nil)
        ledger.releases(1)
        ledger.releases(2)
        #expect(ledger.take(3, askedAt: 2_000, answeredAt: 2_100) == nil)
        #expect(ledger.renewed(3, true, askedAt: 2_500, answeredAt: 2_600) == nil)
        #expect(ledger.take(4, askedAt: 3_100, answeredAt: 3_400) != nil)
        #expect(ledger.renewed(3, false, askedAt: 3_410, answeredAt: 3_420) != nil)
    }
}
