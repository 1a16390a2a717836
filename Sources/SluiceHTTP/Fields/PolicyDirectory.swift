package import Sluice
internal import Synchronization

/// A policy as a transport knows it: its handle, and the bytes that answers repeat.
package final class PolicyEntry: Sendable {
    package let name: [UInt8]
    package let handle: PolicyHandle
    /// What answers say of it.
    package let fields: PolicyFields
    /// What the policy looks at in a descriptor.
    package let keys: Set<DescriptorKey>

    package init(_ handle: PolicyHandle) {
        self.handle = handle
        name = Array(handle.name.utf8)
        fields = PolicyFields(handle.policy)
        keys = handle.policy.keys
    }
}

/// The policies that requests have named, looked up once each.
///
/// After a reload they are looked up again. Only names of existing policies are kept, so requests cannot make it grow.
package final class PolicyDirectory: Sendable {
    private let limiter: Limiter
    private let entries = Mutex<[String: PolicyEntry]>([:])

    package init(_ limiter: Limiter) { self.limiter = limiter }

    /// The policy of that name, or an error that tells the nearest one.
    package func entry(_ name: String) throws(SluiceError) -> PolicyEntry {
        if let entry = entries.withLock({ $0[name] }), entry.handle.isCurrent { return entry }
        let entry = PolicyEntry(try limiter.policy(name))
        return entries.withLock { entries in
            entries[name] = entry
            return entry
        }
    }
}
