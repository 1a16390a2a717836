public import Sluice

// What a limit says is true for one request at one moment: a decision that is replayed admits requests uncounted.
extension Decision: Uncacheable {}
extension Pass: Uncacheable {}
extension Denial: Uncacheable {}
extension Lease: Uncacheable {}
