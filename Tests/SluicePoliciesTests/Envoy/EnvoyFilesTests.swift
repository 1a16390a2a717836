import Foundation
import SluicePolicies
import Testing

@Suite("The files of envoyproxy/ratelimit")
struct EnvoyFilesTests {
    private func write(_ domain: String, to name: String, in folder: ScratchFolder) throws {
        _ = try folder.write(Array("domain: \(domain)\n".utf8), to: name)
    }

    @Test("are read in the order of their names, without what is hidden or is something else")
    func folder() throws {
        let folder = try ScratchFolder()
        try write("two", to: "b.yml", in: folder)
        try write("one", to: "a.yaml", in: folder)
        try write("hidden", to: ".c.yaml", in: folder)
        try write("note", to: "README.md", in: folder)
        try FileManager.default.createDirectory(atPath: "\(folder.path)/z.yaml", withIntermediateDirectories: true)
        for path in [folder.path, folder.path + "/"] {
            #expect(try EnvoyConfiguration(contentsOf: path).domains == ["one", "two"])
        }
        #expect(try EnvoyConfiguration(contentsOf: folder.path + "/b.yml").domains == ["two"])
    }

    @Test("may be links, as Kubernetes makes them of a config map")
    func links() throws {
        let folder = try ScratchFolder()
        let files = FileManager.default
        try files.createDirectory(atPath: "\(folder.path)/..2025_05_17", withIntermediateDirectories: true)
        try write("one", to: "..2025_05_17/a.yaml", in: folder)
        try files.createSymbolicLink(atPath: "\(folder.path)/..data", withDestinationPath: "..2025_05_17")
        try files.createSymbolicLink(atPath: "\(folder.path)/a.yaml", withDestinationPath: "..data/a.yaml")
        #expect(try EnvoyConfiguration(contentsOf: folder.path).domains == ["one"])
    }

    @Test("that cannot be read are told by their names")
    func unreadable() throws {
        let folder = try ScratchFolder()
        let empty = #expect(throws: PolicyFileError.self) { try EnvoyConfiguration(contentsOf: folder.path) }
        #expect(empty?.code == .unreadable)
        #expect(empty?.description.hasPrefix("\(folder.path): error: there is no .yaml or .yml file") == true)
        let absent = #expect(throws: PolicyFileError.self) {
            try EnvoyConfiguration(contentsOf: folder.path + "/absent")
        }
        let message = "\(folder.path)/absent: error: cannot read the rate limit configuration: no such file"
        #expect(absent?.description == message)
        let large = #expect(throws: PolicyFileError.self) {
            try EnvoyConfiguration([("a", String(repeating: "#", count: PolicyFile.maximumBytes + 1))])
        }
        #expect(large?.diagnostics[0].message.contains("the most that a rate limit configuration may have") == true)
        _ = try folder.write([0x64, 0xff], to: "a.yaml")
        let binary = #expect(throws: PolicyFileError.self) { try EnvoyConfiguration(contentsOf: folder.path) }
        #expect(binary?.description.hasPrefix("\(folder.path)/a.yaml:1:2: error: the file is not valid UTF-8") == true)
    }
}
