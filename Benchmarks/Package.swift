// swift-tools-version:6.2

import PackageDescription

// A package of its own, so that the server's build knows nothing of benchmarks. It reaches the core and the cache by
// links to their folders: neither NIO nor anything else that only the server needs is fetched or built.

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "sluice-benchmarks",
    platforms: [.macOS("26.0")],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // Without traits it interposes neither malloc nor the runtime; Scripts/allocation-counts.sh counts calls.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.0", traits: []),
    ],
    targets: [
        .target(
            name: "Sluice",
            dependencies: [
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SluiceCache",
            dependencies: ["Sluice", .product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: swiftSettings
        ),
        // Sluice and something else that does the same work, in turn, in one run.
        .executableTarget(
            name: "compare",
            dependencies: ["Sluice"],
            path: "Sources/Compare",
            swiftSettings: swiftSettings
        ),
        // As many decisions as it is told to make, for a profiler to count calls and instructions.
        .executableTarget(
            name: "decisions",
            dependencies: ["Sluice"],
            path: "Sources/Decisions",
            swiftSettings: swiftSettings
        ),
        // Every path with nothing left to chance, for Scripts/instruction-counts.py.
        .executableTarget(
            name: "instructions",
            dependencies: ["Sluice", "SluiceCache"],
            path: "Sources/Instructions",
            swiftSettings: swiftSettings
        ),
        // Each path by itself, to be compared with an earlier commit's.
        .executableTarget(
            name: "DecisionBenchmarks",
            dependencies: ["Sluice", .product(name: "Benchmark", package: "benchmark")],
            path: "Benchmarks/DecisionBenchmarks",
            swiftSettings: swiftSettings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
    ]
)
