"""The example's parts, each on its own and without a server."""

import http.client
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import check  # noqa: E402
import documents  # noqa: E402
import proofreading  # noqa: E402


def post(service, path, body=b"", **headers):
    connection = http.client.HTTPConnection(*service.server_address, timeout=10)
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    return response.status, response.read()


def test_the_documents_are_real_and_the_same_every_time(tmp_path):
    first = documents.make(tmp_path / "a", 40, video_megabytes=1)
    second = documents.make(tmp_path / "b", 40, video_megabytes=1)
    assert len(first) == len(set(first)) == 40
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert {path.suffix for path in first} == {".txt", ".pdf", ".mp4"}
    assert max(path.stat().st_size for path in first) > 1024 * 1024


def test_the_checker_and_the_service_agree_without_sharing_code(tmp_path):
    for path in documents.make(tmp_path, 60, video_megabytes=1):
        content = path.read_bytes()
        assert proofreading.normalized(content).encode() == check.expected(content), path


def test_encodings_and_line_endings_do_not_change_the_text():
    text = "Größe \t\r\n\r\n\r\n\r\nœuvre"
    forms = {proofreading.normalized(documents.encode(text, e)) for e in documents.ENCODINGS}
    assert forms == {"Größe\n\nœuvre\n"}


def test_the_service_fails_about_a_fifth_until_it_is_mended():
    service = proofreading.start(slowness=0)
    statuses = []
    for number in range(400):
        name = f"document {number}"
        statuses.append(post(service, "/proofread", b"text", **{"Document-Name": name})[0])
    failed = sum(status != 200 for status in statuses)
    assert 50 < failed < 110, failed
    assert {200, 422, 503} == set(statuses)
    assert post(service, "/mode?healthy")[0] == 200
    again = [post(service, "/proofread", b"text")[0] for _ in range(50)]
    assert set(again) == {200}


def test_a_document_without_text_gives_its_digest():
    service = proofreading.start(slowness=0)
    post(service, "/mode?healthy")
    status, text = post(service, "/proofread", b"\x00\x01" * 100_000)
    assert status == 200
    assert text.startswith(b"no text\nsha256 ") and text.endswith(b"bytes 200000\n")
