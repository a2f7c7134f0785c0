"""A bucket tells a queue, which feeds a function: each in a partition of its own.

Where a name lies depends on its hash, so the names are fixed here; a unit test of the kernel's
`partition` module holds that they lie apart. Every hand-over thus leaves one partition's log and
enters another's, and a kill in the middle must lose none. The server gives each its own thread,
whatever the machine would have it do.
"""

from server import ACCOUNT, REGION
from test_lambda import ROLE, RUNTIME, package

BUCKET = "three-partitions-photos"
QUEUE = "three-partitions-notices"
FUNCTION = "three-partitions-resize"

HALVE = """
import json
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        for notice in json.loads(record["body"]).get("Records", []):
            bucket, key = notice["s3"]["bucket"]["name"], notice["s3"]["object"]["key"]
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            halved = "out/" + key.removeprefix("in/")
            s3.put_object(Bucket=bucket, Key=halved, Body=body[: len(body) // 2])
"""


def test_a_bucket_a_queue_and_a_function_in_three_partitions(start_server, tmp_path, until):
    config = tmp_path / "tidemill.toml"
    config.write_text("partition_threads = 16\n")
    server = start_server(config=config)
    s3, sqs, lambdas = (server.client(service) for service in ("s3", "sqs", "lambda"))
    s3.create_bucket(Bucket=BUCKET)
    url = sqs.create_queue(QueueName=QUEUE, Attributes={"VisibilityTimeout": "10"})["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}"
    rule = {
        "QueueArn": arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
    }
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [rule]}
    )
    lambdas.create_function(
        FunctionName=FUNCTION,
        Role=ROLE,
        Runtime=RUNTIME,
        Handler="app.handler",
        Timeout=10,
        Code={"ZipFile": package(HALVE)},
    )
    lambdas.create_event_source_mapping(FunctionName=FUNCTION, EventSourceArn=arn, BatchSize=2)

    photos = {f"photo-{number}": b"%d" % number * 50_000 for number in range(8)}
    for count, (photo, body) in enumerate(photos.items()):
        s3.put_object(Bucket=BUCKET, Key=f"in/{photo}", Body=body)
        if count == 3:
            server.restart()
            s3, sqs = server.client("s3"), server.client("sqs")

    def results():
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="out/").get("Contents", [])
        return {entry["Key"].removeprefix("out/"): entry["Size"] for entry in listed}

    expected = {photo: len(body) // 2 for photo, body in photos.items()}
    until(lambda: results() == expected)
    for photo, body in photos.items():
        halved = s3.get_object(Bucket=BUCKET, Key=f"out/{photo}")["Body"].read()
        assert halved == body[: len(body) // 2]

    def left():
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return {shown[each] for each in names}

    until(lambda: left() == {"0"})
