import Foundation

let suites = Suite.all.map { "  \($0.name)".padding(toLength: 10, withPad: " ", startingAt: 0) + $0.title }
let usage = """
    usage: compare [SUITE ...] [--rounds N] [--json]

    Measures Sluice and its opponents in turn, N times (7), and tells the medians. Suites (all by default):
    \(suites.joined(separator: "\n"))
    """

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("compare: \(message)\n\(usage)\n".utf8))
    exit(2)
}

var rounds = 7
var isJSON = false
var names: [String] = []
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--json": isJSON = true
    case "--help", "-h":
        print(usage)
        exit(0)
    case "--rounds":
        guard let number = arguments.popFirst().flatMap({ Int($0) }), number > 0 else {
            fail("--rounds takes a number above zero")
        }
        rounds = number
    default:
        guard Suite.all.contains(where: { $0.name == argument }) else { fail("no suite is called '\(argument)'") }
        names.append(argument)
    }
}

// What reading it costs the first time is not a suite's.
_ = try ResidentMemory.bytes()
var report = Report()
for suite in Suite.all where names.isEmpty || names.contains(suite.name) {
    let section = Report.Section(suite: suite.name, title: suite.title, findings: try suite.run(rounds))
    report.sections.append(section)
    // Written at once, also into a pipe.
    if !isJSON { FileHandle.standardOutput.write(Data((section.table + "\n").utf8)) }
}
if isJSON { print(try report.json()) }
