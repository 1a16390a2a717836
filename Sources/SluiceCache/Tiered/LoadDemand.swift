/// What a load has to bring.
enum LoadDemand: Sendable, Equatable {
    /// What the tier has, also a stale value if those may be answered.
    case usual
    /// What the tier has, if it is fresh.
    case fresh
    /// A fresh value other than the one of this version.
    case newer(than: UInt64)
}
