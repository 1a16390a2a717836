/// The node that a lane would send a request to now.
package struct RoutedNode {
    /// A small number that is the node's as long as it serves. It passes to another address when the node has left.
    package let index: Int
    /// The node itself, with its address and status.
    package let node: RedisNode
}
