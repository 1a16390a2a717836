// swift-tools-version:6.2

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// A package of its own, so that the server's build knows nothing of benchmarks.
let package = Package(
    name: "sluice-bots-benchmark",
    platforms: [.macOS("26.0")],
    dependencies: [
        .package(name: "sluice", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "Caches",
            dependencies: [
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceCache", package: "sluice"),
            ],
            swiftSettings: swiftSettings
        )
    ]
)
