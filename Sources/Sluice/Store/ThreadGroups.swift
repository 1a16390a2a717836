/// Divides threads into groups, so that what each of them touches lies apart from what others touch.
enum ThreadGroups {
    /// Which of `count` groups this thread is in; nearly always the same one.
    /// - Parameter count: A power of two.
    @inline(__always)
    static func place(among count: Int) -> Int {
        // Each thread has a stack of its own, megabytes from the next: neighbours differ in the product's top bits.
        var mark: UInt8 = 0
        let address = withUnsafeMutablePointer(to: &mark) { UInt64(UInt(bitPattern: $0)) }
        let spread = (address &>> 18) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: spread &>> 32) & (count &- 1)
    }
}
