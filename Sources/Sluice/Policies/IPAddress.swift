/// An IP address read from its text, IPv4 as `::ffff:a.b.c.d`.
package struct IPAddress: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An IPv4 address, its first number in the highest byte.
    package init(v4 address: UInt32) { self.init(high: 0, low: 0xffff_0000_0000 | UInt64(address)) }

    /// The 16 bytes of an IPv6 address as they are sent.
    package init(v6 bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == 16)
        self.init(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    /// An address in dotted decimal or in the forms of RFC 4291, section 2.2.
    package init?(_ text: String) {
        var text = text
        guard let address = text.withUTF8({ IPAddress(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = address
    }

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

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or the one form that RFC 5952 gives an IPv6 address.
    package var description: String {
        if isIPv4 { return dottedDecimal }
        let groups: [UInt64] = [high, low].flatMap { half in
            [48, 32, 16, 0].map { (shift: UInt64) in half >> shift & 0xffff }
        }
        let words: [String] = groups.map { String($0, radix: 16) }
        guard let zeros = Self.longestZeros(groups) else { return words.joined(separator: ":") }
        let before = words[..<zeros.lowerBound].joined(separator: ":")
        let after = words[zeros.upperBound...].joined(separator: ":")
        return "\(before)::\(after)"
    }

    /// Every request that is counted by its address is named by this, so it is written digit by digit.
    private var dottedDecimal: String {
        String(unsafeUninitializedCapacity: 15) { buffer in
            var count = 0
            func write(_ byte: UInt64) {
                buffer[count] = UInt8(truncatingIfNeeded: byte)
                count += 1
            }
            for shift: UInt64 in [24, 16, 8, 0] {
                let octet = low >> shift & 0xff
                if octet >= 100 { write(0x30 + octet / 100) }
                if octet >= 10 { write(0x30 + octet / 10 % 10) }
                write(0x30 + octet % 10)
                if shift > 0 { write(0x2e) }
            }
            return count
        }
    }

    /// The first of the longest runs of at least two zeros.
    private static func longestZeros(_ groups: [UInt64]) -> Range<Int>? {
        var longest = 0..<1
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > longest.count {
                longest = start..<index + 1
            }
        }
        return longest.count > 1 ? longest : nil
    }
}
