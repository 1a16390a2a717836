import LimitProcesses
import RedisServers
import Testing

@Suite("What proves that a bound was broken")
struct AdmissionBoundTests {
    /// Admissions that took two milliseconds each.
    private func admissions(_ milliseconds: [Int64]) -> [Admission] {
        milliseconds.map { Admission(calledNanoseconds: $0 * 1_000_000, answeredNanoseconds: ($0 + 2) * 1_000_000) }
    }

    @Test func `Three within a window of two are too many, but not if they may lie further apart`() {
        let bound = AdmissionBound.window(2, per: .milliseconds(100))
        #expect(bound.firstBreach(in: admissions([0, 50, 90])) != nil)
        #expect(bound.firstBreach(in: admissions([0, 50, 98])) == nil)
        #expect(bound.firstBreach(in: admissions([0, 50, 100, 150, 200])) == nil)
        #expect(bound.firstBreach(in: admissions([0, 100, 110, 150])) != nil)
    }

    @Test func `A bucket gives its burst and what has flowed in`() {
        let bound = AdmissionBound.bucket(10, per: .milliseconds(100), burst: 3)
        #expect(bound.firstBreach(in: admissions([0, 0, 0, 10])) == nil)
        #expect(bound.firstBreach(in: admissions([0, 0, 0, 3])) != nil)
    }

    @Test func `Aligned windows allow twice as many around their edge`() {
        let bound = AdmissionBound.alignedWindow(2, per: .milliseconds(100))
        #expect(bound.firstBreach(in: admissions([0, 1, 2, 3])) == nil)
        #expect(bound.firstBreach(in: admissions([0, 1, 2, 3, 4])) != nil)
    }
}
