//! The fuzz target about S3's front, on bytes made up by proptest: bounded, and with any compiler.
#![expect(clippy::indexing_slicing, reason = "a target may fail where it stands")]

#[path = "../../../fuzz/targets/s3_requests.rs"]
mod s3_requests;

use proptest::prelude::*;

/// What reads what there is, and what is most often wrong about names, numbers and XML.
const REQUESTS: [&str; 22] = [
    "GET /inbox/in/a.txt\nrange: bytes=1-3",
    "GET /inbox/large\nrange: bytes=-18446744073709551615",
    "GET /inbox/large\nrange: bytes=199999-18446744073709551615",
    "GET /inbox/large?partNumber=10001",
    "GET /inbox/large\nif-modified-since: Fri, 31 Dec 9999 23:59:59 GMT",
    "HEAD /inbox/in/a.txt?response-expires=x&versionId=null",
    "GET /inbox?list-type=2&max-keys=0&continuation-token=AAAA&encoding-type=url",
    "GET /inbox?list-type=2&max-keys=2147483647&delimiter=&prefix=%00&start-after=%FF",
    "GET /inbox?uploads&key-marker=upload&upload-id-marker=UPLOAD",
    "GET /inbox/upload?uploadId=UPLOAD&part-number-marker=4294967295&max-parts=-1",
    "GET /inbox/in/a.txt?attributes\nx-amz-object-attributes: ETag,Checksum,ObjectParts",
    "PUT /inbox/copy\nx-amz-copy-source: /inbox/in/a.txt",
    "PUT /inbox/copy\nx-amz-copy-source: inbox/%2e%2e/a?versionId=null",
    "PUT /inbox/upload?partNumber=2&uploadId=UPLOAD\nx-amz-copy-source: /inbox/large\n\
     x-amz-copy-source-range: bytes=0-18446744073709551615",
    "POST /inbox/upload?uploadId=UPLOAD\n\n<CompleteMultipartUpload><Part>\
     <PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>",
    "POST /inbox?delete\n\n<Delete><Object><Key>in/a.txt</Key></Object>\
     <Quiet>true</Quiet></Delete>",
    "PUT /inbox?notification\n\n<NotificationConfiguration><QueueConfiguration><Queue>x</Queue>\
     <Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>",
    "PUT /inbox/k\nx-amz-checksum-crc32: AAAAAA==\nx-amz-sdk-checksum-algorithm: CRC32\n\nbody",
    "PUT /inbox/k\nx-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\n\
     x-amz-decoded-content-length: 4\nx-amz-trailer: x-amz-checksum-crc32\n\n\
     4\r\nbody\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
    "PUT /inbox/k\nx-amz-meta-a: \u{e9}\nif-none-match: *\ncontent-md5: AAAA\nexpires: 0\n\nbody",
    "PUT /other-bucket\n\n<CreateBucketConfiguration><LocationConstraint>eu-west-1\
     </LocationConstraint></CreateBucketConfiguration>",
    "DELETE /inbox/upload?uploadId=UPLOAD",
];

#[test]
fn requests_that_lead_to_the_edges_are_answered() {
    for request in REQUESTS {
        s3_requests::run(request.as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_request_fails_the_front(
        request in prop::sample::select(&REQUESTS[..]),
        place in any::<prop::sample::Index>(),
        replaced in 0_usize..12,
        by in prop_oneof![
            any::<Vec<u8>>(),
            "[-0-9a-zA-Z%&=/:.?<> \n]{0,12}".prop_map(String::into_bytes),
            Just(b"18446744073709551616".to_vec()),
            Just(b"-1".to_vec()),
        ],
    ) {
        let bytes = request.as_bytes();
        let start = place.index(bytes.len());
        let end = (start + replaced).min(bytes.len());
        s3_requests::run(&[&bytes[..start], by.as_slice(), &bytes[end..]].concat());
    }
}
