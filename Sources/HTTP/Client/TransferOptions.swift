import CCurl

/// Sets the options of one easy handle, and remembers the first that libcurl refused.
struct TransferOptions {
  let easy: UnsafeMutableRawPointer
  private(set) var firstError = CURLE_OK
  private(set) var failedOption = ""

  init(easy: UnsafeMutableRawPointer) {
    self.easy = easy
  }

  /// Sets everything for the transfer. The header list that it gives back is the caller's to free.
  ///
  /// - Parameter uploadLength: of a body that is a stream; -1 when it is not known.
  mutating func apply(
    _ transfer: Transfer, errorText: UnsafeMutablePointer<CChar>, uploadLength: Int64?
  ) -> UnsafeMutablePointer<curl_slist>? {
    let pointer = Unmanaged.passUnretained(transfer).toOpaque()
    setCallbacks(pointer)
    set(CURLOPT_ERRORBUFFER, pointer: errorText)
    set(CURLOPT_URL, transfer.url.text)
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_PATH_AS_IS, 1)
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
    // A head of a proxy's answer to CONNECT is none of the answer's.
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    set(CURLOPT_BUFFERSIZE, 64 << 10)
    setTimeouts(transfer)
    setTransportSecurity(transfer.configuration)
    if transfer.url.isLoopback || !transfer.configuration.usesEnvironmentProxy {
      set(CURLOPT_PROXY, "")
    }
    setBody(transfer.request, uploadLength: uploadLength)
    let list = headerList(transfer)
    set(CURLOPT_HTTPHEADER, pointer: list)
    return list
  }

  private mutating func setCallbacks(_ pointer: UnsafeMutableRawPointer) {
    check(shim_curl_easy_setopt_callback(easy, number(CURLOPT_HEADERFUNCTION), transferHeader), "headers")
    set(CURLOPT_HEADERDATA, pointer: pointer)
    check(shim_curl_easy_setopt_callback(easy, number(CURLOPT_WRITEFUNCTION), transferBody), "body")
    set(CURLOPT_WRITEDATA, pointer: pointer)
    check(shim_curl_easy_setopt_callback(easy, number(CURLOPT_READFUNCTION), transferRead), "upload")
    set(CURLOPT_READDATA, pointer: pointer)
    check(shim_curl_easy_setopt_prerequest(easy, transferDidConnect), "connected")
    set(CURLOPT_PREREQDATA, pointer: pointer)
  }

  private mutating func setTimeouts(_ transfer: Transfer) {
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(transfer.configuration.connectTimeoutSeconds))
    if transfer.request.timeoutSeconds > 0 {
      set(CURLOPT_TIMEOUT_MS, milliseconds(transfer.request.timeoutSeconds))
    }
  }

  /// 0 would be "no limit" (or libcurl's own default), so a limit is at least a millisecond.
  private func milliseconds(_ seconds: Double) -> Int {
    Int(max(1, min(seconds * 1_000, 2e9)))
  }

  private mutating func setTransportSecurity(_ configuration: HTTPClientConfiguration) {
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if let file = configuration.certificateAuthorityFile {
      set(CURLOPT_CAINFO, file)
      // Else the system's folder would be trusted as well.
      set(CURLOPT_CAPATH, pointer: nil)
    }
    if let file = configuration.clientCertificateFile { set(CURLOPT_SSLCERT, file) }
    if let file = configuration.clientKeyFile { set(CURLOPT_SSLKEY, file) }
  }

  private mutating func setBody(_ request: HTTPRequest, uploadLength: Int64?) {
    switch request.body {
    case .stream:
      set(CURLOPT_UPLOAD, 1)
      check(
        shim_curl_easy_setopt_offset(easy, number(CURLOPT_INFILESIZE_LARGE), uploadLength ?? -1), "length")
    case .bytes(let bytes):
      setPostFields(bytes)
    case .empty where ["POST", "PUT", "PATCH"].contains(request.method):
      // Servers expect `Content-Length: 0` of these.
      setPostFields([])
    case .empty where request.method == "HEAD":
      set(CURLOPT_NOBODY, 1)
    case .empty:
      set(CURLOPT_HTTPGET, 1)
    }
    set(CURLOPT_CUSTOMREQUEST, request.method)
  }

  private mutating func setPostFields(_ bytes: [UInt8]) {
    check(
      shim_curl_easy_setopt_offset(easy, number(CURLOPT_POSTFIELDSIZE_LARGE), Int64(bytes.count)), "length")
    let copied = bytes.withUnsafeBytes { memory in
      shim_curl_easy_setopt_pointer(
        easy, number(CURLOPT_COPYPOSTFIELDS), memory.baseAddress ?? UnsafeRawPointer(easy))
    }
    check(copied, "body")
  }

  private func headerList(_ transfer: Transfer) -> UnsafeMutablePointer<curl_slist>? {
    let headers = transfer.request.headers
    // An empty value needs a semicolon; a colon would take the field out.
    var lines = headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    if !headers.contains("User-Agent") { lines.append("User-Agent: \(transfer.configuration.userAgent)") }
    // What libcurl would add by itself: a wait of a second where the server does not know `Expect`, and a wrong type.
    if !headers.contains("Expect") { lines.append("Expect:") }
    if !headers.contains("Content-Type") { lines.append("Content-Type:") }
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines { list = curl_slist_append(list, line) ?? list }
    return list
  }

  private mutating func set(_ option: CURLoption, _ value: Int) {
    check(shim_curl_easy_setopt_long(easy, number(option), value), "option \(option.rawValue)")
  }

  private mutating func set(_ option: CURLoption, _ value: String) {
    check(shim_curl_easy_setopt_string(easy, number(option), value), "option \(option.rawValue)")
  }

  private mutating func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) {
    check(shim_curl_easy_setopt_pointer(easy, number(option), pointer), "option \(option.rawValue)")
  }

  private func number(_ option: CURLoption) -> Int32 {
    Int32(bitPattern: option.rawValue)
  }

  private mutating func check(_ result: Int32, _ what: String) {
    guard result != 0, firstError == CURLE_OK else { return }
    firstError = CURLcode(UInt32(bitPattern: result))
    failedOption = "libcurl refused to set \(what)"
  }
}
