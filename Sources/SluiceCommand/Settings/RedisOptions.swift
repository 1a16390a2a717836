import ArgumentParser
import SluiceServer

/// The options that put the cells on Redis.
struct RedisOptions: SettingOptions {
    @Option(help: .setting(.redis))
    var redis: String?

    @Option(help: .setting(.redisCluster))
    var redisCluster: String?

    @Option(help: .setting(.redisPasswordFile), completion: .setting(.redisPasswordFile))
    var redisPasswordFile: String?

    @Option(help: .setting(.redisSecretFile), completion: .setting(.redisSecretFile))
    var redisSecretFile: String?

    @Option(help: .setting(.redisPrefix))
    var redisPrefix: String?

    @Option(help: .setting(.redisTimeout))
    var redisTimeout: String?

    var said: [(setting: Setting, text: String?)] {
        [
            (.redis, redis), (.redisCluster, redisCluster), (.redisPasswordFile, redisPasswordFile),
            (.redisSecretFile, redisSecretFile), (.redisPrefix, redisPrefix), (.redisTimeout, redisTimeout),
        ]
    }
}
