extension Int64 {
    /// Reads a decimal number as Redis does (`string2ll`): no plus, no spaces, no needless zeros.
    package init?(strictDecimal bytes: UnsafeRawBufferPointer) {
        guard let first = bytes.first else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        let digits = isNegative ? UnsafeRawBufferPointer(rebasing: bytes.dropFirst()) : bytes
        guard let leading = digits.first else { return nil }
        if leading == UInt8(ascii: "0"), isNegative || digits.count > 1 { return nil }
        self.init(digits: digits, isNegative: isNegative)
    }

    /// Reads a decimal number with an optional sign and any leading zeros, as Rust's `parse` does.
    @inlinable
    package init?(decimal bytes: UnsafeRawBufferPointer) {
        // Up to 18 digits and no sign: nothing can overflow.
        if bytes.count > 0, bytes.count <= 18 {
            var value: Int64 = 0
            var isNumber = true
            for byte in bytes {
                let digit = byte &- 0x30
                isNumber = isNumber && digit < 10
                value = value &* 10 &+ Int64(digit)
            }
            if isNumber {
                self = value
                return
            }
        }
        self.init(signedDecimal: bytes)
    }

    @usableFromInline
    init?(signedDecimal bytes: UnsafeRawBufferPointer) {
        guard let first = bytes.first else { return nil }
        let hasSign = first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
        let digits = hasSign ? UnsafeRawBufferPointer(rebasing: bytes.dropFirst()) : bytes
        self.init(digits: digits, isNegative: first == UInt8(ascii: "-"))
    }

    private init?(digits: UnsafeRawBufferPointer, isNegative: Bool) {
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            // Summed downwards, where there is room for `Int64.min`.
            let (sum, overflow2) = product.subtractingReportingOverflow(Int64(digit))
            guard !overflow, !overflow2 else { return nil }
            value = sum
        }
        guard !isNegative else {
            self = value
            return
        }
        guard value != .min else { return nil }
        self = -value
    }
}
