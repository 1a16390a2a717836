import Foundation

/// A file of the repository, with Swift's comments and strings told apart from its code.
struct SourceFile: Sendable {
    /// The path from the root of the repository.
    let path: String
    /// The lines as they stand.
    let lines: [String]
    /// The lines with comments and the insides of strings blanked out, column by column.
    let code: [String]
    /// The lines with everything but comments blanked out, column by column.
    let comments: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard path.hasSuffix(".swift") else {
            (code, comments) = (lines, lines)
            return
        }
        var scanner = SwiftScanner(text)
        scanner.scan()
        code = scanner.code.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        comments = scanner.comments.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    }

    /// The file's name without its folder and extension.
    var name: String { URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent }

    /// The module whose source or test this is: the second part of the path.
    var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    var isSource: Bool { path.hasPrefix("Sources/") && path.hasSuffix(".swift") }
    var isSwift: Bool { path.hasSuffix(".swift") }

    func violation(_ line: Int, _ message: String) -> Violation {
        Violation(path: path, line: line, message: message)
    }
}

/// A place where a rule of the house is broken.
struct Violation: CustomStringConvertible, Equatable {
    var path: String
    /// Counted from one; 0 for the whole file.
    var line: Int
    var message: String

    var description: String { line == 0 ? "\(path): \(message)" : "\(path):\(line): \(message)" }
}

/// The repository that this test was built from.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// All Swift that people write, read once.
    static let swift = Result {
        try files(under: ["Sources", "Tests", "Benchmarks"], endingIn: [".swift"])
            .filter { !$0.path.hasPrefix("Sources/SluiceGRPC/Generated/") }
    }

    /// The files under a folder whose names end in one of these, without what was built or is only a link.
    static func files(under folders: [String], endingIn suffixes: [String]) throws -> [SourceFile] {
        var found: [SourceFile] = []
        for folder in folders {
            let start = root.appendingPathComponent(folder)
            let walk = FileManager.default.enumerator(
                at: start, includingPropertiesForKeys: [.isRegularFileKey], options: [.skipsHiddenFiles])
            while let url = walk?.nextObject() as? URL {
                let isFile = try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true
                guard isFile, suffixes.contains(where: url.lastPathComponent.hasSuffix) else { continue }
                let path = String(url.standardizedFileURL.path.dropFirst(root.standardizedFileURL.path.count + 1))
                guard !path.hasPrefix("Tests/ThreadSanitizer/Sources/"),
                    !path.hasPrefix("Tests/ThreadSanitizer/Tests/")
                else { continue }
                // What tests feed to parsers need not be UTF-8.
                let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
                found.append(SourceFile(path: path, text: text))
            }
        }
        return found.sorted { $0.path < $1.path }
    }
}
