//! SQS through both of its protocols: the same input read twice, the same output written twice.

use bytes::Bytes;
use expect_test::{Expect, expect};
use http::{HeaderMap, Method};
use std::collections::BTreeMap;
use tidemill_aws::generated::sqs::{
    CreateQueueInput, DeleteMessageInput, DeleteMessageOutput, GetQueueAttributesInput, Message,
    MessageAttributeValue, ReceiveMessageOutput, SendMessageBatchInput, SendMessageInput,
    SendMessageOutput,
};
use tidemill_aws::{HttpRequest, Input, Output, Protocol, WireError};
use tidemill_kernel::Uuid;

fn request(path: &str, body: &str) -> HttpRequest {
    let mut headers = HeaderMap::new();
    headers.insert("host", "127.0.0.1:4566".parse().expect("legal"));
    HttpRequest {
        method: Method::POST,
        path: path.to_owned(),
        query: String::new(),
        headers,
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn json<I: Input>(body: &str) -> Result<I, WireError> {
    I::read(Protocol::Json10, &request("/", body))
}

fn query<I: Input>(path: &str, form: &str) -> Result<I, WireError> {
    I::read(Protocol::Query, &request(path, form))
}

fn check_written(output: &impl Output, protocol: Protocol, expected: &Expect) {
    let response = output.write(protocol, Uuid([7; 16]));
    let mut text = format!("{}\n", response.status);
    for (name, value) in &response.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push_str(&String::from_utf8_lossy(&response.body));
    expected.assert_eq(&text);
}

#[test]
fn both_protocols_read_the_same_message() {
    let from_json: SendMessageInput = json(
        r#"{"QueueUrl":"http://127.0.0.1:4566/000000000000/orders",
            "MessageBody":"caf\u00e9 & cr\u00e8me",
            "DelaySeconds":5,"MessageGroupId":null,
            "MessageAttributes":{"kind":{"DataType":"String","StringValue":"new"},
                                 "raw":{"DataType":"Binary","BinaryValue":"AAEC"}}}"#,
    )
    .expect("legal");
    let from_query: SendMessageInput = query(
        "/000000000000/orders",
        "Action=SendMessage&Version=2012-11-05&MessageBody=caf%C3%A9+%26+cr%C3%A8me&DelaySeconds=5\
         &MessageAttribute.1.Name=kind&MessageAttribute.1.Value.DataType=String\
         &MessageAttribute.1.Value.StringValue=new&MessageAttribute.2.Name=raw\
         &MessageAttribute.2.Value.DataType=Binary&MessageAttribute.2.Value.BinaryValue=AAEC",
    )
    .expect("legal");
    assert_eq!(from_json, from_query);
    assert_eq!(from_json.message_body, "café & crème");
    assert_eq!(from_json.delay_seconds, Some(5));
}

#[test]
fn attributes_and_tags_come_as_maps() {
    let from_query: CreateQueueInput = query(
        "/",
        "Action=CreateQueue&QueueName=orders&Attribute.1.Name=DelaySeconds&Attribute.1.Value=3\
         &Tag.1.Key=team&Tag.1.Value=blue",
    )
    .expect("legal");
    let from_json: CreateQueueInput =
        json(r#"{"QueueName":"orders","Attributes":{"DelaySeconds":"3"},"tags":{"team":"blue"}}"#)
            .expect("legal");
    assert_eq!(from_json, from_query);
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let refusals = [
        json::<SendMessageInput>(r#"{"QueueUrl":"q","MessageBody":"b","DelaySecond":1}"#).err(),
        json::<SendMessageInput>(r#"{"QueueUrl":"q","MessageBody":7}"#).err(),
        json::<SendMessageInput>(r#"{"QueueUrl":"q","MessageBody":"b","DelaySeconds":"five"}"#)
            .err(),
        json::<SendMessageInput>(
            r#"{"QueueUrl":"q","MessageBody":"b","MessageAttributes":{"a":{"DataType":true}}}"#,
        )
        .err(),
        json::<SendMessageInput>(r#"{"QueueUrl":"q","MessageBody":"b","DelaySeconds":5000000000}"#)
            .err(),
        json::<SendMessageInput>(r#"{"QueueUrl":"q""#).err(),
        json::<SendMessageInput>("[]").err(),
        json::<SendMessageInput>("null").err(),
        json::<SendMessageInput>(r#"{"QueueUrl":"q"}"#).err(),
        json::<SendMessageBatchInput>(r#"{"QueueUrl":"q","Entries":[{"Id":"1"}]}"#).err(),
        query::<SendMessageInput>("/a/q", "MessageBody=b&Colour=red").err(),
        query::<SendMessageInput>("/a/q", "MessageBody=b&DelaySeconds=five").err(),
        query::<SendMessageInput>("/a/q", "MessageBody=b&MessageBody=c").err(),
        query::<SendMessageInput>("/a/q", "MessageBody=%ff").err(),
        query::<SendMessageInput>("/", "MessageBody=b").err(),
    ];
    let table: Vec<String> = refusals
        .into_iter()
        .map(|refusal| {
            let refusal = refusal.expect("refused");
            format!("{} {}: {}\n", refusal.status, refusal.shape, refusal.message)
        })
        .collect();
    expect![[r#"
        400 SerializationException: Unknown member 'DelaySecond'.
        400 SerializationException: NUMBER_VALUE can not be converted to a String at 'MessageBody'.
        400 SerializationException: STRING_VALUE can not be converted to an Integer at 'DelaySeconds'.
        400 SerializationException: TRUE_VALUE can not be converted to a String at 'MessageAttributes.a.DataType'.
        400 SerializationException: NUMBER_VALUE can not be converted to an Integer at 'DelaySeconds'.
        400 SerializationException: The request body is not valid JSON: EOF while parsing an object at line 1 column 15.
        400 SerializationException: START_ARRAY can not be converted to a structure or map.
        400 SerializationException: Expected a JSON object.
        400 MissingParameter: The request must contain the parameter MessageBody.
        400 MissingParameter: The request must contain the parameter SendMessageBatchRequestEntry.1.MessageBody.
        400 InvalidQueryParameter: The parameter Colour is not recognized.
        400 MalformedInput: 'five' is not a valid Integer (in DelaySeconds)
        400 MalformedQueryString: The parameter MessageBody is given twice.
        400 MalformedQueryString: The form is not UTF-8.
        400 MissingParameter: The request must contain the parameter QueueUrl.
    "#]].assert_eq(&table.concat());
}

#[test]
fn outputs_are_written_in_both() {
    let output = SendMessageOutput {
        message_id: Some("m-1".to_owned()),
        md5_of_message_body: Some("abc".to_owned()),
        ..SendMessageOutput::default()
    };
    check_written(
        &output,
        Protocol::Json10,
        &expect![[r#"
        200
        x-amzn-RequestId: 07070707-0707-0707-0707-070707070707
        content-type: application/x-amz-json-1.0
        {"MD5OfMessageBody":"abc","MessageId":"m-1"}"#]],
    );
    check_written(
        &output,
        Protocol::Query,
        &expect![[r#"
        200
        x-amzn-RequestId: 07070707-0707-0707-0707-070707070707
        content-type: text/xml
        <?xml version="1.0"?><SendMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><SendMessageResult><MD5OfMessageBody>abc</MD5OfMessageBody><MessageId>m-1</MessageId></SendMessageResult><ResponseMetadata><RequestId>07070707-0707-0707-0707-070707070707</RequestId></ResponseMetadata></SendMessageResponse>"#]],
    );
}

#[test]
fn a_message_keeps_its_text_and_bytes_in_both() {
    let attribute = MessageAttributeValue {
        data_type: "Binary".to_owned(),
        binary_value: Some(Bytes::from_static(&[0, 1, 2])),
        ..MessageAttributeValue::default()
    };
    let message = Message {
        body: Some("a <b>\r\n".to_owned()),
        attributes: Some(BTreeMap::from([("SenderId".to_owned(), "x".to_owned())])),
        message_attributes: Some(BTreeMap::from([("raw".to_owned(), attribute)])),
        ..Message::default()
    };
    let output = ReceiveMessageOutput { messages: Some(vec![message]) };
    check_written(
        &output,
        Protocol::Json10,
        &expect![[r#"
        200
        x-amzn-RequestId: 07070707-0707-0707-0707-070707070707
        content-type: application/x-amz-json-1.0
        {"Messages":[{"Attributes":{"SenderId":"x"},"Body":"a <b>\r\n","MessageAttributes":{"raw":{"BinaryValue":"AAEC","DataType":"Binary"}}}]}"#]],
    );
    check_written(
        &output,
        Protocol::Query,
        &expect![[r#"
        200
        x-amzn-RequestId: 07070707-0707-0707-0707-070707070707
        content-type: text/xml
        <?xml version="1.0"?><ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ReceiveMessageResult><Message><Attribute><Name>SenderId</Name><Value>x</Value></Attribute><Body>a &lt;b&gt;&#xD;
        </Body><MessageAttribute><Name>raw</Name><Value><BinaryValue>AAEC</BinaryValue><DataType>Binary</DataType></Value></MessageAttribute></Message></ReceiveMessageResult><ResponseMetadata><RequestId>07070707-0707-0707-0707-070707070707</RequestId></ResponseMetadata></ReceiveMessageResponse>"#]],
    );
    check_written(
        &DeleteMessageOutput {},
        Protocol::Json10,
        &expect![[r#"
        200
        x-amzn-RequestId: 07070707-0707-0707-0707-070707070707
        content-type: application/x-amz-json-1.0
        {}"#]],
    );
    check_written(
        &DeleteMessageOutput {},
        Protocol::Query,
        &expect![[r#"
        200
        x-amzn-RequestId: 07070707-0707-0707-0707-070707070707
        content-type: text/xml
        <?xml version="1.0"?><DeleteMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ResponseMetadata><RequestId>07070707-0707-0707-0707-070707070707</RequestId></ResponseMetadata></DeleteMessageResponse>"#]],
    );
}

#[test]
fn the_queue_is_taken_from_the_path_when_the_form_does_not_name_it() {
    let input: DeleteMessageInput =
        query("/000000000000/orders", "Action=DeleteMessage&ReceiptHandle=r").expect("legal");
    assert_eq!(input.queue_url, "http://127.0.0.1:4566/000000000000/orders");
}

#[test]
fn a_list_of_one_may_leave_out_its_number() {
    for form in ["AttributeName=All", "AttributeName.1=All", "AttributeName.7=All"] {
        let input: GetQueueAttributesInput = query("/0/q", form).expect("legal");
        assert_eq!(input.attribute_names.as_deref(), Some(&["All".to_owned()][..]), "{form}");
    }
    let both = query::<GetQueueAttributesInput>("/0/q", "AttributeName=All&AttributeName.1=Policy");
    assert_eq!(both.map_err(|error| error.shape.into_owned()), Err("MalformedQueryString".into()));
}
