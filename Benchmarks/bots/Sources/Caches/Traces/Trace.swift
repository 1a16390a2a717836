import Foundation

/// Keys in the order in which they were asked for.
struct Trace {
    var name: String
    var keys: [Int]

    init(_ name: String, _ keys: [Int]) {
        self.name = name
        self.keys = keys
    }

    private init(_ name: String, words: [Substring]) {
        var numbers: [Substring: Int] = [:]
        self.init(
            name,
            words.map { word in
                if let number = numbers[word] { return number }
                numbers[word] = numbers.count
                return numbers.count - 1
            })
    }

    /// How many different keys there are.
    var distinct: Int { Set(keys).count }

    /// The paths and the addresses of an Apache log.
    static func apache(_ file: String) throws -> [Trace] {
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: " ")
        }
        return [
            Trace("web, paths", words: lines.compactMap { $0.count > 6 ? $0[6] : nil }),
            Trace("web, addresses", words: lines.compactMap(\.first)),
        ]
    }

    /// The viewers, the messages and the words of a chat's log.
    static func chat(_ file: String) throws -> [Trace] {
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let parts = lines.compactMap { line -> (Substring, Substring)? in
            let fields = line.split(separator: " ", maxSplits: 4)
            return fields.count == 5 ? (fields[1], fields[4]) : nil
        }
        return [
            Trace("chat, viewers", words: parts.map(\.0)),
            Trace("chat, messages", words: parts.map(\.1)),
            Trace("chat, words", words: parts.flatMap { $0.1.drop { $0 == ":" }.split(separator: " ") }),
        ]
    }

    // MARK: - Made

    /// The n-th key is asked for in proportion to 1 / n to the exponent.
    static func zipf(_ exponent: Double, keys: Int, length: Int) -> Trace {
        var random = Xorshift()
        var sums: [Double] = []
        var sum = 0.0
        for key in 1...keys {
            sum += pow(Double(key), -exponent)
            sums.append(sum)
        }
        let trace = (0..<length).map { _ in
            let point = Double.random(in: 0..<sum, using: &random)
            var (low, high) = (0, keys - 1)
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] > point { high = middle } else { low = middle + 1 }
            }
            return low
        }
        return Trace("Zipf \(exponent)", trace)
    }

    /// All keys in turn, again and again.
    static func loop(keys: Int, length: Int) -> Trace { Trace("loop of \(keys)", (0..<length).map { $0 % keys }) }

    /// A Zipf trace that is interrupted by runs of keys that nobody asks for a second time.
    static func scans(keys: Int, length: Int, scan: Int, every: Int) -> Trace {
        var trace: [Int] = []
        var fresh = 1_000_000_000
        for (place, key) in zipf(0.9, keys: keys, length: length).keys.enumerated() {
            trace.append(key)
            guard place % every == every - 1 else { continue }
            trace += fresh..<(fresh + scan)
            fresh += scan
        }
        return Trace("Zipf 0.9 and scans", trace)
    }
}

/// A generator whose numbers are the same each time.
private struct Xorshift: RandomNumberGenerator {
    private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_f491_4f6c_dd1d
    }
}
