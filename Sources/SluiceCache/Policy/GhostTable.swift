/// Which newcomers went lately: fingerprints of hashes, in a bounded number and 8 bytes each.
///
/// Two hashes may share a fingerprint; then a newcomer is taken for one that came before, which does no harm.
struct GhostTable {
    /// Four places for each home; a fingerprint of 32 bits above the number of its departure.
    private var places: ContiguousArray<UInt64>
    private let homeMask: Int
    private let memory: UInt32
    private var last: UInt32 = 0

    private static let width = 4

    /// - Parameter memory: How many departures are remembered.
    init(memory: Int) {
        var homes = 1
        while homes * Self.width < memory * 3 / 2 { homes *= 2 }
        places = ContiguousArray(repeating: 0, count: homes * Self.width)
        homeMask = homes - 1
        self.memory = UInt32(clamping: max(1, memory))
    }

    /// A newcomer went.
    mutating func remember(_ hash: UInt64) {
        last &+= 1
        let home = home(of: hash)
        var oldest = home
        for place in home..<(home + Self.width) where age(of: places[place]) > age(of: places[oldest]) {
            oldest = place
        }
        places[oldest] = Self.fingerprint(hash) << 32 | UInt64(last)
    }

    /// Whether a hash went lately; it is forgotten if so.
    mutating func recall(_ hash: UInt64) -> Bool {
        let (home, fingerprint) = (home(of: hash), Self.fingerprint(hash))
        for place in home..<(home + Self.width) where places[place] >> 32 == fingerprint {
            defer { places[place] = 0 }
            return age(of: places[place]) < memory
        }
        return false
    }

    private func age(of place: UInt64) -> UInt32 { place == 0 ? .max : last &- UInt32(truncatingIfNeeded: place) }

    private func home(of hash: UInt64) -> Int { (Int(truncatingIfNeeded: hash) & homeMask) * Self.width }

    /// Never zero, so that no departure looks like none.
    private static func fingerprint(_ hash: UInt64) -> UInt64 { hash >> 32 | 1 }
}
