// swift-tools-version:6.2

import PackageDescription

// The core and its tests once more, by links to their folders, so that the thread sanitizer instruments
// them and swift-collections and not every package that the server needs. Each module also gets the lock in
// `Watched`, whose comment says why.

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "sluice-threads",
    platforms: [.macOS("26.0")],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
    ],
    targets: [
        .target(
            name: "Sluice",
            dependencies: [
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            path: "Sources",
            exclude: ["Sluice/Documentation.docc", "SluiceTesting", "WatchedTesting"],
            sources: ["Sluice", "WatchedCore"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SluiceTesting", dependencies: ["Sluice"], path: "Sources",
            exclude: ["SluiceTesting/Documentation.docc", "Sluice", "WatchedCore"],
            sources: ["SluiceTesting", "WatchedTesting"], swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceTests", dependencies: ["Sluice", "SluiceTesting"], path: "Tests",
            sources: ["SluiceTests", "WatchedTests"], swiftSettings: swiftSettings
        ),
    ]
)
