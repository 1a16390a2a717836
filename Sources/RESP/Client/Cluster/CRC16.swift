/// CRC-16/XMODEM: polynomial 0x1021, nothing reflected, starts at zero. It places keys in a cluster's slots.
///
/// Source: appendix A of the Redis Cluster specification; check value of "123456789" is 0x31c3.
enum CRC16 {
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt16 {
        table.withUnsafeBufferPointer { table in
            var crc: UInt16 = 0
            for byte in bytes { crc = (crc << 8) ^ table[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ byte)] }
            return crc
        }
    }

    /// What eight steps make of each value of the upper byte.
    private static let table: [UInt16] = (0..<256).map { value in
        (0..<8).reduce(UInt16(value) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : (crc << 1) ^ 0x1021 }
    }
}
