import Sluice
import SluiceHTTP
import Synchronization

/// A policy as the HTTP transport knows it: its handle, and the bytes that answers repeat.
final class PolicyEntry: Sendable {
    let name: [UInt8]
    let handle: PolicyHandle
    /// What answers say of it.
    let fields: PolicyFields
    /// What the policy looks at in a descriptor.
    let keys: Set<DescriptorKey>

    init(_ handle: PolicyHandle) {
        self.handle = handle
        name = Array(handle.name.utf8)
        fields = PolicyFields(handle.policy)
        keys = handle.policy.keys
    }
}

/// The policies that requests have named, looked up once each.
///
/// After a reload they are looked up again. Only names of existing policies are kept, so requests cannot make it grow.
final class PolicyDirectory: Sendable {
    private let limiter: Limiter
    private let entries = Mutex<[String: PolicyEntry]>([:])

    init(_ limiter: Limiter) { self.limiter = limiter }

    /// The policy of that name, or an error that tells the nearest one.
    func entry(_ name: String) throws(SluiceError) -> PolicyEntry {
        if let entry = entries.withLock({ $0[name] }), entry.handle.isCurrent { return entry }
        let entry = PolicyEntry(try limiter.policy(name))
        return entries.withLock { entries in
            entries[name] = entry
            return entry
        }
    }
}
