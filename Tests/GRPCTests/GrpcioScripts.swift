/// Programs for the reference implementation's Python package, generic over messages: bytes in, bytes out.
enum GrpcioScripts {
  /// Calls our server at the port given as argument, and fails with an assertion's text.
  static let client = """
    import sys, grpc
    target = "127.0.0.1:" + sys.argv[1]
    same = lambda value: value
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    if len(sys.argv) > 2:
        credentials = grpc.ssl_channel_credentials(open(sys.argv[2], "rb").read())
        channel = grpc.secure_channel("localhost:" + sys.argv[1], credentials, options)
    else:
        channel = grpc.insecure_channel(target, options)

    def call(method):
        return channel.stream_stream("/test.Service/" + method, request_serializer=same, response_deserializer=same)

    def failure(answer):
        try:
            for message in answer:
                pass
        except grpc.RpcError as error:
            return error
        raise AssertionError("no failure")

    sent = [b"", b"a", bytes(range(256)) * 40, b"x" * 5000000, b"end"]
    assert list(call("Echo")(iter(sent), timeout=30)) == sent, "echo"

    answer = list(call("Count")((b"y" * 100 for _ in range(20000)), timeout=30))
    assert answer == [b"20000 2000000"], answer

    answer = call("Metadata")(iter([]), metadata=[("x-one", "1"), ("blob-bin", bytes([0, 255, 10]))], timeout=30)
    error = failure(answer)
    assert error.code() == grpc.StatusCode.DATA_LOSS, error
    assert error.details() == "\\u00e4% \\n", repr(error.details())
    assert ("x-one", "1") in [tuple(pair) for pair in answer.initial_metadata()], answer.initial_metadata()
    assert ("blob-bin", bytes([0, 255, 10])) in [tuple(pair) for pair in answer.trailing_metadata()]

    error = failure(call("Fail")(iter([]), timeout=30))
    assert error.code() == grpc.StatusCode.FAILED_PRECONDITION, error
    error = failure(call("Nothing")(iter([]), timeout=30))
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error
    # Both sides end the call at its deadline; where the server's reset comes first, that is what the client sees.
    error = failure(call("Hang")(iter([]), timeout=0.2))
    assert error.code() in (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED), error
    error = failure(call("Echo")(iter([b"z" * 1000]), compression=grpc.Compression.Gzip, timeout=30))
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error
    error = failure(call("Echo")(iter([b"z" * (17 * 1024 * 1024)]), timeout=30))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, error

    answer = call("Hang")(iter([]), timeout=30)
    next(answer)
    answer.cancel()
    assert failure(answer).code() == grpc.StatusCode.CANCELLED
    print("passed")
    """

  /// Serves until its input ends; prints its port first.
  static let server = """
    import sys, time, grpc
    from concurrent import futures
    same = lambda value: value

    def echo(requests, context):
        for request in requests:
            yield request

    def metadata(requests, context):
        context.send_initial_metadata([pair for pair in context.invocation_metadata() if pair[0].startswith("x-")])
        context.set_trailing_metadata([("blob-bin", bytes([0, 255, 10]))])
        context.abort(grpc.StatusCode.DATA_LOSS, "\\u00e4% \\n")
        yield b""

    def hang(requests, context):
        while context.is_active():
            time.sleep(0.01)
        yield b""

    def pour(requests, context):
        for _ in range(100):
            yield b"p" * 100000

    methods = {"Echo": echo, "Metadata": metadata, "Hang": hang, "Pour": pour}
    handlers = {
        name: grpc.stream_stream_rpc_method_handler(function, request_deserializer=same, response_serializer=same)
        for name, function in methods.items()
    }
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    server = grpc.server(futures.ThreadPoolExecutor(8), options=options)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Service", handlers),))
    if len(sys.argv) > 2:
        pair = (open(sys.argv[2], "rb").read(), open(sys.argv[1], "rb").read())
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop(0)
    """
}
