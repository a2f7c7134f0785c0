//! SQS as older SDKs speak it: forms in, XML out, the same core behind.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::Bytes;
use expect_test::{Expect, expect};
use kernel::{
    AccountId, At, Caller, Facts, MemoryBodies, MemoryRows, Outcome, PartitionId, Position, Region,
    Secret, Timestamp, Turn, Uuid,
};
use tidemill_aws::{HttpRequest, Protocol};
use tidemill_kernel as kernel;
use tidemill_services::{Command, Work, sqs};

fn caller() -> Caller {
    Caller {
        account: AccountId::parse("000000000000").unwrap(),
        region: Region::parse("us-east-1").unwrap(),
        principal: "arn:aws:iam::000000000000:root".to_owned(),
        access_key_id: "AKIA".to_owned(),
        base_url: "http://localhost:4566".to_owned(),
        request_id: Uuid::default(),
    }
}

/// One answer per line of `Operation path form`, with what differs by secret cut out.
fn check(script: &str, expect: Expect) {
    let (mut rows, mut bodies) = (MemoryRows::default(), MemoryBodies::default());
    let mut state = sqs::State::load(&rows);
    let mut transcript = String::new();
    for (index, line) in script.trim().lines().enumerate() {
        let mut words = line.trim().splitn(3, ' ');
        let operation = words.next().unwrap();
        let request = HttpRequest {
            method: http::Method::POST,
            path: words.next().unwrap().to_owned(),
            query: String::new(),
            headers: http::HeaderMap::from_iter([(
                http::header::HOST,
                http::HeaderValue::from_static("localhost:4566"),
            )]),
            body: Bytes::from(words.next().unwrap_or_default().to_owned()),
        };
        let work = sqs::decode(operation, Protocol::Query, &request, &caller());
        let Ok(Work::Command(_, Command::Sqs(command))) = work else { panic!("{work:?}") };
        let at = At {
            now: Timestamp(1_700_000_000_000),
            partition: PartitionId(0),
            position: Position(index as u64 + 1),
            secret: Secret([7; 32]),
        };
        let facts = Facts::default();
        let mut turn = Turn::new(at, &facts, &mut rows, &mut bodies);
        let outcome = state.apply(&mut turn, command);
        let Ok(Outcome::Done(reply)) = outcome else { panic!("{outcome:?}") };
        let response = sqs::encode(operation, Protocol::Query, reply, &caller());
        let xml = String::from_utf8(response.body.to_vec()).unwrap();
        transcript += &cut(&cut(&xml, "ReceiptHandle"), "MessageId");
        transcript.push('\n');
    }
    expect.assert_eq(&transcript);
}

fn cut(xml: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    match (xml.find(&open), xml.find(&close)) {
        (Some(from), Some(to)) => format!("{}…{}", &xml[..from + open.len()], &xml[to..]),
        (_, _) => xml.to_owned(),
    }
}

#[test]
fn a_message_travels_as_form_and_xml() {
    check(
        "
        CreateQueue / QueueName=orders&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=5&Tag.1.Key=team&Tag.1.Value=a
        SendMessage /000000000000/orders MessageBody=hello+world&MessageAttribute.1.Name=k&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=v
        ReceiveMessage / QueueUrl=http://localhost:4566/000000000000/orders&AttributeName.1=ApproximateReceiveCount&MessageAttributeName.1=All
        SendMessageBatch /000000000000/orders SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=x&SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=y&SendMessageBatchRequestEntry.2.DelaySeconds=901
        DeleteQueue /000000000000/orders
        ",
        expect![[r#"
            <?xml version="1.0"?><CreateQueueResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><CreateQueueResult><QueueUrl>http://localhost:4566/000000000000/orders</QueueUrl></CreateQueueResult><ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></CreateQueueResponse>
            <?xml version="1.0"?><SendMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><SendMessageResult><MD5OfMessageAttributes>0a77b0642718c3d9dd47090567d11e0d</MD5OfMessageAttributes><MD5OfMessageBody>5eb63bbbe01eeed093cb22bb8f5acdc3</MD5OfMessageBody><MessageId>…</MessageId></SendMessageResult><ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></SendMessageResponse>
            <?xml version="1.0"?><ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ReceiveMessageResult><Message><Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute><Body>hello world</Body><MD5OfBody>5eb63bbbe01eeed093cb22bb8f5acdc3</MD5OfBody><MD5OfMessageAttributes>0a77b0642718c3d9dd47090567d11e0d</MD5OfMessageAttributes><MessageAttribute><Name>k</Name><Value><DataType>String</DataType><StringValue>v</StringValue></Value></MessageAttribute><MessageId>…</MessageId><ReceiptHandle>…</ReceiptHandle></Message></ReceiveMessageResult><ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></ReceiveMessageResponse>
            <?xml version="1.0"?><SendMessageBatchResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><SendMessageBatchResult><BatchResultErrorEntry><Code>InvalidParameterValue</Code><Id>b</Id><Message>Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be &gt;= 0 and &lt;= 900.</Message><SenderFault>true</SenderFault></BatchResultErrorEntry><SendMessageBatchResultEntry><Id>a</Id><MD5OfMessageBody>9dd4e461268c8034f5c8564e155c67a6</MD5OfMessageBody><MessageId>…</MessageId></SendMessageBatchResultEntry></SendMessageBatchResult><ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></SendMessageBatchResponse>
            <?xml version="1.0"?><DeleteQueueResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></DeleteQueueResponse>
        "#]],
    );
}
