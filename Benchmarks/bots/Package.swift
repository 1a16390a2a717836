// swift-tools-version:6.2

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// A package of its own, so that the libraries' build knows nothing of benchmarks.
let package = Package(
    name: "sluice-bots-benchmark",
    platforms: [.macOS("26.0")],
    dependencies: [
        .package(name: "sluice", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        .executableTarget(
            name: "Bots",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceBots", package: "sluice"),
                .product(name: "SluiceRedis", package: "sluice"),
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "Caches",
            dependencies: [
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceCache", package: "sluice"),
            ],
            swiftSettings: swiftSettings
        ),
    ]
)
