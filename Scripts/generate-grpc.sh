#!/bin/sh
# Writes the Swift code of Sources/SluiceGRPC/Protocols anew. Needed only when a .proto file has changed; builds the
# generators for some minutes, which is why the code is kept in the repository.
set -eu
cd "$(dirname "$0")/.."
command -v protoc >/dev/null || {
    echo "protoc is missing; Debian: apt-get install protobuf-compiler, macOS: brew install protobuf" >&2
    exit 1
}
generators=.build-generators
mkdir -p "$generators/Sources/none"
[ -e "$generators/Sources/none/main.swift" ] || echo 'print()' >"$generators/Sources/none/main.swift"
cat >"$generators/Package.swift" <<'PACKAGE'
// swift-tools-version:6.2
import PackageDescription
let package = Package(
    name: "generators",
    platforms: [.macOS("15.0")],
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.0"),
    ],
    targets: [
        .executableTarget(name: "none", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")])
    ]
)
PACKAGE
for product in protoc-gen-swift protoc-gen-grpc-swift-2; do
    echo "building $product"
    ${SWIFT:-swift} build --package-path "$generators" --product "$product"
done
bin=$(${SWIFT:-swift} build --package-path "$generators" --show-bin-path)

protocols=Sources/SluiceGRPC/Protocols
generated=Sources/SluiceGRPC/Generated
rm -f "$generated"/*.swift
files=$(cd "$protocols" && find . -name '*.proto' | sort)
# shellcheck disable=SC2086 # one word for each file
(cd "$protocols" && protoc --proto_path=. \
    --plugin=protoc-gen-swift="$bin/protoc-gen-swift" \
    --swift_out="../Generated" --swift_opt=Visibility=Package,FileNaming=DropPath,UseAccessLevelOnImports=true \
    --plugin=protoc-gen-grpc-swift-2="$bin/protoc-gen-grpc-swift-2" \
    --grpc-swift-2_out="../Generated" \
    --grpc-swift-2_opt=Visibility=Package,FileNaming=DropPath,UseAccessLevelOnImports=true \
    $files)
echo "written: $(ls "$generated" | tr '\n' ' ')"
