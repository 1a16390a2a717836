/// A network in CIDR notation (RFC 4632, RFC 4291), kept as IPv6; IPv4 is mapped into `::ffff:0:0/96`.
package struct IPNetwork: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64
    private let prefix: Int

    /// The network `address/length`; `nil` for anything else, also for an address without a length.
    package init?(_ text: String) {
        let halves = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard halves.count == 2, let length = Int(String(Substring(halves[1]))), halves[1].count <= 3,
            halves[1].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let address = IPAddress(String(Substring(halves[0]))), length <= (address.isIPv4 ? 32 : 128)
        else { return nil }
        self.init(address, length: address.isIPv4 ? 96 + length : length)
    }

    /// The network of an address and all that share its first bits.
    /// - Parameter length: How many bits, of the 128 that an IPv4 address has here too.
    package init(_ address: IPAddress, length: Int) {
        prefix = length
        (high, low) = Self.masked(address, prefix)
    }

    /// The first address of the network.
    package var first: IPAddress { IPAddress(high: high, low: low) }

    package func contains(_ address: IPAddress) -> Bool { Self.masked(address, prefix) == (high, low) }

    func contains(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let address = IPAddress(value) else { return false }
        return contains(address)
    }

    private static func masked(_ address: IPAddress, _ prefix: Int) -> (UInt64, UInt64) {
        let highMask = prefix == 0 ? 0 : UInt64.max << UInt64(max(0, 64 - prefix))
        let lowMask = prefix <= 64 ? 0 : UInt64.max << UInt64(128 - prefix)
        return (address.high & highMask, address.low & lowMask)
    }
}
