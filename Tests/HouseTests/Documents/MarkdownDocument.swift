import Foundation

/// A document and the blocks of code in it.
struct MarkdownDocument {
    /// A block of code.
    struct Block {
        /// The word after the opening fence.
        var language: String
        var text: String
        /// Of the opening fence, counted from one.
        var line: Int
        /// What `<!-- test: … -->` right above the block says of it.
        var notes: [String]

        func has(_ note: String) -> Bool { notes.contains(note) }

        /// The rest of the note that begins with a word, such as the name in `file chat.yaml`.
        func argument(of word: String) -> String? {
            notes.first { $0.hasPrefix(word + " ") }.map { String($0.dropFirst(word.count + 1)) }
        }
    }

    /// The path from the root of the repository.
    let path: String
    private(set) var blocks: [Block] = []
    /// Where its links and pictures point.
    private(set) var links: [String] = []

    /// The path of its folder; empty at the root.
    var folder: String { path.split(separator: "/").dropLast().joined(separator: "/") }
    /// Its name within the folder.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    init(path: String, text: String) {
        self.path = path
        var notes: [String] = []
        var open: (fence: Substring, indent: Int, block: Block)?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = line.drop { $0 == " " }
            if var current = open {
                if content.starts(with: current.fence), content.allSatisfy({ $0 == "`" || $0 == " " }) {
                    blocks.append(current.block)
                    (open, notes) = (nil, [])
                } else {
                    let isIndented = line.prefix(current.indent).allSatisfy { $0 == " " }
                    current.block.text += (isIndented ? line.dropFirst(current.indent) : line) + "\n"
                    open = current
                }
            } else if content.starts(with: "```") {
                let fence = content.prefix { $0 == "`" }
                let language = content.dropFirst(fence.count).trimmingCharacters(in: .whitespaces)
                let block = Block(language: language, text: "", line: index + 1, notes: notes)
                open = (fence, line.count - content.count, block)
            } else if content.starts(with: "<!-- test: "), let end = content.firstRange(of: " -->") {
                notes.append(String(content[..<end.lowerBound].dropFirst("<!-- test: ".count)))
            } else if !content.isEmpty {
                notes = []
                links += content.matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }
            }
        }
        if let open { blocks.append(open.block) }
    }

    /// Every document that a reader finds: the pages of the repository and the articles of its modules.
    static func all() throws -> [MarkdownDocument] {
        let pages = try ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map { name in
            SourceFile(
                path: name,
                text: try String(contentsOf: Repository.root.appendingPathComponent(name), encoding: .utf8))
        }
        let others = try Repository.files(under: ["docs", "Sources"], endingIn: [".md"])
        return (pages + others).map { MarkdownDocument(path: $0.path, text: $0.lines.joined(separator: "\n")) }
    }
}
