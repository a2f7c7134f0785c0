"""Log groups that clients write to themselves; what functions print is in test_lambda.py."""

import time

import pytest


@pytest.fixture
def logs(client):
    return client("logs")


@pytest.fixture
def group(logs, name):
    """A log group with the streams `a` and `b`; returns its name."""
    made = name("/app/group")
    logs.create_log_group(logGroupName=made, tags={"team": "a"})
    for stream in ("a", "b"):
        logs.create_log_stream(logGroupName=made, logStreamName=stream)
    yield made
    try:
        logs.delete_log_group(logGroupName=made)
    except logs.exceptions.ResourceNotFoundException:
        pass


def put(logs, group, stream, *messages, at=None):
    """Puts messages a millisecond apart; returns the reply."""
    start = at or int(time.time() * 1000)
    events = [{"timestamp": start + n, "message": text} for n, text in enumerate(messages)]
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def test_events_are_read_back_in_order_and_page_by_page(logs, group):
    assert put(logs, group, "a", *[f"line {n}" for n in range(25)])["nextSequenceToken"]
    where = {"logGroupName": group, "logStreamName": "a"}
    page = logs.get_log_events(**where, startFromHead=True, limit=10)
    seen = []
    while page["events"]:
        seen += [event["message"] for event in page["events"]]
        page = logs.get_log_events(**where, nextToken=page["nextForwardToken"], limit=10)
    assert seen == [f"line {n}" for n in range(25)]
    last = logs.get_log_events(**where, limit=2)
    assert [event["message"] for event in last["events"]] == ["line 23", "line 24"]


def test_a_filter_looks_through_all_streams(logs, group):
    now = int(time.time() * 1000)
    put(logs, group, "a", "ERROR disk full", "INFO fine", at=now)
    put(logs, group, "b", "ERROR no route", at=now + 1)
    found = logs.filter_log_events(logGroupName=group, filterPattern="ERROR")
    assert [event["message"] for event in found["events"]] == ["ERROR disk full", "ERROR no route"]
    found = logs.filter_log_events(logGroupName=group, filterPattern="ERROR -disk")
    assert [event["logStreamName"] for event in found["events"]] == ["b"]
    found = logs.filter_log_events(logGroupName=group, startTime=now, endTime=now)
    assert len(found["events"]) == 1
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, PaginationConfig={"PageSize": 1}
    )
    assert sum(len(page["events"]) for page in pages) == 3


def test_groups_and_streams_are_described(logs, group):
    put(logs, group, "b", "x")
    shown = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [one["logGroupName"] for one in shown] == [group]
    assert shown[0]["arn"].endswith(f":log-group:{group}:*")
    streams = logs.describe_log_streams(
        logGroupName=group, orderBy="LastEventTime", descending=True
    )["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == ["b", "a"]
    assert "lastEventTimestamp" in streams[0] and "lastEventTimestamp" not in streams[1]


def test_what_is_wrong_is_refused_as_aws_refuses_it(logs, group, name):
    exceptions = logs.exceptions
    with pytest.raises(exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    with pytest.raises(exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=group, logStreamName="a")
    with pytest.raises(exceptions.ResourceNotFoundException):
        put(logs, group, "none", "x")
    with pytest.raises(exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupName=name("none"))
    now = int(time.time() * 1000)
    backwards = [{"timestamp": now, "message": "x"}, {"timestamp": now - 1, "message": "y"}]
    with pytest.raises(exceptions.InvalidParameterException):
        logs.put_log_events(logGroupName=group, logStreamName="a", logEvents=backwards)
    rejected = put(logs, group, "a", "long ago", at=now - 15 * 24 * 60 * 60 * 1000)
    assert rejected["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}


def test_a_deleted_group_is_gone_and_so_are_its_events(logs, group):
    put(logs, group, "a", "x")
    logs.delete_log_group(logGroupName=group)
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupName=group)
    logs.create_log_group(logGroupName=group)
    assert logs.filter_log_events(logGroupName=group)["events"] == []
