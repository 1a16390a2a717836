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
        .package(name: "sluice", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "Outbound",
            dependencies: [
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceTesting", package: "sluice"),
            ],
            swiftSettings: swiftSettings
        )
    ]
)
