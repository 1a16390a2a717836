/// The name of a descriptor's value, such as `user` or `ip`.
public struct DescriptorKey: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name as it stands in policy files and requests.
    public let name: String

    /// A key of any name.
    public init(_ name: String) { self.name = name }

    /// A key of any name.
    public init(stringLiteral name: String) { self.name = name }

    public var description: String { name }

    /// The names that chat bots and APIs commonly count by.
    public static let user = DescriptorKey("user")
    public static let chat = DescriptorKey("chat")
    public static let group = DescriptorKey("group")
    public static let text = DescriptorKey("text")
    public static let command = DescriptorKey("command")
    public static let ip = DescriptorKey("ip")
    public static let method = DescriptorKey("method")
    public static let path = DescriptorKey("path")
    public static let status = DescriptorKey("status")
    public static let agent = DescriptorKey("agent")
}

/// What a request is about: a few named values, such as `[.user: "42", .chat: "-100"]`.
///
/// At most ``maximumEntries`` entries; a key appears once, and the last value given for it counts.
public struct Descriptor: Sendable, ExpressibleByDictionaryLiteral, Hashable {
    /// The most entries that a decision accepts.
    public static let maximumEntries = 16
    /// The most bytes of UTF-8 in a key or a value that a decision accepts.
    public static let maximumBytes = 1_024

    /// The entries in the order given.
    public internal(set) var entries: [Entry]

    /// A name and its value.
    public struct Entry: Sendable, Hashable {
        /// The name.
        public var key: DescriptorKey
        /// The value, compared byte by byte.
        public var value: String
    }

    /// An empty descriptor.
    public init() { entries = [] }

    public init(dictionaryLiteral elements: (DescriptorKey, String)...) {
        self.init(elements)
    }

    /// A descriptor of these pairs.
    public init(_ pairs: some Sequence<(DescriptorKey, String)>) {
        entries = []
        for (key, value) in pairs { self[key] = value }
    }

    /// The value of a key.
    public subscript(key: DescriptorKey) -> String? {
        get { entries.firstIndex { $0.key == key }.map { entries[$0].value } }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }
}
