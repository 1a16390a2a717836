import Sluice
import Synchronization

/// The charges that lots were borrowed under: whoever gives units back has to tell Redis of which limit.
///
/// At most ``most``: what is forgotten beyond it cannot be given back and evaporates.
final class LentCharges: Sendable {
    private struct Lent {
        var charge: PlannedCharge
        /// Keeps the limits alive that the charge points to.
        var owner: Owner?
    }

    /// Sendable: what keeps limits alive never changes.
    private struct Owner: @unchecked Sendable {
        let object: AnyObject
    }

    private static let most = LotTable.defaultCapacity

    private let charges = Mutex<[CellKey: Lent]>([:])

    func remember(_ charge: PlannedCharge, keeping owner: AnyObject?) {
        let lent = Lent(charge: charge, owner: owner.map { Owner(object: $0) })
        charges.withLock { charges in
            if charges.count >= Self.most, charges[charge.key] == nil { charges.remove(at: charges.startIndex) }
            charges[charge.key] = lent
        }
    }

    func take(_ key: CellKey) -> (charge: PlannedCharge, owner: AnyObject?)? {
        charges.withLock { $0.removeValue(forKey: key) }.map { ($0.charge, $0.owner?.object) }
    }
}

/// Calls back once after so many counts.
///
/// Sendable: the number has a lock, and whoever takes the last one calls back alone.
final class Countdown: @unchecked Sendable {
    private let left: Mutex<Int>
    private let completion: () -> Void

    init(from count: Int, _ completion: @escaping () -> Void) {
        left = Mutex(count)
        self.completion = completion
        if count == 0 { completion() }
    }

    func count() {
        let isLast = left.withLock { left in
            left -= 1
            return left == 0
        }
        if isLast { completion() }
    }
}
