/// A network in CIDR notation (RFC 4632, RFC 4291), kept as IPv6; IPv4 is mapped into `::ffff:0:0/96`.
struct IPNetwork: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64
    private let prefix: Int

    /// The network `address/length`; `nil` for anything else, also for an address without a length.
    init?(_ text: String) {
        let halves = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard halves.count == 2, let length = Int(String(Substring(halves[1]))), halves[1].count <= 3,
            halves[1].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return nil }
        var address = String(Substring(halves[0]))
        let parsed = address.withUTF8 { IPAddress(UnsafeRawBufferPointer($0)) }
        guard let parsed, length <= (parsed.isIPv4 ? 32 : 128) else { return nil }
        prefix = parsed.isIPv4 ? 96 + length : length
        (high, low) = Self.masked(parsed, prefix)
    }

    func contains(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let address = IPAddress(value) else { return false }
        return Self.masked(address, prefix) == (high, low)
    }

    private static func masked(_ address: IPAddress, _ prefix: Int) -> (UInt64, UInt64) {
        let highMask = prefix == 0 ? 0 : UInt64.max << UInt64(max(0, 64 - prefix))
        let lowMask = prefix <= 64 ? 0 : UInt64.max << UInt64(128 - prefix)
        return (address.high & highMask, address.low & lowMask)
    }
}

/// An IP address read from its text, IPv4 as `::ffff:a.b.c.d`.
struct IPAddress: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    /// An address in dotted decimal or in the forms of RFC 4291, section 2.2.
    init?(_ text: UnsafeRawBufferPointer) {
        if let v4 = Self.ipv4(text[...]) {
            (high, low) = (0, 0xffff_0000_0000 | UInt64(v4))
            return
        }
        guard let groups = Self.groups(text) else { return nil }
        high = groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) }
        low = groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) }
    }

    private static func ipv4(_ text: Slice<UnsafeRawBufferPointer>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            let octet = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 0x30) }
            guard octet <= 255 else { return nil }
            address = address << 8 | octet
        }
        return address
    }

    /// The eight groups of an IPv6 address.
    private static func groups(_ text: UnsafeRawBufferPointer) -> [UInt16]? {
        guard text.count >= 2, text.count <= 45 else { return nil }
        var head: [UInt16] = []
        var tail: [UInt16]?
        var rest = text[...]
        if rest.starts(with: [0x3a, 0x3a]) {
            tail = []
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x3a) ?? rest.endIndex
            let word = rest[rest.startIndex..<end]
            if end == rest.endIndex, let v4 = ipv4(word) {
                let pair = [UInt16(v4 >> 16), UInt16(truncatingIfNeeded: v4)]
                if tail == nil { head += pair } else { tail! += pair }
                break
            }
            guard (1...4).contains(word.count), let group = hexadecimal(word) else { return nil }
            if tail == nil { head.append(group) } else { tail!.append(group) }
            guard end != rest.endIndex else { break }
            rest = rest[(end + 1)...]
            if rest.first == 0x3a {
                guard tail == nil else { return nil }
                tail = []
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        guard let tail else { return head.count == 8 ? head : nil }
        let missing = 8 - head.count - tail.count
        guard missing >= 1 else { return nil }
        return head + [UInt16](repeating: 0, count: missing) + tail
    }

    private static func hexadecimal(_ word: Slice<UnsafeRawBufferPointer>) -> UInt16? {
        var value: UInt16 = 0
        for byte in word {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt16(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt16(byte - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt16(byte - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}
