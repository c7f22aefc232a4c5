import CCurl

/// libcurl's multi handle: connections, and the transfers on them. Used by one thread, but for `wakeUp`.
final class MultiHandle: @unchecked Sendable {
  private let multi: UnsafeMutableRawPointer

  /// `nil` when libcurl has no memory.
  init?(_ configuration: HTTPClientConfiguration) {
    guard let multi = curl_multi_init() else { return nil }
    self.multi = multi
    // With several transfers on one HTTP/2 connection, one whose reader is slow would hold up the others.
    set(CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    set(CURLMOPT_MAX_HOST_CONNECTIONS, max(1, configuration.maximumConnectionsPerHost))
    set(CURLMOPT_MAXCONNECTS, max(1, configuration.maximumIdleConnections))
  }

  private func set(_ option: CURLMoption, _ value: Int) {
    // Each of these options exists in every version that has `curl_multi_poll`, and takes any number.
    _ = shim_curl_multi_setopt_long(multi, Int32(bitPattern: option.rawValue), value)
  }

  func add(_ easy: UnsafeMutableRawPointer) -> Bool {
    curl_multi_add_handle(multi, easy) == CURLM_OK
  }

  func remove(_ easy: UnsafeMutableRawPointer) {
    // Fails for handles only that are not in it.
    curl_multi_remove_handle(multi, easy)
  }

  /// Moves what can be moved; `ended` is called for each transfer that is over, when it is out of the multi handle.
  func perform(ended: (UnsafeMutableRawPointer, CURLcode) -> Void) {
    var running: Int32 = 0
    curl_multi_perform(multi, &running)
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      // The message is gone once its handle is taken out.
      let result = message.pointee.data.result
      remove(easy)
      ended(easy, result)
    }
  }

  /// Waits for sockets, for libcurl's own timers, and for `wakeUp`.
  func wait(milliseconds: Int32) {
    curl_multi_poll(multi, nil, 0, milliseconds, nil)
  }

  /// Ends a `wait`, also one that begins later; from any thread.
  func wakeUp() {
    curl_multi_wakeup(multi)
  }

  /// Closes all connections; nothing may be called after it.
  func cleanUp() {
    curl_multi_cleanup(multi)
  }
}
