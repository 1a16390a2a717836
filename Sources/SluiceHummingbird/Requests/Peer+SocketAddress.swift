import NIOCore
import Sluice
import SluiceHTTP

extension Peer {
    /// The other end of a connection, by the bytes of its address: in `sockaddr_in` it lies behind two bytes of family
    /// and two of port, in `sockaddr_in6` behind four more of flow, on Linux as on Darwin.
    init(_ address: SocketAddress?) {
        switch address {
        case .v4(let address):
            self = withUnsafeBytes(of: address.address) { bytes in
                .address(IPAddress(v4: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))))
            }
        case .v6(let address):
            self = withUnsafeBytes(of: address.address) { .address(IPAddress(v6: .init(rebasing: $0[8..<24]))) }
        case .unixDomainSocket: self = .unixSocket
        case nil: self = .unknown
        }
    }
}
