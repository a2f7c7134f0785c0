"""The two doors of SQS behind one shape, so that every test goes through both.

`JsonDoor` is boto3 as it is. `QueryDoor` is what SDKs spoke until 2023 and Celery's still do:
signed form posts and XML replies, written here by hand because botocore no longer describes it.
"""

import base64
import urllib.parse
import xml.etree.ElementTree as ElementTree

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"

# Names of members on the wire where the query protocol has its own: lists are flattened.
LISTS = {
    "AWSAccountIds": "AWSAccountId",
    "Actions": "ActionName",
    "AttributeNames": "AttributeName",
    "MessageSystemAttributeNames": "AttributeName",
    "MessageAttributeNames": "MessageAttributeName",
    "TagKeys": "TagKey",
}
MAPS = {
    "Attributes": ("Attribute", "Name", "Value"),
    "tags": ("Tag", "Key", "Value"),
    "Tags": ("Tag", "Key", "Value"),
    "MessageAttributes": ("MessageAttribute", "Name", "Value"),
    "MessageSystemAttributes": ("MessageSystemAttribute", "Name", "Value"),
}
NUMBERS = {
    "ApproximateNumberOfMessagesMoved",
    "ApproximateNumberOfMessagesToMove",
    "MaxNumberOfMessagesPerSecond",
    "StartedTimestamp",
}


def sign(method, url, body, headers, access_key_id, secret_access_key, service="sqs"):
    """A request that an AWS SDK would send, as (url, headers, body)."""
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    SigV4Auth(Credentials(access_key_id, secret_access_key), service, "us-east-1").add_auth(request)
    return url, dict(request.headers), body


class JsonDoor:
    """boto3, JSON 1.0."""

    protocol = "json"

    def __init__(self, server):
        self.server = server
        self.client = server.client("sqs", parameter_validation=False)

    def call(self, action, **parameters):
        """Calls `action` and returns the reply without boto3's metadata."""
        name = "".join(f"_{c.lower()}" if c.isupper() else c for c in action).lstrip("_")
        reply = getattr(self.client, name)(**parameters)
        reply.pop("ResponseMetadata")
        return reply


class QueryDoor:
    """Form posts and XML."""

    protocol = "query"

    def __init__(self, server):
        self.server = server
        self.session = requests.Session()

    def call(self, action, **parameters):
        """Calls `action` and returns the reply in boto3's shape; errors are boto3's too."""
        response = self.send(form(action, parameters), parameters.get("QueueUrl"))
        root = ElementTree.fromstring(response.content)
        if response.status_code >= 300:
            raise query_error(action, response.status_code, root)
        result = root.find(f"{NAMESPACE}{action}Result")
        assert root.tag == f"{NAMESPACE}{action}Response", root.tag
        assert root.find(f"{NAMESPACE}ResponseMetadata/{NAMESPACE}RequestId") is not None
        return reply(action, result if result is not None else [])

    def send(self, fields, queue_url=None):
        """Posts a signed form: to the queue's own URL as old SDKs do, else to the root."""
        body = urllib.parse.urlencode(fields)
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        url, headers, body = sign(
            "POST",
            queue_url or f"{self.server.endpoint}/",
            body,
            headers,
            self.server.access_key_id,
            self.server.secret_access_key,
        )
        return self.session.post(url, data=body, headers=headers, timeout=60)


def form(action, parameters):
    """Parameters in boto3's shape as the fields of a form."""
    fields = [("Action", action), ("Version", "2012-11-05")]
    for member, value in parameters.items():
        fields += member_fields(action, member, value)
    return fields


def member_fields(action, member, value):
    """One member of a request, flattened."""
    if member == "Entries":
        fields = []
        for number, entry in enumerate(value, 1):
            prefix = f"{action}RequestEntry.{number}"
            for inner, inner_value in entry.items():
                for key, text in member_fields(action, inner, inner_value):
                    fields.append((f"{prefix}.{key}", text))
        return fields
    if member in MAPS:
        entry, key_name, value_name = MAPS[member]
        fields = []
        for number, (key, item) in enumerate(value.items(), 1):
            fields.append((f"{entry}.{number}.{key_name}", key))
            fields += value_fields(f"{entry}.{number}.{value_name}", item)
        return fields
    if member in LISTS:
        return [(f"{LISTS[member]}.{number}", item) for number, item in enumerate(value, 1)]
    return value_fields(member, value)


def value_fields(name, value):
    """A plain value, or a message attribute's structure."""
    if isinstance(value, dict):
        return [(f"{name}.{key}", text) for key, text in value_items(value)]
    return [(name, plain(value))]


def value_items(value):
    return [(key, plain(item)) for key, item in value.items()]


def plain(value):
    """A scalar as the query protocol writes it; blobs are base64."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def reply(action, result):
    """An action's result in boto3's shape."""
    lists = {
        "ListQueues": ("QueueUrl", "QueueUrls"),
        "ListDeadLetterSourceQueues": ("QueueUrl", "queueUrls"),
    }
    found = {}
    for element in result:
        tag = element.tag.removeprefix(NAMESPACE)
        if action in lists and tag == lists[action][0]:
            found.setdefault(lists[action][1], []).append(element.text)
        elif tag == "Attribute":
            found.setdefault("Attributes", {}).update(pair(element, "Name"))
        elif tag == "Tag":
            found.setdefault("Tags", {}).update(pair(element, "Key"))
        elif tag == "Message":
            found.setdefault("Messages", []).append(message(element))
        elif tag == "ListMessageMoveTasksResultEntry":
            found.setdefault("Results", []).append(scalars(element))
        elif tag == f"{action}ResultEntry":
            found.setdefault("Successful", []).append(scalars(element))
        elif tag == "BatchResultErrorEntry":
            entry = scalars(element)
            entry["SenderFault"] = entry["SenderFault"] == "true"
            found.setdefault("Failed", []).append(entry)
        else:
            found[tag] = number_or_text(tag, element.text)
    return found


def message(element):
    """A received message in boto3's shape."""
    found = {}
    for child in element:
        tag = child.tag.removeprefix(NAMESPACE)
        if tag == "Attribute":
            found.setdefault("Attributes", {}).update(pair(child, "Name"))
        elif tag == "MessageAttribute":
            value = scalars(child.find(f"{NAMESPACE}Value"))
            if "BinaryValue" in value:
                value["BinaryValue"] = base64.b64decode(value["BinaryValue"])
            key = child.find(f"{NAMESPACE}Name").text
            found.setdefault("MessageAttributes", {})[key] = value
        else:
            found[tag] = child.text or ""
    return found


def pair(element, key):
    value = element.find(f"{NAMESPACE}Value").text or ""
    return {element.find(f"{NAMESPACE}{key}").text: value}


def scalars(element):
    found = {}
    for child in element:
        tag = child.tag.removeprefix(NAMESPACE)
        found[tag] = number_or_text(tag, child.text)
    return found


def number_or_text(tag, text):
    return int(text) if tag in NUMBERS else text or ""


def query_error(action, status, root):
    """An `<ErrorResponse>` as the exception that boto3 would raise."""
    error = {child.tag.removeprefix(NAMESPACE): child.text for child in root[0]}
    parsed = {
        "Error": {
            "Code": error.get("Code"),
            "Message": error.get("Message"),
            "Type": error.get("Type"),
        },
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(parsed, action)

