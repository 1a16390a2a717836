import NIOCore
import Sluice

/// A request whose charges lie in several slots of a cluster: decided slot by slot, and undone where it was charged
/// if any slot denies.
///
/// Until it is undone others may be denied early; nobody is ever admitted over a limit. `partition:` keeps a policy's
/// cells in one slot and spares all of this.
///
/// Confined to the lane's event loop.
final class SplitRequest {
    /// How long taking a charge back may take.
    private static let undoTime = TimeAmount.seconds(2)

    private struct Part {
        var positions: [Int]
        var answer: StoreAnswer?
    }

    private let whole: StoreRequest
    private var parts: [Part]
    private var missing: Int
    private let eventLoop: any EventLoop
    private let submit: (StoreRequest) -> Void

    private init(
        _ whole: StoreRequest, _ parts: [Part], _ eventLoop: any EventLoop, submit: @escaping (StoreRequest) -> Void
    ) {
        self.whole = whole
        self.eventLoop = eventLoop
        self.parts = parts
        self.submit = submit
        missing = parts.count
    }

    /// Submits the parts of a request, one for each tag.
    static func submit(
        _ whole: StoreRequest, _ layout: KeyLayout, _ eventLoop: any EventLoop,
        submit: @escaping (StoreRequest) -> Void
    ) {
        // Alternatives apart: their node must not take them for the only ones, and refuse what lies beside them.
        var positions: [Int: [Int]] = [:]
        for (position, key) in whole.keys.enumerated() {
            let isAlternative = position < whole.charges.count && whole.charges[position].isAlternative
            positions[layout.tag(of: key) * 2 + (isAlternative ? 1 : 0), default: []].append(position)
        }
        let parts = positions.sorted { $0.key < $1.key }.map { Part(positions: $0.value) }
        SplitRequest(whole, parts, eventLoop, submit: submit).begin()
    }

    private func begin() {
        for index in parts.indices {
            let request = whole.part(parts[index].positions, whole.operation) { answer in
                self.note(answer, of: index)
            }
            submit(request)
        }
    }

    private func note(_ answer: StoreAnswer, of index: Int) {
        parts[index].answer = answer
        missing -= 1
        guard missing == 0 else { return }
        finish()
    }

    private func finish() {
        var verdicts = [ChargeVerdict?](repeating: nil, count: whole.keys.count)
        var fault: StoreFault?
        var latest: Int64 = 0
        for part in parts {
            switch part.answer {
            case .judged(let judged, let moment):
                latest = max(latest, moment)
                for (position, verdict) in zip(part.positions, judged) { verdicts[position] = verdict }
            case .failed(let failure): fault = failure
            case nil: break
            }
        }
        if whole.operation.charges, isDenied(verdicts) { undo() }
        if let fault { return whole.complete(.failed(fault)) }
        whole.complete(.judged(verdicts.compactMap(\.self), at: latest))
    }

    private func isDenied(_ verdicts: [ChargeVerdict?]) -> Bool {
        let alternatives = zip(whole.charges, verdicts).filter { $0.0.isAlternative }
        if !alternatives.isEmpty, alternatives.allSatisfy({ $1?.denial != nil }) { return true }
        return zip(whole.charges, verdicts).contains { charge, verdict in
            !charge.isShadow && (verdict.map { $0.denial != nil && !charge.isAlternative } ?? true)
        }
    }

    /// Takes back what was charged in the slots that did not deny. Nobody waits for it: the requests of a lane
    /// reach a node in order, so whoever asks next through this lane finds it done.
    private func undo() {
        for part in parts {
            guard case .judged(let verdicts, let moment) = part.answer else { continue }
            let judged = zip(part.positions, verdicts)
            // Where an enforced rule denied, nothing was charged; elsewhere only a shadow or an alternative that
            // denied was not.
            guard
                judged.allSatisfy({ place, verdict in
                    let charge = whole.charges[place]
                    return charge.isShadow || charge.isAlternative || verdict.denial == nil
                })
            else { continue }
            let charged = judged.filter { $1.denial == nil }.map(\.0)
            guard !charged.isEmpty else { continue }
            let undo = StoreOperation.undo(chargedAt: moment, lease: whole.operation.lease)
            // The caller may have run out of time; what was charged in vain goes back all the same.
            submit(whole.part(charged, undo, deadline: eventLoop.now + Self.undoTime) { _ in })
        }
    }
}

extension StoreRequest {
    /// Whether the charges lie under several hash tags.
    func spansTags(_ layout: KeyLayout) -> Bool {
        guard charges.count != 1, let firstKey else { return false }
        let tag = layout.tag(of: firstKey)
        return keys.contains { layout.tag(of: $0) != tag }
    }
}
