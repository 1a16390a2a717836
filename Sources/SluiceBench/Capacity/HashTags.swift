import RESP

/// Where a cluster's masters find the cells: under 128 hash tags, whatever the prefix, each in the slot of its CRC16.
enum HashTags {
    /// `KeyLayout.tagCount` of the store.
    static let count = 128

    /// The slots of the tags.
    static let slots: [Int] = (0..<count).map { tag in
        let digits = String(tag, radix: 16)
        return Int(HashSlot(key: "sluice:{\(digits.count < 2 ? "0" : "")\(digits)}:").rawValue)
    }

    /// The master of each tag where each of so many masters has an equal part of the slots, in their order, as
    /// `redis-cli --cluster create` gives them out.
    static func owners(masters: Int) -> [Int] {
        let part = Double(HashSlot.count) / Double(masters)
        // A part ends where the next begins, rounded.
        let ends = (1...masters).map { $0 == masters ? HashSlot.count : Int((Double($0) * part).rounded()) }
        return slots.map { slot in ends.firstIndex { slot < $0 } ?? masters - 1 }
    }

    /// How many tags each master has then.
    static func tags(masters: Int) -> [Int] {
        owners(masters: masters).reduce(into: Array(repeating: 0, count: masters)) { $0[$1] += 1 }
    }

    /// The share of all cells of the busiest master.
    static func busiestShare(masters: Int) -> Double { shares[min(masters, count)] }

    private static let shares: [Double] =
        [1] + (1...count).map { Double(tags(masters: $0).max() ?? count) / Double(count) }

    /// The same where slots were moved so that no master has more tags than it must.
    static func evenShare(masters: Int) -> Double {
        Double((count + masters - 1) / masters) / Double(count)
    }
}
