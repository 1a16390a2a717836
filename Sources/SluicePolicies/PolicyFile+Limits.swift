extension PolicyFile {
    /// The most bytes of a policy file: 1 MiB.
    public static let maximumBytes = 1 << 20
    /// How deep values may nest, aliases resolved; a policy file's own structure takes 9.
    public static let maximumDepth = 32
    /// How many values a file may describe, aliases resolved.
    public static let maximumNodes = 200_000
    /// How many errors are collected before the rest are only counted.
    public static let maximumDiagnostics = 100
    /// The most bytes of a policy's or rule's name.
    public static let maximumNameBytes = 128
}
