"""Buckets through boto3, the CLI and bare HTTP: what S3 answers, ours must answer.

Expected codes, statuses and elements are those of Amazon S3 today: SSE-S3 on everything, CRC64NVME
where the client sends no checksum, ACLs disabled.
"""

import base64
import hashlib
import io
import json
import os
import re
import time
import zlib

import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1024 * 1024


@pytest.fixture
def s3(client):
    return client("s3")


@pytest.fixture
def bucket(s3, name):
    """An empty bucket of the test's own."""
    bucket = name("bucket")
    s3.create_bucket(Bucket=bucket)
    return bucket


def refused(code, status, call, **arguments):
    """Calls, and returns the error response, which must have this code and status."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    assert response["Error"]["Code"] == code, response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status, response
    return response


def keys(listing):
    return [entry["Key"] for entry in listing.get("Contents", [])]


def prefixes(listing):
    return [entry["Prefix"] for entry in listing.get("CommonPrefixes", [])]


# Buckets


def test_a_bucket_is_created_found_listed_and_deleted(s3, name):
    bucket = name("bucket")
    refused("404", 404, s3.head_bucket, Bucket=bucket)
    assert s3.create_bucket(Bucket=bucket)["Location"] == f"/{bucket}"
    s3.create_bucket(Bucket=bucket)  # us-east-1 forgives its own owner
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=bucket).get("LocationConstraint") is None
    listed = s3.list_buckets(Prefix=bucket)
    assert [entry["Name"] for entry in listed["Buckets"]] == [bucket]
    assert len(listed["Owner"]["ID"]) == 64
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    error = refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket=bucket)
    assert error["Error"]["BucketName"] == bucket
    s3.delete_object(Bucket=bucket, Key="a")
    s3.delete_bucket(Bucket=bucket)
    refused("NoSuchBucket", 404, s3.delete_bucket, Bucket=bucket)
    refused("NoSuchBucket", 404, s3.list_objects_v2, Bucket=bucket)


def test_buckets_are_listed_by_pages(s3, name):
    stem = name("paged")
    wanted = [f"{stem}-{number}" for number in range(5)]
    for bucket in reversed(wanted):
        s3.create_bucket(Bucket=bucket)
    pages = s3.get_paginator("list_buckets").paginate(
        Prefix=stem, PaginationConfig={"PageSize": 2}
    )
    found = [[entry["Name"] for entry in page["Buckets"]] for page in pages]
    assert [len(page) for page in found] == [2, 2, 1]
    assert sum(found, []) == wanted


def test_a_location_constraint_is_kept(client, name):
    ireland = client("s3", region_name="eu-west-1")
    bucket = name("bucket")
    refused("IllegalLocationConstraintException", 400, ireland.create_bucket, Bucket=bucket)
    where = {"LocationConstraint": "eu-west-1"}
    ireland.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    assert ireland.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-west-1"
    refused(
        "BucketAlreadyOwnedByYou",
        409,
        ireland.create_bucket,
        Bucket=bucket,
        CreateBucketConfiguration=where,
    )


def test_a_bad_bucket_name_is_refused(client):
    s3 = client("s3", parameter_validation=False)
    for bad in ["Upper", "under_score", "a..b", "192.168.0.1"]:
        refused("InvalidBucketName", 400, s3.create_bucket, Bucket=bad)


def test_settings_are_told_and_changes_of_them_refused(s3, bucket):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    as_it_is = {"Rules": rules}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=as_it_is)
    with_key = {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "alias/mine"}
    for rule, named in [
        ({**rules[0], "BucketKeyEnabled": True}, "BucketKeyEnabled"),
        ({"ApplyServerSideEncryptionByDefault": with_key}, "KMSMasterKeyID"),
    ]:
        configuration = {"Rules": [rule]}
        error = refused(
            "NotImplemented",
            501,
            s3.put_bucket_encryption,
            Bucket=bucket,
            ServerSideEncryptionConfiguration=configuration,
        )
        assert named in error["Error"]["Message"]
    controls = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert controls["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    acl = s3.get_bucket_acl(Bucket=bucket)
    assert acl["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert acl["Grants"][0]["Grantee"]["ID"] == acl["Owner"]["ID"]
    refused("NoSuchTagSet", 404, s3.get_bucket_tagging, Bucket=bucket)
    refused("NoSuchBucketPolicy", 404, s3.get_bucket_policy, Bucket=bucket)
    lifecycle = s3.get_bucket_lifecycle_configuration
    refused("NoSuchLifecycleConfiguration", 404, lifecycle, Bucket=bucket)
    refused(
        "NotImplemented",
        501,
        s3.put_bucket_versioning,
        Bucket=bucket,
        VersioningConfiguration={"Status": "Enabled"},
    )
    refused("NotImplemented", 501, s3.put_bucket_policy, Bucket=bucket, Policy="{}")


# Objects


@pytest.mark.parametrize("size", [0, 1, 32 * 1024, 32 * 1024 + 1, 3 * MIB + 7])
def test_an_object_comes_back_as_it_was_put(s3, bucket, size):
    body = os.urandom(size)
    put = s3.put_object(
        Bucket=bucket,
        Key="in/ä +%&.bin",
        Body=body,
        ContentType="text/plain",
        CacheControl="no-cache",
        ContentDisposition="inline",
        ContentEncoding="identity",
        ContentLanguage="de",
        Metadata={"colour": "blue", "size": str(size)},
    )
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert put["ServerSideEncryption"] == "AES256"
    assert put["ChecksumType"] == "FULL_OBJECT"
    crc32 = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    assert put["ChecksumCRC32"] == crc32  # boto3 chooses CRC32 and sends it behind the data

    got = s3.get_object(Bucket=bucket, Key="in/ä +%&.bin", ChecksumMode="ENABLED")
    assert got["Body"].read() == body
    head = s3.head_object(Bucket=bucket, Key="in/ä +%&.bin", ChecksumMode="ENABLED")
    for answer in (got, head):
        assert answer["ContentLength"] == size
        assert answer["ContentType"] == "text/plain"
        assert answer["CacheControl"] == "no-cache"
        assert answer["ContentDisposition"] == "inline"
        assert answer["ContentEncoding"] == "identity"
        assert answer["ContentLanguage"] == "de"
        assert answer["Metadata"] == {"colour": "blue", "size": str(size)}
        assert answer["ETag"] == put["ETag"]
        assert answer["ChecksumCRC32"] == crc32
        assert answer["AcceptRanges"] == "bytes"
        assert abs(answer["LastModified"].timestamp() - time.time()) < 60


def test_a_put_replaces_what_was_there(s3, bucket):
    for body in [b"small", os.urandom(100_000), b"small again"]:
        s3.put_object(Bucket=bucket, Key="a", Body=body)
        assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == body
    s3.delete_object(Bucket=bucket, Key="a")
    s3.delete_object(Bucket=bucket, Key="a")
    error = refused("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="a")
    assert error["Error"]["Key"] == "a"
    assert error["Error"]["Resource"] == f"/{bucket}/a"
    assert error["ResponseMetadata"]["RequestId"]
    assert error["ResponseMetadata"]["HostId"]
    refused("404", 404, s3.head_object, Bucket=bucket, Key="a")


def test_a_client_s_own_checksum_is_checked_and_kept(s3, bucket):
    """The published check values of 123456789, which botocore itself cannot compute bare."""
    for field, value in [("ChecksumCRC32C", "4waSgw=="), ("ChecksumCRC64NVME", "rosUhgp5mIg=")]:
        put = {"Bucket": bucket, "Key": field}
        s3.put_object(**put, Body=b"123456789", **{field: value})
        assert s3.head_object(**put, ChecksumMode="ENABLED")[field] == value
        refused("BadDigest", 400, s3.put_object, **put, Body=b"other", **{field: value})


def test_sha_checksums_are_the_right_ones(s3, bucket):
    body = b"checked" * 10_000
    for algorithm, digest in [("SHA1", hashlib.sha1), ("SHA256", hashlib.sha256)]:
        put = s3.put_object(Bucket=bucket, Key=algorithm, Body=body, ChecksumAlgorithm=algorithm)
        expected = base64.b64encode(digest(body).digest()).decode()
        assert put[f"Checksum{algorithm}"] == expected
        head = s3.head_object(Bucket=bucket, Key=algorithm, ChecksumMode="ENABLED")
        assert head[f"Checksum{algorithm}"] == expected


def test_without_a_checksum_s3_adds_its_own(client, bucket):
    bare = client("s3", config=Config(request_checksum_calculation="when_required"))
    put = bare.put_object(Bucket=bucket, Key="a", Body=b"123456789")
    assert put["ChecksumCRC64NVME"] == "rosUhgp5mIg="
    assert put["ChecksumType"] == "FULL_OBJECT"
    assert bare.head_object(Bucket=bucket, Key="a")["ContentType"] == "binary/octet-stream"


def test_a_wrong_digest_changes_nothing(s3, bucket):
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    refused("BadDigest", 400, s3.put_object, Bucket=bucket, Key="a", Body=b"x", ContentMD5=wrong)
    refused(
        "InvalidDigest", 400, s3.put_object, Bucket=bucket, Key="a", Body=b"x", ContentMD5="bad"
    )
    refused(
        "BadDigest",
        400,
        s3.put_object,
        Bucket=bucket,
        Key="a",
        Body=os.urandom(100_000),
        ChecksumCRC32="AAAAAA==",
    )
    assert keys(s3.list_objects_v2(Bucket=bucket)) == []


def test_ranges(s3, bucket):
    body = os.urandom(2 * MIB + 100)
    s3.put_object(Bucket=bucket, Key="big", Body=body)
    for text, expected in [
        ("bytes=0-0", body[:1]),
        ("bytes=100-199", body[100:200]),
        ("bytes=2097152-", body[2097152:]),
        ("bytes=-10", body[-10:]),
        ("bytes=0-99999999", body),
    ]:
        got = s3.get_object(Bucket=bucket, Key="big", Range=text)
        assert got["Body"].read() == expected, text
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert got["ContentRange"].endswith(f"/{len(body)}")
        assert got["ContentLength"] == len(expected)
    # What S3 does not serve it ignores: the object comes whole.
    for text in ["bytes=0-1,4-5", "bytes=0-1, -3", "bytes=9-1", "items=0-1", "nonsense"]:
        got = s3.get_object(Bucket=bucket, Key="big", Range=text)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 200 and "ContentRange" not in got, text
        assert got["Body"].read() == body, text
        found = s3.head_object(Bucket=bucket, Key="big", Range=text)
        assert found["ContentLength"] == len(body), text
    error = refused(
        "InvalidRange", 416, s3.get_object, Bucket=bucket, Key="big", Range="bytes=9999999-"
    )
    assert error["Error"]["ActualObjectSize"] == str(len(body))


def test_conditional_reads(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"1")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="a")["LastModified"]
    for read in (s3.get_object, s3.head_object):
        read(Bucket=bucket, Key="a", IfMatch=etag)
        read(Bucket=bucket, Key="a", IfNoneMatch='"0"')
        read(Bucket=bucket, Key="a", IfUnmodifiedSince=modified)
        error = refused("304", 304, read, Bucket=bucket, Key="a", IfNoneMatch=etag)
        headers = error["ResponseMetadata"]["HTTPHeaders"]
        assert headers["etag"] == etag
        refused("304", 304, read, Bucket=bucket, Key="a", IfModifiedSince=modified)
    refused("PreconditionFailed", 412, s3.get_object, Bucket=bucket, Key="a", IfMatch='"0"')
    refused("412", 412, s3.head_object, Bucket=bucket, Key="a", IfMatch='"0"')


def test_conditional_writes(s3, bucket):
    lock = {"Bucket": bucket, "Key": "lock"}
    s3.put_object(**lock, Body=b"1", IfNoneMatch="*")
    error = refused("PreconditionFailed", 412, s3.put_object, **lock, Body=b"2", IfNoneMatch="*")
    assert error["Error"]["Condition"] == "If-None-Match"
    etag = s3.head_object(**lock)["ETag"]
    new = s3.put_object(**lock, Body=b"3", IfMatch=etag)["ETag"]
    refused("PreconditionFailed", 412, s3.put_object, **lock, Body=b"4", IfMatch=etag)
    refused("NoSuchKey", 404, s3.put_object, Bucket=bucket, Key="none", Body=b"5", IfMatch=etag)
    refused("PreconditionFailed", 412, s3.delete_object, Bucket=bucket, Key="lock", IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="lock")["Body"].read() == b"3"
    s3.delete_object(Bucket=bucket, Key="lock", IfMatch=new)


def test_many_keys_are_deleted_at_once(s3, bucket):
    for key in ["a", "b/1", "c&<>"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    doomed = [{"Key": key} for key in ["a", "c&<>", "never there", "k" * 1025]]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed})
    assert [entry["Key"] for entry in answer["Deleted"]] == ["a", "c&<>", "never there"]
    assert [entry["Code"] for entry in answer["Errors"]] == ["KeyTooLongError"]
    assert keys(s3.list_objects_v2(Bucket=bucket)) == ["b/1"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "b/1"}], "Quiet": True})
    assert "Deleted" not in quiet
    refused("MalformedXML", 400, s3.delete_objects, Bucket=bucket, Delete={"Objects": []})


def test_what_is_not_served_is_refused_by_name(s3, bucket):
    put = {"Bucket": bucket, "Key": "a", "Body": b"1"}
    for arguments in [
        {"Tagging": "a=b"},
        {"ObjectLockMode": "GOVERNANCE"},
        {"ServerSideEncryption": "aws:kms"},
        {"WebsiteRedirectLocation": "/b"},
        {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32},
    ]:
        try:
            refused("NotImplemented", 501, s3.put_object, **put, **arguments)
        except ValueError:
            pass  # boto3 sends customer keys over TLS only
    refused("AccessControlListNotSupported", 400, s3.put_object, **put, ACL="public-read")
    refused("InvalidStorageClass", 400, s3.put_object, **put, StorageClass="GLACIER")
    s3.put_object(**put, ACL="bucket-owner-full-control", StorageClass="STANDARD")
    refused("InvalidArgument", 400, s3.get_object, Bucket=bucket, Key="a", VersionId="abc")
    refused(
        "AccessDenied", 403, s3.get_object, Bucket=bucket, Key="a", ExpectedBucketOwner="9" * 12
    )


def test_metadata_has_a_limit(s3, bucket):
    error = refused(
        "MetadataTooLarge", 400, s3.put_object, Bucket=bucket, Key="a", Metadata={"k": "v" * 2048}
    )
    assert error["Error"]["MaxSizeAllowed"] == "2048"


# Copies


def test_a_copy_keeps_or_replaces_metadata(s3, bucket):
    body = os.urandom(100_000)
    etag = s3.put_object(
        Bucket=bucket, Key="a b", Body=body, ContentType="text/x", Metadata={"m": "1"}
    )["ETag"]
    source = {"Bucket": bucket, "Key": "a b"}
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    assert copied["CopyObjectResult"]["ETag"] == etag
    head = s3.head_object(Bucket=bucket, Key="copy")
    assert (head["ContentType"], head["Metadata"]) == ("text/x", {"m": "1"})
    s3.copy_object(
        Bucket=bucket,
        Key="copy",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"m": "2"},
        ContentType="text/y",
    )
    head = s3.head_object(Bucket=bucket, Key="copy")
    assert (head["ContentType"], head["Metadata"]) == ("text/y", {"m": "2"})
    s3.delete_object(Bucket=bucket, Key="a b")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == body
    refused("NoSuchKey", 404, s3.copy_object, Bucket=bucket, Key="c", CopySource=source)
    itself = {"Bucket": bucket, "Key": "copy"}
    refused("InvalidRequest", 400, s3.copy_object, Bucket=bucket, Key="copy", CopySource=itself)
    refused(
        "PreconditionFailed",
        412,
        s3.copy_object,
        Bucket=bucket,
        Key="c",
        CopySource=itself,
        CopySourceIfNoneMatch=etag,
    )


# Listings


def test_both_listings_page_and_roll_up(s3, bucket):
    wanted = sorted(["a", "b/1", "b/2", "b/3/x", "c d", "ü/1", "z"], key=lambda key: key.encode())
    for key in wanted:
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    for operation in ["list_objects", "list_objects_v2"]:
        pages = list(
            s3.get_paginator(operation).paginate(
                Bucket=bucket, PaginationConfig={"PageSize": 3}
            )
        )
        assert sum(map(keys, pages), []) == wanted, operation
        assert [page["IsTruncated"] for page in pages] == [True, True, False]
        rolled = list(
            s3.get_paginator(operation).paginate(
                Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2}
            )
        )
        assert sum(map(keys, rolled), []) == ["a", "c d", "z"], operation
        assert sum(map(prefixes, rolled), []) == ["b/", "ü/"], operation
    listing = s3.list_objects_v2(Bucket=bucket, Prefix="b/", Delimiter="/", FetchOwner=True)
    assert (keys(listing), prefixes(listing)) == (["b/1", "b/2"], ["b/3/"])
    assert listing["KeyCount"] == 3
    assert listing["Contents"][0]["Owner"]["ID"]
    assert listing["Contents"][0]["StorageClass"] == "STANDARD"
    assert keys(s3.list_objects_v2(Bucket=bucket, StartAfter="c d")) == ["z", "ü/1"]
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["KeyCount"] == 0
    refused(
        "InvalidArgument", 400, s3.list_objects_v2, Bucket=bucket, ContinuationToken="not a token"
    )
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [(entry["Key"], entry["VersionId"]) for entry in versions] == [
        (key, "null") for key in wanted
    ]


# Multipart uploads


def upload_parts(s3, bucket, key, upload, bodies, **options):
    parts = []
    for number, body in bodies.items():
        answer = s3.upload_part(
            Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body, **options
        )
        part = {"PartNumber": number, "ETag": answer["ETag"]}
        part.update({field: answer[field] for field in answer if re.match(r"Checksum[CS]", field)})
        parts.append(part)
    return parts


def test_parts_become_an_object(s3, bucket):
    bodies = {1: os.urandom(5 * MIB), 3: os.urandom(5 * MIB + 1), 7: b"tail"}
    whole = b"".join(bodies.values())
    upload = s3.create_multipart_upload(
        Bucket=bucket,
        Key="big",
        ContentType="video/x",
        Metadata={"m": "1"},
        ChecksumAlgorithm="CRC32",
    )["UploadId"]
    listed = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [(entry["Key"], entry["UploadId"]) for entry in listed] == [("big", upload)]
    upload_parts(s3, bucket, "big", upload, {3: b"replaced below", 5: b"left out"})
    parts = upload_parts(s3, bucket, "big", upload, bodies)
    listing = s3.list_parts(Bucket=bucket, Key="big", UploadId=upload)
    assert [part["PartNumber"] for part in listing["Parts"]] == [1, 3, 5, 7]
    done = s3.complete_multipart_upload(
        Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    md5s = b"".join(hashlib.md5(body).digest() for body in bodies.values())
    assert done["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-3"'
    crcs = b"".join(zlib.crc32(body).to_bytes(4, "big") for body in bodies.values())
    composite = base64.b64encode(zlib.crc32(crcs).to_bytes(4, "big")).decode() + "-3"
    assert (done["ChecksumType"], done["ChecksumCRC32"]) == ("COMPOSITE", composite)
    again = s3.complete_multipart_upload(
        Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    assert again["ETag"] == done["ETag"], "a repeated completion gets the same answer"
    got = s3.get_object(Bucket=bucket, Key="big")
    assert got["Body"].read() == whole
    assert (got["ContentType"], got["Metadata"]) == ("video/x", {"m": "1"})
    seam = 5 * MIB
    ranged = s3.get_object(Bucket=bucket, Key="big", Range=f"bytes={seam - 2}-{seam + 1}")
    assert ranged["Body"].read() == whole[seam - 2 : seam + 2]
    part = s3.get_object(Bucket=bucket, Key="big", PartNumber=7)
    assert (part["Body"].read(), part["PartsCount"]) == (b"tail", 3)
    attributes = s3.get_object_attributes(
        Bucket=bucket, Key="big", ObjectAttributes=["ETag", "Checksum", "ObjectParts", "ObjectSize"]
    )
    assert attributes["ObjectSize"] == len(whole)
    assert attributes["ObjectParts"]["TotalPartsCount"] == 3
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_a_full_object_checksum_is_combined(s3, bucket):
    bodies = {1: os.urandom(5 * MIB), 2: os.urandom(MIB)}
    upload = s3.create_multipart_upload(
        Bucket=bucket, Key="big", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT"
    )["UploadId"]
    parts = upload_parts(s3, bucket, "big", upload, bodies, ChecksumAlgorithm="CRC32")
    whole = base64.b64encode(zlib.crc32(b"".join(bodies.values())).to_bytes(4, "big")).decode()
    completion = {"Bucket": bucket, "Key": "big", "UploadId": upload}
    completion["MultipartUpload"] = {"Parts": parts}
    refused(
        "BadDigest", 400, s3.complete_multipart_upload, **completion, ChecksumCRC32="AAAAAA=="
    )
    done = s3.complete_multipart_upload(**completion, ChecksumCRC32=whole)
    assert (done["ChecksumType"], done["ChecksumCRC32"]) == ("FULL_OBJECT", whole)


def test_wrong_completions_are_refused(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    target = {"Bucket": bucket, "Key": "big", "UploadId": upload}
    parts = upload_parts(s3, bucket, "big", upload, {1: b"small", 2: b"tail"})
    complete = s3.complete_multipart_upload

    def with_parts(*parts):
        return {**target, "MultipartUpload": {"Parts": list(parts)}}

    refused("EntityTooSmall", 400, complete, **with_parts(*parts))
    refused("InvalidPartOrder", 400, complete, **with_parts(parts[1], parts[0]))
    refused("InvalidPart", 400, complete, **with_parts({**parts[1], "ETag": '"0"'}))
    refused("MalformedXML", 400, complete, **with_parts())
    s3.abort_multipart_upload(**target)
    refused("NoSuchUpload", 404, s3.abort_multipart_upload, **target)
    refused("NoSuchUpload", 404, s3.upload_part, **target, PartNumber=1, Body=b"late")
    refused("NoSuchUpload", 404, complete, **with_parts(*parts))


def test_parts_are_copied_from_objects(s3, bucket):
    body = os.urandom(6 * MIB)
    s3.put_object(Bucket=bucket, Key="source", Body=body)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="copy")["UploadId"]
    parts = []
    for number, ranged in [(1, "bytes=0-5242879"), (2, "bytes=5242880-6291455")]:
        answer = s3.upload_part_copy(
            Bucket=bucket,
            Key="copy",
            UploadId=upload,
            PartNumber=number,
            CopySource={"Bucket": bucket, "Key": "source"},
            CopySourceRange=ranged,
        )["CopyPartResult"]
        part = {"PartNumber": number, "ETag": answer["ETag"]}
        part.update({field: answer[field] for field in answer if re.match(r"Checksum[CS]", field)})
        parts.append(part)
    done = s3.complete_multipart_upload(
        Bucket=bucket, Key="copy", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    assert done["ChecksumType"] == "FULL_OBJECT" and done["ChecksumCRC64NVME"]
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == body


def test_the_transfer_manager_sends_and_fetches_by_parts(s3, bucket):
    body = os.urandom(20 * MIB)
    s3.upload_fileobj(io.BytesIO(body), bucket, "big")
    assert "-" in s3.head_object(Bucket=bucket, Key="big")["ETag"]
    fetched = io.BytesIO()
    s3.download_fileobj(bucket, "big", fetched)
    assert fetched.getvalue() == body
    s3.copy({"Bucket": bucket, "Key": "big"}, bucket, "copy")
    assert s3.head_object(Bucket=bucket, Key="copy")["ContentLength"] == len(body)


# Presigned URLs, addressing, signatures


@pytest.mark.parametrize("version", [None, "s3v4"])
def test_presigned_urls_work_until_they_are_touched(client, bucket, version):
    """Without being told, boto3 presigns with the old signature in us-east-1."""
    s3 = client("s3", config=Config(signature_version=version))
    target = {"Bucket": bucket, "Key": "a b/ü"}
    put = s3.generate_presigned_url("put_object", Params=target, ExpiresIn=60)
    assert requests.put(put, data=b"sent", timeout=60).status_code == 200
    get = s3.generate_presigned_url(
        "get_object", Params={**target, "ResponseContentType": "text/x"}, ExpiresIn=60
    )
    answer = requests.get(get, timeout=60)
    assert (answer.content, answer.headers["content-type"]) == (b"sent", "text/x")
    other = requests.get(get.replace("/a%20b/", "/b/"), timeout=60)
    assert (other.status_code, "SignatureDoesNotMatch" in other.text) == (403, True)
    expired = s3.generate_presigned_url("get_object", Params=target, ExpiresIn=1)
    time.sleep(2.1)
    answer = requests.get(expired, timeout=60)
    assert (answer.status_code, "AccessDenied" in answer.text) == (403, True)


def test_virtual_hosts_name_the_bucket(client, server, bucket):
    port = server.endpoint.rsplit(":", 1)[1]
    by_host = client(
        "s3",
        endpoint_url=f"http://localhost:{port}",
        config=Config(s3={"addressing_style": "virtual"}, signature_version="s3v4"),
    )
    host = by_host.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    assert f"//{bucket}.localhost:{port}/k" in host
    # Not every system resolves names below localhost, so the name goes into the header by hand.
    signed = by_host.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"})
    direct = signed.replace(f"//{bucket}.localhost:{port}", f"//127.0.0.1:{port}")
    headers = {"Host": f"{bucket}.localhost:{port}"}
    assert requests.put(direct, data=b"1", headers=headers, timeout=60).status_code == 200
    assert client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_strangers_are_refused(client, server, bucket):
    unsigned = requests.get(f"{server.endpoint}/{bucket}?list-type=2", timeout=60)
    assert (unsigned.status_code, "<Code>AccessDenied</Code>" in unsigned.text) == (403, True)
    assert unsigned.headers["x-amz-request-id"]
    unknown = client("s3", aws_access_key_id="AKIAUNKNOWN")
    refused("InvalidAccessKeyId", 403, unknown.list_buckets)
    wrong = client("s3", aws_secret_access_key="wrong")
    refused("SignatureDoesNotMatch", 403, wrong.list_buckets)
    older = client("s3", config=Config(signature_version="s3"))
    refused("InvalidRequest", 400, older.list_buckets)


def test_a_body_that_was_changed_on_the_way_is_refused(s3, server, bucket):
    """The payload's hash is signed: another payload of the same length does not pass."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    credentials = Credentials(server.access_key_id, server.secret_access_key)
    for size in (10, 100_000):
        request = AWSRequest("PUT", f"{server.endpoint}/{bucket}/k", data=b"a" * size)
        request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(b"a" * size).hexdigest()
        request.context["payload_signing_enabled"] = True
        S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
        answer = requests.put(
            request.url, data=b"b" * size, headers=dict(request.headers), timeout=10
        )
        assert answer.status_code == 400, answer.text
        assert "XAmzContentSHA256Mismatch" in answer.text
    assert keys(s3.list_objects_v2(Bucket=bucket)) == []


# Notifications


@pytest.fixture
def queue(client, name):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name("notices"))["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, attributes["Attributes"]["QueueArn"]


def receive(client, url, count, until):
    """Receives `count` messages, and deletes them."""
    sqs = client("sqs")
    bodies = []

    def enough():
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            bodies.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(bodies) >= count

    until(enough)
    return bodies


def test_a_bucket_tells_its_queue(client, s3, bucket, queue, until):
    url, arn = queue
    rule = {
        "Id": "uploads",
        "QueueArn": arn,
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
    }
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [rule]}
    )
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    assert kept[0]["Filter"]["Key"]["FilterRules"] == [{"Name": "Prefix", "Value": "in/"}]
    (test,) = receive(client, url, 1, until)
    assert (test["Event"], test["Bucket"]) == ("s3:TestEvent", bucket)

    put = s3.put_object(Bucket=bucket, Key="in/my cat (1).jpg", Body=b"meow")
    s3.put_object(Bucket=bucket, Key="out/dog.jpg", Body=b"woof")
    s3.copy_object(Bucket=bucket, Key="in/copy", CopySource=f"{bucket}/out/dog.jpg")
    s3.delete_object(Bucket=bucket, Key="in/copy")
    records = [body["Records"][0] for body in receive(client, url, 3, until)]
    records.sort(key=lambda record: record["s3"]["object"]["sequencer"])
    assert [record["eventName"] for record in records] == [
        "ObjectCreated:Put",
        "ObjectCreated:Copy",
        "ObjectRemoved:Delete",
    ]
    first = records[0]
    assert (first["eventVersion"], first["eventSource"]) == ("2.1", "aws:s3")
    assert first["awsRegion"] == "us-east-1"
    assert first["s3"]["configurationId"] == "uploads"
    assert first["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{bucket}"
    assert first["s3"]["object"]["key"] == "in/my+cat+%281%29.jpg"
    assert first["s3"]["object"]["size"] == 4
    assert f'"{first["s3"]["object"]["eTag"]}"' == put["ETag"]
    assert first["responseElements"]["x-amz-request-id"] == put["ResponseMetadata"]["RequestId"]
    assert "size" not in records[2]["s3"]["object"]


def test_wrong_notification_configurations_are_refused(s3, bucket, queue):
    _, arn = queue

    def put(*rules, **more):
        configuration = {"QueueConfigurations": list(rules), **more}
        return refused(
            "NotImplemented" if more else "InvalidArgument",
            501 if more else 400,
            s3.put_bucket_notification_configuration,
            Bucket=bucket,
            NotificationConfiguration=configuration,
        )

    created = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    gone = put({**created, "QueueArn": arn + "-gone"})
    assert "Unable to validate the following destination" in gone["Error"]["Message"]
    overlap = put(created, {"QueueArn": arn, "Events": ["s3:ObjectCreated:Put"]})
    assert "overlap" in overlap["Error"]["Message"]
    put({"QueueArn": arn, "Events": ["s3:ObjectEaten:*"]})
    put(EventBridgeConfiguration={})
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)


# The CLI, and time


def test_the_cli_copies_a_large_file_there_and_back(aws, bucket, tmp_path):
    there, back = tmp_path / "there", tmp_path / "back"
    with there.open("wb") as file:
        for _ in range(100):
            file.write(os.urandom(MIB))
    aws("s3", "cp", there, f"s3://{bucket}/large", "--no-progress", text=True)
    aws("s3", "cp", f"s3://{bucket}/large", back, "--no-progress", text=True)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (there, back)]
    assert digests[0] == digests[1]
    assert "large" in aws("s3", "ls", f"s3://{bucket}/", text=True)
    aws("s3", "rb", f"s3://{bucket}", "--force", text=True)


def test_objects_survive_a_kill(start_server, name):
    server = start_server()
    s3 = server.client("s3")
    bucket = name("bucket")
    s3.create_bucket(Bucket=bucket)
    bodies = {f"k{size}": os.urandom(size) for size in (0, 10, 40_000, 3 * MIB)}
    for key, body in bodies.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    parts = upload_parts(s3, bucket, "parts", upload, {1: os.urandom(5 * MIB), 2: b"tail"})
    server.restart()
    s3 = server.client("s3")
    for key, body in bodies.items():
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body
    s3.complete_multipart_upload(
        Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    assert s3.head_object(Bucket=bucket, Key="parts")["ContentLength"] == 5 * MIB + 4
