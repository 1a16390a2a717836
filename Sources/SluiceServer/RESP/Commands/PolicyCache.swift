import Sluice

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Handles of the policies that an event loop's clients ask for, found by the bytes of their names.
///
/// A handle stays right when policies are reloaded but becomes slow, so the first use after a reload replaces all.
struct PolicyCache {
    private var entries: [(name: [UInt8], handle: PolicyHandle)] = []

    /// A server has few policies. A client that asks for thousands of names, all valid, makes the cache start over.
    private static let mostEntries = 64

    /// - Throws: `SluiceError` with the nearest name for an unknown policy.
    mutating func handle(_ name: UnsafeRawBufferPointer, _ limiter: Limiter) throws(SluiceError) -> PolicyHandle {
        for entry in entries where entry.name.count == name.count {
            guard let base = name.baseAddress, memcmp(entry.name, base, name.count) == 0 else { continue }
            if entry.handle.isCurrent { return entry.handle }
            entries.removeAll()
            break
        }
        // The prefix keeps a message that quotes the name short; no policy's name is that long.
        let handle = try limiter.policy(String(decoding: name.prefix(256), as: UTF8.self))
        if entries.count == Self.mostEntries { entries.removeAll() }
        entries.append((Array(name), handle))
        return handle
    }
}

/// The bytes of rules' names, so that a reply needs neither a lock nor a string.
struct RuleNameCache {
    private var entries: [(rule: RuleName, bytes: [UInt8])] = []

    /// Rule names live as long as the process, so entries are never wrong; more of them are merely looked up anew.
    private static let mostEntries = 256

    mutating func withBytes(of rule: RuleName, _ body: (UnsafeRawBufferPointer) -> Void) {
        if let entry = entries.first(where: { $0.rule == rule }) { return entry.bytes.withUnsafeBytes(body) }
        let bytes = Array(rule.description.utf8)
        if entries.count == Self.mostEntries { entries.removeAll() }
        entries.append((rule, bytes))
        bytes.withUnsafeBytes(body)
    }
}
