import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Starts programs that inherit nothing of this process but its environment.
///
/// Foundation's `Process` hands every open descriptor down. A server that lives on then holds the sockets of tests that
/// ran when it was started, and whoever waits for one of those to be closed waits for ever.
enum SpawnedProgram {
    /// Starts a program that is found along `PATH`; what it prints goes into a file.
    static func start(_ command: [String], logFile: String) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        try check(posix_spawn_file_actions_init(&actions), command)
        defer { posix_spawn_file_actions_destroy(&actions) }
        try check(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0), command)
        try check(posix_spawn_file_actions_addopen(&actions, 1, logFile, O_WRONLY | O_CREAT | O_TRUNC, 0o600), command)
        try check(posix_spawn_file_actions_adddup2(&actions, 1, 2), command)
        var attributes = posix_spawnattr_t()
        try check(posix_spawnattr_init(&attributes), command)
        defer { posix_spawnattr_destroy(&attributes) }
        #if os(Linux)
        try check(closeFrom(&actions, 3), command)
        #else
        try check(posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_CLOEXEC_DEFAULT)), command)
        #endif
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var identifier: pid_t = 0
        try check(posix_spawnp(&identifier, command[0], &actions, &attributes, &arguments, environ), command)
        return identifier
    }

    #if os(Linux)
    /// The system's function of that name (glibc 2.34, musl 1.2.5), which Swift's module of the library leaves out.
    private static func closeFrom(_ actions: inout posix_spawn_file_actions_t, _ first: Int32) -> Int32 {
        typealias Function = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return ENOSYS }
        return unsafeBitCast(symbol, to: Function.self)(&actions, first)
    }
    #endif

    /// Returns when a program that was started here has ended.
    static func waitForEnd(of identifier: Int32) {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    }

    private static func check(_ code: Int32, _ command: [String]) throws {
        guard code != 0 else { return }
        let name = command.joined(separator: " ")
        throw ServerProcess.Failure(description: "cannot start \(name): \(String(cString: strerror(code)))")
    }
}
