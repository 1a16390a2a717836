import ArgumentParser
import SluiceServer

/// The options that say who may ask, and how connections are encrypted.
struct SecurityOptions: SettingOptions {
    @Option(help: .setting(.users), completion: .setting(.users))
    var users: String?

    @Option(help: .setting(.tlsCertificate), completion: .setting(.tlsCertificate))
    var tlsCertificate: String?

    @Option(help: .setting(.tlsKey), completion: .setting(.tlsKey))
    var tlsKey: String?

    @Option(name: .customLong("tls-client-ca"), help: .setting(.tlsClientAuthority), completion: .file())
    var tlsClientAuthority: String?

    var said: [(setting: Setting, text: String?)] {
        [
            (.users, users), (.tlsCertificate, tlsCertificate), (.tlsKey, tlsKey),
            (.tlsClientAuthority, tlsClientAuthority),
        ]
    }
}

extension SettingValues {
    /// Puts what is said of users and encryption into a server's configuration.
    /// - Throws: ``SettingsFault`` for half a pair of certificate and key.
    func applySecurity(to configuration: inout ServerConfiguration) throws(SettingsFault) {
        configuration.usersFile = self[.users]
        guard let certificate = given(.tlsCertificate), let key = given(.tlsKey) else {
            guard let lonely = given(.tlsCertificate) ?? given(.tlsKey) ?? given(.tlsClientAuthority) else { return }
            let names = "\(Setting.tlsCertificate.option) and \(Setting.tlsKey.option)"
            throw SettingsFault(
                lonely, "\(names) go together, and \(Setting.tlsClientAuthority.option) goes with both")
        }
        configuration.tls = TLSSettings(
            certificateFile: certificate.text, keyFile: key.text, clientAuthorityFile: self[.tlsClientAuthority])
    }
}
