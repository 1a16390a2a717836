/// A request that was admitted at some moment between its call and its answer, by the machine's steady clock.
package struct Admission: Codable, Sendable {
    package var calledNanoseconds: Int64
    package var answeredNanoseconds: Int64

    package init(calledNanoseconds: Int64, answeredNanoseconds: Int64) {
        (self.calledNanoseconds, self.answeredNanoseconds) = (calledNanoseconds, answeredNanoseconds)
    }
}

/// What a limit bounds: how many may be admitted in a span of time.
package struct AdmissionBound: Sendable {
    package let most: @Sendable (Duration) -> Int

    package init(most: @escaping @Sendable (Duration) -> Int) { self.most = most }

    /// Never more than `count` in any window.
    package static func window(_ count: Int, per window: Duration) -> AdmissionBound {
        AdmissionBound { span in count * (Int((span / window).rounded(.down)) + 1) }
    }

    /// Never more than `count` in a window that is aligned to a clock: any span touches one more of these.
    package static func alignedWindow(_ count: Int, per window: Duration) -> AdmissionBound {
        AdmissionBound { span in count * (Int((span / window).rounded(.down)) + 2) }
    }

    /// A bucket of `burst` that fills at `count` per period.
    package static func bucket(_ count: Int, per period: Duration, burst: Int) -> AdmissionBound {
        AdmissionBound { span in burst + Int((span / period * Double(count)).rounded(.down)) }
    }

    /// What breaks the bound in any case, wherever between call and answer the requests were admitted.
    ///
    /// The span is taken from the first call to the last answer and a millisecond longer, for clocks that are being
    /// adjusted; so nothing is reported that need not be a fault.
    package func firstBreach(in admissions: [Admission]) -> String? {
        let sorted = admissions.sorted { $0.answeredNanoseconds < $1.answeredNanoseconds }
        for first in admissions {
            var count = 0
            for admission in sorted where admission.calledNanoseconds >= first.calledNanoseconds {
                count += 1
                let span = Duration.nanoseconds(admission.answeredNanoseconds - first.calledNanoseconds)
                guard count > most(span + .milliseconds(1)) else { continue }
                return "\(count) were admitted within \(span), where \(most(span)) may be"
            }
        }
        return nil
    }
}
