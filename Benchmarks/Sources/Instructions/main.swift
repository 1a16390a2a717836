import Sluice

// usage: instructions PATH COUNT | instructions --list
// Takes one path COUNT times and exits. Scripts/instruction-counts.py runs it with N and with 2 N under callgrind, so
// that whatever differs is the price of N passages.

let arguments = CommandLine.arguments.dropFirst()
if arguments.elementsEqual(["--list"]) {
    for path in CallPath.all { print(path.name, path.title, separator: "\t") }
} else {
    guard arguments.count == 2, let count = arguments.last.flatMap({ Int($0) }), (1...20_000).contains(count),
        let path = CallPath.all.first(where: { $0.name == arguments.first })
    else { fatalError("usage: instructions PATH COUNT; --list tells the paths; COUNT is 20000 at most") }
    try await path.take(count)
}
