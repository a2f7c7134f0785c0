"""Runs a Python handler against the Runtime API.

A raw socket and no HTTP library: the answer to one event and the request for the next leave in
one write, and a cold start imports little (`_socket` is a tenth of `socket`). Messages, error types and log lines are those of the
AWS client, because people's alarms and log filters match on them.
"""

import _socket
import builtins
import json
import os
import sys
import time

API = "/2018-06-01/runtime/"


class Connection:
    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.host = address.encode()
        self.socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self.socket.connect((host, int(port)))
        self.socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.buffer = b""

    def get_next(self):
        head = b"GET " + API.encode() + b"invocation/next HTTP/1.1\r\nHost: "
        return head + self.host + b"\r\n\r\n"

    def post(self, path, body, error_type=None):
        head = "POST %s%s HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % (
            API, path, len(body))
        if error_type:
            head += "Lambda-Runtime-Function-Error-Type: %s\r\n" % error_type
        return head.encode() + b"Host: " + self.host + b"\r\n\r\n" + body

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """Gives the status, the headers and the body of one reply."""
        buffer = self.buffer
        while True:
            end = buffer.find(b"\r\n\r\n")
            if end >= 0:
                break
            data = self.socket.recv(65536)
            if not data:
                # The server let go: nothing is left to do.
                os._exit(0)
            buffer += data
        lines = buffer[:end].decode("utf-8", "replace").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        parts, have = [buffer[end + 4:]], len(buffer) - end - 4
        while have < length:
            data = self.socket.recv(min(1 << 20, max(65536, length - have)))
            if not data:
                os._exit(0)
            parts.append(data)
            have += len(data)
        whole = b"".join(parts)
        self.buffer = whole[length:]
        return int(lines[0].split(" ", 2)[1]), headers, whole[:length]


class CognitoIdentity:
    def __init__(self):
        self.cognito_identity_id = None
        self.cognito_identity_pool_id = None


class Client:
    def __init__(self, values):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code",
                     "app_package_name"):
            setattr(self, name, values.get(name))


class ClientContext:
    def __init__(self, values):
        self.custom = values.get("custom")
        self.env = values.get("env")
        self.client = Client(values["client"]) if isinstance(values.get("client"), dict) else None


class LambdaContext:
    def __init__(self, headers):
        environ = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.function_name = environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = CognitoIdentity()
        self.client_context = None
        context = headers.get("lambda-runtime-client-context")
        if context:
            values = json.loads(context)
            if isinstance(values, dict):
                self.client_context = ClientContext(values)
        self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms", 0))

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        return "LambdaContext([aws_request_id=%s,function_name=%s])" % (
            self.aws_request_id, self.function_name)


request_id = None


def set_up_logging(logging):
    """Lambda's log format, set up when, and only when, a handler imports `logging`."""

    class RequestId(logging.Filter):
        def filter(self, record):
            record.aws_request_id = request_id or ""
            return True

    class Output(logging.Handler):
        def emit(self, record):
            sys.stdout.write(self.format(record))
            sys.stdout.flush()

    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
        "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    output = Output()
    output.setFormatter(formatter)
    output.addFilter(RequestId())
    logging.root.addHandler(output)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    if level in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"):
        logging.root.setLevel("DEBUG" if level == "TRACE" else level)


class LoggingHook:
    """Waits in the import system for `logging`, which costs too much to import for everybody."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(cls)
        from importlib.machinery import PathFinder
        spec = PathFinder.find_spec(name, path)
        if spec is not None:
            load = spec.loader.exec_module

            def load_and_set_up(module):
                load(module)
                set_up_logging(module)

            spec.loader.exec_module = load_and_set_up
        return spec


class Fault(Exception):
    """A failure of the start or of the answer, with the type AWS gives it."""

    def __init__(self, error_type, message, trace=None):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.trace = trace


def load_handler(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName",
                    "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    module_name = module_name.replace("/", ".")
    if module_name in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict",
                    "Cannot use built-in module %s as a handler module" % module_name)
    try:
        import importlib
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError",
                    "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (
            error.filename, error.lineno, (error.text or "").strip())]
        raise Fault("Runtime.UserCodeSyntaxError",
                    "Syntax error in module '%s': %s" % (module_name, error), trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound",
                    "Handler '%s' missing on module '%s'" % (function_name, module_name))


def describe(error, own_frames):
    """The error document of AWS, without the frames of this file."""
    if isinstance(error, Fault):
        error_type, message, trace = error.error_type, error.message, error.trace or []
    else:
        import traceback
        error_type, message = type(error).__name__, str(error)
        frames = traceback.extract_tb(error.__traceback__)[own_frames:]
        while frames and "importlib" in frames[0].filename:
            frames = frames[1:]
        trace = traceback.format_list(frames)
    document = {"errorMessage": message, "errorType": error_type}
    if request_id:
        document["requestId"] = request_id
    document["stackTrace"] = trace
    return document


def log_error(document):
    lines = ["[ERROR] %s: %s" % (document["errorType"], document["errorMessage"])]
    if document.get("stackTrace"):
        lines.append("Traceback (most recent call last):")
        for frame in document["stackTrace"]:
            lines += frame.rstrip("\n").split("\n")
    # Carriage returns keep a traceback one log event.
    sys.stdout.write("\r".join(lines) + "\n")


def encode_other(value):
    if type(value).__name__ == "Decimal":
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def marshal(result):
    try:
        return json.dumps(result, default=encode_other, ensure_ascii=False,
                          allow_nan=False).encode("utf-8", "surrogatepass")
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)


def invoke(handler, headers, body):
    """Gives the path, the body and the error type of the answer to one event."""
    global request_id
    request_id = headers["lambda-runtime-aws-request-id"]
    trace_id = headers.get("lambda-runtime-trace-id")
    if trace_id is not None:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    path = "invocation/%s/" % request_id
    try:
        try:
            event = json.loads(body)
        except ValueError as error:
            raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
        return path + "response", marshal(handler(event, LambdaContext(headers))), None
    except Exception as error:
        document = describe(error, own_frames=1)
        log_error(document)
        return path + "error", json.dumps(document).encode(), document["errorType"]


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def set_up():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    # Run without `site` for speed, so its conveniences come from here.
    builtins.exit = builtins.quit = sys.exit
    sys.meta_path.insert(0, LoggingHook)
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    packages = os.environ.pop("TIDEMILL_SITE_PACKAGES", None)
    if packages:
        # Last: the function's own packages win.
        sys.path += packages.split(os.pathsep)
    del sys.argv[1:]


def main():
    connection = Connection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    name = os.environ["_HANDLER"]
    set_up()
    try:
        handler = load_handler(name)
    except Exception as error:
        document = describe(error, own_frames=2)
        log_error(document)
        flush()
        connection.send(connection.post(
            "init/error", json.dumps(document).encode(), document["errorType"]))
        connection.receive()
        os._exit(1)
    connection.send(connection.get_next())
    while True:
        status, headers, body = connection.receive()
        if status != 200:
            raise SystemExit("the Runtime API refused the next event: %d" % status)
        path, answer, error_type = invoke(handler, headers, body)
        flush()
        connection.send(connection.post(path, answer, error_type) + connection.get_next())
        connection.receive()


main()
