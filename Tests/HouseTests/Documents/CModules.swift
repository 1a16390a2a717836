import Foundation

/// The C modules that the packages below ours bring along; the compiler finds Swift modules by itself, not these.
enum CModules {
    /// Their module maps: some were generated beside the products, some came with the sources.
    static let mapFiles: [String] = {
        let products = SluiceBinary.folder.resolvingSymlinksInPath()
        let checkouts = Repository.root.appendingPathComponent(".build/checkouts")
        // What build tools are made of was built a second time, for them.
        let generated = maps(under: products, depth: 2).filter { !$0.contains("-tool.build/") }
        return generated + maps(under: checkouts, depth: 5).filter { $0.contains("/include/") }
    }()

    private static func maps(under folder: URL, depth: Int) -> [String] {
        let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        var found: [String] = []
        while let url = walk?.nextObject() as? URL {
            if let walk, walk.level >= depth { walk.skipDescendants() }
            if url.lastPathComponent == "module.modulemap" { found.append(url.path) }
        }
        return found.sorted()
    }
}
