// swift-tools-version:6.2

import PackageDescription

let package = Package(
    name: "greeter",
    platforms: [.macOS("26.0")],
    dependencies: [
        .package(name: "sluice", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    ],
    targets: [
        .executableTarget(
            name: "Greeter",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceHummingbird", package: "sluice"),
            ]
        )
    ]
)
