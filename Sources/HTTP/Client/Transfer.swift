import CCurl
import Platform
import Synchronization

/// One request and its answer. Confined to the thread of its `TransferLoop`, but for what says otherwise.
final class Transfer: @unchecked Sendable {
  let request: HTTPRequest
  let url: RequestURL
  let configuration: HTTPClientConfiguration

  /// Who waits for the answer's head; taken by whoever answers first.
  private let waiter = Mutex<CheckedContinuation<HTTPResponse, any Error>?>(nil)
  private let upload: UploadPipe?
  private let body: ByteChannel
  private weak let loop: TransferLoop?

  private var easy: UnsafeMutableRawPointer?
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var head: AnswerHeadCollector
  private(set) var isReceivePaused = false
  private(set) var isSendPaused = false
  /// What went wrong on our side; libcurl would only tell that a callback refused.
  private var failure: HTTPClientError?
  private var isConnected = false
  private var lastProgress: Int64 = 0
  var isCancelled = false

  /// May be called on any thread.
  init(_ request: HTTPRequest, url: RequestURL, configuration: HTTPClientConfiguration, loop: TransferLoop) {
    self.request = request
    self.url = url
    self.configuration = configuration
    self.loop = loop
    head = AnswerHeadCollector(maximumBytes: configuration.maximumHeaderBytes)
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    upload = if case .stream(let stream) = request.body { UploadPipe(stream) } else { nil }
    // The channel and the loop may outlive the transfer: both tell it by its identity only.
    let reference = TransferReference()
    body = ByteChannel(
      maximumBytes: configuration.maximumBufferedBytes,
      onDemand: { if let transfer = reference.transfer { transfer.loop?.submit(.resume(transfer)) } },
      onAbandon: { if let transfer = reference.transfer { transfer.loop?.submit(.cancel(transfer)) } })
    reference.set(self)
  }

  deinit {
    errorText.deallocate()
  }

  /// What is asked of whom, for messages.
  var what: String { "\(request.method) \(url.description)" }

  /// May be called on any thread, once, before the transfer is started.
  func wait(_ continuation: CheckedContinuation<HTTPResponse, any Error>) {
    waiter.withLock { $0 = continuation }
  }
}

/// Breaks the cycle between a transfer and the channel it holds.
private final class TransferReference: Sendable {
  private struct Weak {
    weak var transfer: Transfer?
  }

  private let value = Mutex(Weak())

  var transfer: Transfer? { value.withLock { $0.transfer } }

  func set(_ transfer: Transfer) {
    value.withLock { $0.transfer = transfer }
  }
}

// MARK: - Life

extension Transfer {
  /// Makes the handle; `nil` when that failed, and then the transfer has ended.
  func start() -> UnsafeMutableRawPointer? {
    guard let easy = curl_easy_init() else {
      end(with: HTTPClientError(.failed, "\(what): libcurl has no memory"))
      return nil
    }
    self.easy = easy
    var options = TransferOptions(easy: easy)
    headerList = options.apply(self, errorText: errorText, uploadLength: upload.map { $0.length ?? -1 })
    if options.firstError != CURLE_OK {
      end(with: HTTPClientError(options.firstError, text: options.failedOption, of: what))
      return nil
    }
    lastProgress = MonotonicClock.nanoseconds()
    upload?.start { [weak self] in
      if let self { loop?.submit(.resume(self)) }
    }
    return easy
  }

  /// libcurl is done with it; the handle was taken out of the multi handle.
  func end(_ result: CURLcode) {
    if result == CURLE_OK, failure == nil {
      end(with: head.isComplete ? nil : HTTPClientError(.invalidAnswer, "\(what): the answer has no head"))
    } else {
      let text = String(cString: errorText)
      end(with: failure ?? HTTPClientError(result, text: text, of: what))
    }
  }

  func end(with error: HTTPClientError?) {
    upload?.close()
    if let easy { curl_easy_cleanup(easy) }
    easy = nil
    if let headerList { curl_slist_free_all(headerList) }
    headerList = nil
    if let waiter = takeWaiter() {
      waiter.resume(throwing: error ?? HTTPClientError(.invalidAnswer, "\(what): the answer has no head"))
    } else if let error {
      body.fail(error)
    } else {
      body.finish()
    }
  }

  /// Lets go on what was paused and need not be any more.
  func resume() {
    guard let easy, isReceivePaused || isSendPaused else { return }
    isReceivePaused = isReceivePaused && body.isFull
    // When the producer has nothing after all, `read` pauses again.
    isSendPaused = false
    lastProgress = MonotonicClock.nanoseconds()
    curl_easy_pause(easy, isReceivePaused ? CURLPAUSE_RECV : CURLPAUSE_CONT)
  }

  /// When the peer will have been silent for too long; `nil` when it is not its turn, or without a limit.
  var idleDeadline: Int64? {
    let seconds = request.idleTimeoutSeconds ?? configuration.idleTimeoutSeconds
    guard isConnected, seconds > 0, !isReceivePaused, !isSendPaused else { return nil }
    return lastProgress + Int64(min(seconds, 1e9) * 1e9)
  }

  private func takeWaiter() -> CheckedContinuation<HTTPResponse, any Error>? {
    waiter.withLock { waiter in
      defer { waiter = nil }
      return waiter
    }
  }
}

// MARK: - What libcurl asks and tells

extension Transfer {
  /// Called each time the request is about to be sent; `false` keeps it from that.
  ///
  /// When a kept connection ends before the answer begins, libcurl sends the request again on a new one. Whether the
  /// server has carried it out by then is not known, so this is right only for methods that may be repeated
  /// (RFC 9110, section 9.2.2).
  fileprivate func connected() -> Bool {
    if isConnected, ["POST", "PATCH"].contains(request.method) {
      failure = HTTPClientError(.cutOff, "\(what): the connection ended before the answer began")
      return false
    }
    isConnected = true
    lastProgress = MonotonicClock.nanoseconds()
    return true
  }

  fileprivate func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    lastProgress = MonotonicClock.nanoseconds()
    switch head.add(line) {
    case .more: break
    case .tooLarge:
      failure = HTTPClientError(
        .tooLarge, "\(what): the answer's head is over \(configuration.maximumHeaderBytes) bytes")
      return false
    case .complete:
      takeWaiter()?.resume(
        returning: HTTPResponse(status: head.status, headers: head.headers, body: bodyStream()))
    }
    return true
  }

  private func bodyStream() -> ByteStream {
    let stream = body.stream(length: head.bodyLength(method: request.method))
    let what = self.what
    return ByteStream(length: stream.length) {
      do {
        return try await stream.next()
      } catch is CancellationError {
        throw HTTPClientError(.cancelled, "\(what): cancelled")
      }
    }
  }

  /// `false` pauses: the bytes come again.
  fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    lastProgress = MonotonicClock.nanoseconds()
    guard !body.isFull else {
      isReceivePaused = true
      return false
    }
    _ = body.offer(Array(bytes))
    return true
  }

  fileprivate func read(into memory: UnsafeMutableRawBufferPointer) -> Int {
    lastProgress = MonotonicClock.nanoseconds()
    guard let upload else { return 0 }
    switch upload.take(into: memory) {
    case .bytes(let count): return count
    case .end: return 0
    case .wait:
      isSendPaused = true
      return Int(CURL_READFUNC_PAUSE)
    case .failed(let error):
      failure = error
      return Int(CURL_READFUNC_ABORT)
    }
  }
}

// libcurl calls these on the loop's thread; the transfer is their last argument, and the loop keeps it alive.

private func transfer(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
  pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

func transferDidConnect(
  _ pointer: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?,
  _: Int32, _: Int32
) -> Int32 {
  transfer(pointer)?.connected() == false ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK
}

func transferHeader(
  _ memory: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  let isTaken = transfer(pointer)?.receiveHeader(UnsafeRawBufferPointer(start: memory, count: size * count))
  return isTaken == true ? size * count : 0
}

func transferBody(
  _ memory: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  let isTaken = transfer(pointer)?.receiveBody(UnsafeRawBufferPointer(start: memory, count: size * count))
  return isTaken == true ? size * count : Int(CURL_WRITEFUNC_PAUSE)
}

func transferRead(
  _ memory: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  transfer(pointer)?.read(into: UnsafeMutableRawBufferPointer(start: memory, count: size * count))
    ?? Int(CURL_READFUNC_ABORT)
}
