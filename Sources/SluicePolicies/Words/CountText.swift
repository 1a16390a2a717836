/// Whole numbers as they are written in a policy file: digits, nothing else.
enum CountText {
    /// A number from 1.
    static func parse(_ text: some StringProtocol) throws(TextFault) -> Int64 {
        let text = String(text)
        let digits = text.hasPrefix("-") ? String(text.dropFirst()) : text
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw TextFault("expected a whole number, found \(text.isEmpty ? "nothing" : text.quoted)")
        }
        guard !text.hasPrefix("-") else { throw TextFault("\(text.quoted) is negative; the least is 1") }
        guard let count = Int64(digits) else {
            throw TextFault("\(text.quoted) is too large; the most is \(Int64.max)")
        }
        guard count > 0 else { throw TextFault("0 is too small; the least is 1") }
        return count
    }
}
