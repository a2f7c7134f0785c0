//! Requests as clients send them, replies as clients read them.

use super::*;
use expect_test::{Expect, expect};
use kernel::{AccountId, Region, Timestamp, Uuid};
use std::fmt::Write as _;

fn caller() -> Caller {
    Caller {
        account: AccountId::parse("000000000000").unwrap(),
        region: Region::parse("us-east-1").unwrap(),
        principal: "arn:aws:iam::000000000000:root".to_owned(),
        access_key_id: "AKIA".to_owned(),
        base_url: "http://127.0.0.1:4566".to_owned(),
        request_id: Uuid([9; 16]),
    }
}

fn request(path: &str, headers: &[(&'static str, &str)], body: &str) -> HttpRequest {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    HttpRequest {
        method: http::Method::POST,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect(),
        body: body.to_owned().into(),
    }
}

fn read(operation: &str, path: &str, headers: &[(&'static str, &str)], body: &str) -> String {
    match decode(operation, Protocol::RestJson, &request(path, headers, body), &caller()) {
        Ok(job) => format!("{job:?}"),
        Err(error) => format!("{} {}: {}", error.status, error.shape, error.message),
    }
}

/// `operation path body` per line.
fn check(lines: &str, expect: &Expect) {
    let mut table = String::new();
    for line in lines.trim().lines() {
        let mut words = line.trim().splitn(3, ' ');
        let (operation, path) = (words.next().unwrap(), words.next().unwrap());
        let body = words.next().unwrap_or_default();
        let shown = read(operation, path, &[], body);
        writeln!(table, "{line}\n    {shown}", line = line.trim()).unwrap();
    }
    expect.assert_eq(&table);
}

const FUNCTIONS: &str = "/2015-03-31/functions";

fn create(with: &str) -> String {
    let body = format!(
        r#"{{"FunctionName":"f","Runtime":"python3.11","Role":"arn:aws:iam::000000000000:role/r",
        "Handler":"app.handler","Code":{{"ZipFile":"UEsFBg=="}}{with}}}"#
    );
    read("CreateFunction", FUNCTIONS, &[], &body)
}

#[test]
fn a_function_is_created_with_defaults() {
    expect![[r#"Request(Deploy(Deploy { change: Create { function: arn:aws:lambda:us-east-1:000000000000:function:f, package: Inline(b"PK\x05\x06"), configuration: Configuration { runtime: python3.11, role: "arn:aws:iam::000000000000:role/r", handler: "app.handler", description: "", timeout_seconds: 3, memory_megabytes: 128, environment: {} }, architecture: None, tags: {} } }))"#]].assert_eq(&create(""));
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn what_is_not_supported_is_refused_by_name_and_defaults_are_not() {
    let mut table = String::new();
    for with in [
        r#","Publish":false,"PackageType":"Zip","TracingConfig":{"Mode":"PassThrough"},"Layers":[],
           "VpcConfig":{"SubnetIds":[],"SecurityGroupIds":[]},"EphemeralStorage":{"Size":512},
           "SnapStart":{"ApplyOn":"None"},"DeadLetterConfig":{"TargetArn":""},"KMSKeyArn":"",
           "LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"}"#,
        r#","Publish":true"#,
        r#","PackageType":"Image""#,
        r#","Layers":["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]"#,
        r#","VpcConfig":{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]}"#,
        r#","TracingConfig":{"Mode":"Active"}"#,
        r#","DeadLetterConfig":{"TargetArn":"arn:aws:sqs:us-east-1:000000000000:q"}"#,
        r#","EphemeralStorage":{"Size":1024}"#,
        r#","SnapStart":{"ApplyOn":"PublishedVersions"}"#,
        r#","LoggingConfig":{"LogFormat":"JSON"}"#,
        r#","LoggingConfig":{"LogGroup":"/other"}"#,
        r#","FileSystemConfigs":[{"Arn":"arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0","LocalMountPath":"/mnt/x"}]"#,
        r#","Runtime":"nodejs22.x""#,
        r#","Runtime":"cobol""#,
        r#","Timeout":901"#,
        r#","MemorySize":10241"#,
        r#","MemorySize":64"#,
        r#","Architectures":["arm64"]"#,
        r#","Architectures":["sparc"]"#,
        r#","Environment":{"Variables":{"AWS_REGION":"x","KEY":"y"}}"#,
        r#","Code":{"ZipFile":"UEsFBg==","S3Key":"k"}"#,
        r#","Code":{}"#,
        r#","Code":{"ImageUri":"x"}"#,
        r#","FunctionName":"f:$LATEST""#,
    ] {
        let shown = create(with);
        writeln!(table, "{:.60}\n    {:.150}", with.replace('\n', " "), shown).unwrap();
    }
    let big = format!(r#","Environment":{{"Variables":{{"KEY":"{}"}}}}"#, "v".repeat(4096));
    writeln!(table, "{:.60}\n    {}", big, create(&big)).unwrap();
    expect![[r#"
        ,"Publish":false,"PackageType":"Zip","TracingConfig":{"Mode"
            Request(Deploy(Deploy { change: Create { function: arn:aws:lambda:us-east-1:000000000000:function:f, package: Inline(b"PK\x05\x06"), configuration: Co
        ,"Publish":true
            400 InvalidParameterValueException: The parameter Publish is not supported by this server.
        ,"PackageType":"Image"
            400 InvalidParameterValueException: The parameter PackageType Image is not supported by this server.
        ,"Layers":["arn:aws:lambda:us-east-1:000000000000:layer:l:1"
            400 InvalidParameterValueException: The parameter Layers is not supported by this server.
        ,"VpcConfig":{"SubnetIds":["subnet-1"],"SecurityGroupIds":["
            400 InvalidParameterValueException: The parameter VpcConfig is not supported by this server.
        ,"TracingConfig":{"Mode":"Active"}
            400 InvalidParameterValueException: The parameter TracingConfig with mode Active is not supported by this server.
        ,"DeadLetterConfig":{"TargetArn":"arn:aws:sqs:us-east-1:0000
            400 InvalidParameterValueException: The parameter DeadLetterConfig is not supported by this server.
        ,"EphemeralStorage":{"Size":1024}
            400 InvalidParameterValueException: The parameter EphemeralStorage with a size other than 512 is not supported by this server.
        ,"SnapStart":{"ApplyOn":"PublishedVersions"}
            400 InvalidParameterValueException: The parameter SnapStart is not supported by this server.
        ,"LoggingConfig":{"LogFormat":"JSON"}
            400 InvalidParameterValueException: The parameter LoggingConfig.LogFormat JSON is not supported by this server.
        ,"LoggingConfig":{"LogGroup":"/other"}
            400 InvalidParameterValueException: The parameter LoggingConfig.LogGroup is not supported by this server.
        ,"FileSystemConfigs":[{"Arn":"arn:aws:elasticfilesystem:us-e
            400 InvalidParameterValueException: The parameter FileSystemConfigs is not supported by this server.
        ,"Runtime":"nodejs22.x"
            400 InvalidParameterValueException: The runtime parameter of nodejs22.x is not supported: this server runs python3.x, provided, provided.al2 and provi
        ,"Runtime":"cobol"
            400 InvalidParameterValueException: The runtime parameter of cobol is not supported: this server runs python3.x, provided, provided.al2 and provided.a
        ,"Timeout":901
            400 ValidationException: 1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal
        ,"MemorySize":10241
            400 ValidationException: 1 validation error detected: Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or 
        ,"MemorySize":64
            400 ValidationException: 1 validation error detected: Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or 
        ,"Architectures":["arm64"]
            Request(Deploy(Deploy { change: Create { function: arn:aws:lambda:us-east-1:000000000000:function:f, package: Inline(b"PK\x05\x06"), configuration: Co
        ,"Architectures":["sparc"]
            400 ValidationException: 1 validation error detected: Value '[sparc]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint:
        ,"Environment":{"Variables":{"AWS_REGION":"x","KEY":"y"}}
            400 InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have provided cont
        ,"Code":{"ZipFile":"UEsFBg==","S3Key":"k"}
            400 InvalidParameterValueException: Please do not provide other FunctionCode parameters when providing a ZipFile.
        ,"Code":{}
            400 InvalidParameterValueException: Please provide a source for function code.
        ,"Code":{"ImageUri":"x"}
            400 InvalidParameterValueException: The parameter ImageUri is not supported by this server.
        ,"FunctionName":"f:$LATEST"
            400 InvalidParameterValueException: A function is created without a qualifier.
        ,"Environment":{"Variables":{"KEY":"vvvvvvvvvvvvvvvvvvvvvvvv
            400 InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit: 4099 bytes in 1 variables.
    "#]].assert_eq(&table);
}

#[test]
fn operations_are_read() {
    check(
        r#"
        UpdateFunctionCode /2015-03-31/functions/f/code {"S3Bucket":"code","S3Key":"f.zip","DryRun":true}
        UpdateFunctionConfiguration /2015-03-31/functions/f/configuration {"Timeout":60,"Environment":{"Variables":{"KEY":"1"}}}
        GetFunction /2015-03-31/functions/f
        GetFunction /2015-03-31/functions/f?Qualifier=$LATEST
        GetFunction /2015-03-31/functions/f?Qualifier=7
        GetFunction /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af
        ListFunctions /2015-03-31/functions/?Marker=e&MaxItems=2
        DeleteFunction /2015-03-31/functions/f
        DeleteFunction /2015-03-31/functions/f?Qualifier=$LATEST
        PutFunctionConcurrency /2017-10-31/functions/f/concurrency {"ReservedConcurrentExecutions":900}
        PutFunctionConcurrency /2017-10-31/functions/f/concurrency {"ReservedConcurrentExecutions":901}
        DeleteFunctionConcurrency /2017-10-31/functions/f/concurrency
        AddPermission /2015-03-31/functions/f/policy {"StatementId":"s3","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::photos","SourceAccount":"000000000000"}
        RemovePermission /2015-03-31/functions/f/policy/s3
        TagResource /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af {"Tags":{"a":"b"}}
        UntagResource /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af?tagKeys=a&tagKeys=b
        ListVersionsByFunction /2015-03-31/functions/f/versions
        "#,
        &expect![[r#"
            UpdateFunctionCode /2015-03-31/functions/f/code {"S3Bucket":"code","S3Key":"f.zip","DryRun":true}
                Request(Deploy(Deploy { change: Code { function: arn:aws:lambda:us-east-1:000000000000:function:f, package: Object { bucket: "code", key: "f.zip" }, architecture: None, revision: None, is_dry_run: true } }))
            UpdateFunctionConfiguration /2015-03-31/functions/f/configuration {"Timeout":60,"Environment":{"Variables":{"KEY":"1"}}}
                Request(Deploy(Deploy { change: Configuration(UpdateFunctionConfiguration { function: arn:aws:lambda:us-east-1:000000000000:function:f, runtime: None, role: None, handler: None, description: None, timeout_seconds: Some(60), memory_megabytes: None, environment: Some({"KEY": "1"}), revision: None }) }))
            GetFunction /2015-03-31/functions/f
                Work(Query(p14, Lambda(Function { function: arn:aws:lambda:us-east-1:000000000000:function:f, qualified: false })))
            GetFunction /2015-03-31/functions/f?Qualifier=$LATEST
                Work(Query(p14, Lambda(Function { function: arn:aws:lambda:us-east-1:000000000000:function:f, qualified: true })))
            GetFunction /2015-03-31/functions/f?Qualifier=7
                404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:7
            GetFunction /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af
                Work(Query(p14, Lambda(Function { function: arn:aws:lambda:us-east-1:000000000000:function:f, qualified: false })))
            ListFunctions /2015-03-31/functions/?Marker=e&MaxItems=2
                Work(QueryAll(Lambda(Functions { account: 000000000000, region: us-east-1, after: Some("e"), limit: 2 })))
            DeleteFunction /2015-03-31/functions/f
                Work(Command(p14, Lambda(DeleteFunction(arn:aws:lambda:us-east-1:000000000000:function:f))))
            DeleteFunction /2015-03-31/functions/f?Qualifier=$LATEST
                400 InvalidParameterValueException: $LATEST version cannot be deleted without deleting the function.
            PutFunctionConcurrency /2017-10-31/functions/f/concurrency {"ReservedConcurrentExecutions":900}
                Work(Command(p14, Lambda(ReserveConcurrency { function: arn:aws:lambda:us-east-1:000000000000:function:f, reserved: Some(900) })))
            PutFunctionConcurrency /2017-10-31/functions/f/concurrency {"ReservedConcurrentExecutions":901}
                400 InvalidParameterValueException: Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].
            DeleteFunctionConcurrency /2017-10-31/functions/f/concurrency
                Work(Command(p14, Lambda(ReserveConcurrency { function: arn:aws:lambda:us-east-1:000000000000:function:f, reserved: None })))
            AddPermission /2015-03-31/functions/f/policy {"StatementId":"s3","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::photos","SourceAccount":"000000000000"}
                Work(Command(p14, Lambda(AddPermission { function: arn:aws:lambda:us-east-1:000000000000:function:f, statement: Statement { sid: "s3", json: "{\"Action\":\"lambda:InvokeFunction\",\"Condition\":{\"ArnLike\":{\"AWS:SourceArn\":\"arn:aws:s3:::photos\"},\"StringEquals\":{\"AWS:SourceAccount\":\"000000000000\"}},\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"s3.amazonaws.com\"},\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:f\",\"Sid\":\"s3\"}" }, revision: None })))
            RemovePermission /2015-03-31/functions/f/policy/s3
                Work(Command(p14, Lambda(RemovePermission { function: arn:aws:lambda:us-east-1:000000000000:function:f, sid: "s3", revision: None })))
            TagResource /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af {"Tags":{"a":"b"}}
                Work(Command(p14, Lambda(TagResource { resource: Function(arn:aws:lambda:us-east-1:000000000000:function:f), tags: {"a": "b"} })))
            UntagResource /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af?tagKeys=a&tagKeys=b
                Work(Command(p14, Lambda(UntagResource { resource: Function(arn:aws:lambda:us-east-1:000000000000:function:f), keys: ["a", "b"] })))
            ListVersionsByFunction /2015-03-31/functions/f/versions
                Work(Query(p14, Lambda(Function { function: arn:aws:lambda:us-east-1:000000000000:function:f, qualified: true })))
        "#]],
    );
}

#[test]
fn mappings_are_read() {
    check(
        r#"
        CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q"}
        CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q","BatchSize":100,"MaximumBatchingWindowInSeconds":5,"FunctionResponseTypes":["ReportBatchItemFailures"],"ScalingConfig":{"MaximumConcurrency":2},"Enabled":false}
        CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:kinesis:us-east-1:000000000000:stream/s","StartingPosition":"LATEST"}
        CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:kinesis:us-east-1:000000000000:stream/s"}
        CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:000000000001:q"}
        CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q","FilterCriteria":{"Filters":[{"Pattern":"{}"}]}}
        CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q","ScalingConfig":{"MaximumConcurrency":1}}
        UpdateEventSourceMapping /2015-03-31/event-source-mappings/09090909-0909-4909-8909-090909090003 {"ScalingConfig":{},"Enabled":true}
        DeleteEventSourceMapping /2015-03-31/event-source-mappings/09090909-0909-4909-8909-090909090003
        GetEventSourceMapping /2015-03-31/event-source-mappings/09090909-0909-4909-8909-0909090900ff
        GetEventSourceMapping /2015-03-31/event-source-mappings/nonsense
        ListEventSourceMappings /2015-03-31/event-source-mappings?FunctionName=f&EventSourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Aq
        "#,
        &expect![[r#"
            CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q"}
                Work(Command(p14, Lambda(CreateEventSourceMapping(CreateEventSourceMapping { function: arn:aws:lambda:us-east-1:000000000000:function:f, queue: arn:aws:sqs:us-east-1:000000000000:q, options: MappingOptions { enabled: true, batch_size: 10, window_seconds: 0, reports_batch_item_failures: false, maximum_concurrency: None }, tags: {} }))))
            CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q","BatchSize":100,"MaximumBatchingWindowInSeconds":5,"FunctionResponseTypes":["ReportBatchItemFailures"],"ScalingConfig":{"MaximumConcurrency":2},"Enabled":false}
                Work(Command(p14, Lambda(CreateEventSourceMapping(CreateEventSourceMapping { function: arn:aws:lambda:us-east-1:000000000000:function:f, queue: arn:aws:sqs:us-east-1:000000000000:q, options: MappingOptions { enabled: false, batch_size: 100, window_seconds: 5, reports_batch_item_failures: true, maximum_concurrency: Some(2) }, tags: {} }))))
            CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:kinesis:us-east-1:000000000000:stream/s","StartingPosition":"LATEST"}
                400 InvalidParameterValueException: StartingPosition is not valid for SQS event sources.
            CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:kinesis:us-east-1:000000000000:stream/s"}
                400 InvalidParameterValueException: Unrecognized event source, must be sqs. Unsupported source arn : arn:aws:kinesis:us-east-1:000000000000:stream/s
            CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:000000000001:q"}
                400 InvalidParameterValueException: The queue arn:aws:sqs:us-east-1:000000000001:q must be in the function's account and region.
            CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q","FilterCriteria":{"Filters":[{"Pattern":"{}"}]}}
                400 InvalidParameterValueException: The parameter FilterCriteria is not supported by this server.
            CreateEventSourceMapping /2015-03-31/event-source-mappings {"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q","ScalingConfig":{"MaximumConcurrency":1}}
                400 ValidationException: 1 validation error detected: Value '1' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member must have value greater than or equal to 2
            UpdateEventSourceMapping /2015-03-31/event-source-mappings/09090909-0909-4909-8909-090909090003 {"ScalingConfig":{},"Enabled":true}
                Request(UpdateMapping(UpdateMapping { mapping: MappingId { account: 000000000000, region: us-east-1, uuid: 09090909-0909-4909-8909-090909090003 }, change: MappingChange { function: None, enabled: Some(true), batch_size: None, window_seconds: None, reports_batch_item_failures: None, maximum_concurrency: Some(None), queue: None } }))
            DeleteEventSourceMapping /2015-03-31/event-source-mappings/09090909-0909-4909-8909-090909090003
                Work(Command(p3, Lambda(DeleteEventSourceMapping(MappingId { account: 000000000000, region: us-east-1, uuid: 09090909-0909-4909-8909-090909090003 }))))
            GetEventSourceMapping /2015-03-31/event-source-mappings/09090909-0909-4909-8909-0909090900ff
                404 ResourceNotFoundException: The resource you requested does not exist.
            GetEventSourceMapping /2015-03-31/event-source-mappings/nonsense
                404 ResourceNotFoundException: The resource you requested does not exist.
            ListEventSourceMappings /2015-03-31/event-source-mappings?FunctionName=f&EventSourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Aq
                Work(QueryAll(Lambda(Mappings { account: 000000000000, region: us-east-1, function: Some(arn:aws:lambda:us-east-1:000000000000:function:f), queue: Some("arn:aws:sqs:us-east-1:000000000000:q"), after: None, limit: 100 })))
        "#]],
    );
}

#[test]
fn invocations_are_read() {
    let path = "/2015-03-31/functions/f/invocations";
    let context = BASE64.encode(r#"{"custom":{}}"#);
    let mut table = String::new();
    for (headers, body) in [
        (vec![], ""),
        (vec![("x-amz-log-type", "Tail"), ("x-amz-client-context", &context)], "{\"a\":1}"),
        (vec![("x-amz-client-context", "!")], "{}"),
        (vec![("x-amz-invocation-type", "Event")], "[1]"),
        (vec![("x-amz-invocation-type", "DryRun")], ""),
        (vec![("x-amz-invocation-type", "Later")], ""),
        (vec![], "{\"a\":"),
        (vec![("x-amz-durable-execution-name", "d")], "{}"),
    ] {
        writeln!(table, "{headers:?} {body}\n    {}", read("Invoke", path, &headers, body))
            .unwrap();
    }
    for (kind, bytes) in [("RequestResponse", 6 << 20), ("Event", 1 << 20)] {
        let body = format!("\"{}\"", "x".repeat(bytes));
        let shown = read("Invoke", path, &[("x-amz-invocation-type", kind)], &body);
        writeln!(table, "{kind} {bytes}\n    {shown}").unwrap();
    }
    expect![[r#"
        [] 
            Request(Invoke(Invoke { function: arn:aws:lambda:us-east-1:000000000000:function:f, invocation: 09090909-0909-0909-0909-090909090909, payload: b"{}", client_context: None, wants_log_tail: false, is_qualified: false }))
        [("x-amz-log-type", "Tail"), ("x-amz-client-context", "eyJjdXN0b20iOnt9fQ==")] {"a":1}
            Request(Invoke(Invoke { function: arn:aws:lambda:us-east-1:000000000000:function:f, invocation: 09090909-0909-0909-0909-090909090909, payload: b"{\"a\":1}", client_context: Some("{\"custom\":{}}"), wants_log_tail: true, is_qualified: false }))
        [("x-amz-client-context", "!")] {}
            400 InvalidRequestContentException: Client context must be a valid Base64-encoded JSON object.
        [("x-amz-invocation-type", "Event")] [1]
            Work(Command(p14, Lambda(InvokeAsync { function: arn:aws:lambda:us-east-1:000000000000:function:f, invocation: 09090909-0909-0909-0909-090909090909, payload: b"[1]" })))
        [("x-amz-invocation-type", "DryRun")] 
            Work(Query(p14, Lambda(DryRun(arn:aws:lambda:us-east-1:000000000000:function:f))))
        [("x-amz-invocation-type", "Later")] 
            400 ValidationException: 1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]
        [] {"a":
            400 InvalidRequestContentException: Could not parse request body into json: EOF while parsing a value at line 1 column 5
        [("x-amz-durable-execution-name", "d")] {}
            400 InvalidParameterValueException: The parameter DurableExecutionName is not supported by this server.
        RequestResponse 6291456
            413 RequestTooLargeException: Request must be smaller than 6291456 bytes for the InvokeFunction operation
        Event 1048576
            413 RequestTooLargeException: Request must be smaller than 1048576 bytes for the InvokeFunction operation
    "#]].assert_eq(&table);
}

fn function() -> Function {
    use crate::lambda::{Architecture, Code, Configuration, Runtime};
    Function {
        id: names::unqualified("f", &caller()).unwrap(),
        born: 1,
        configuration: Configuration {
            runtime: Runtime::Python(11),
            role: "arn:aws:iam::000000000000:role/r".to_owned(),
            handler: "app.handler".to_owned(),
            description: String::new(),
            timeout_seconds: 3,
            memory_megabytes: 128,
            environment: [("A".to_owned(), "1".to_owned())].into(),
        },
        architecture: Architecture::X86_64,
        code: Code { sha256: [1; 32], size: 100, blob: [1; 32] },
        last_modified: Timestamp(1_700_000_000_123),
        revision: Uuid([2; 16]),
        tags: [("team".to_owned(), "a".to_owned())].into(),
        policy: Vec::new(),
        reserved_concurrency: Some(5),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn replies_are_written() {
    let mut text = String::new();
    let whole = || Reply::Function { function: Box::new(function()), qualified: false };
    let mapping = || crate::lambda::Mapping {
        uuid: Uuid([3; 16]),
        function: function().id,
        queue: kernel::Arn::queue(&caller().region, caller().account, "q"),
        options: crate::lambda::MappingOptions {
            enabled: true,
            batch_size: 10,
            window_seconds: 0,
            reports_batch_item_failures: true,
            maximum_concurrency: Some(2),
        },
        last_modified: Timestamp(1_700_000_000_000),
        tags: [].into(),
    };
    let mapped = |is_deleted| Reply::Mapping { mapping: Box::new(mapping()), is_deleted };
    for (operation, reply) in [
        ("CreateFunction", whole()),
        ("GetFunction", whole()),
        ("GetFunctionConcurrency", whole()),
        ("PutFunctionConcurrency", whole()),
        ("DeleteFunctionConcurrency", whole()),
        ("GetFunctionCodeSigningConfig", whole()),
        (
            "ListVersionsByFunction",
            Reply::Function { function: Box::new(function()), qualified: true },
        ),
        ("DeleteFunction", Reply::Nothing),
        ("TagResource", Reply::Nothing),
        ("ListTags", Reply::Tags(function().tags)),
        ("CreateEventSourceMapping", mapped(false)),
        ("DeleteEventSourceMapping", mapped(true)),
        ("Invoke", Reply::Accepted),
        ("Invoke", Reply::DryRunPassed),
        (
            "Invoke",
            Reply::Invoked(Invoked {
                payload: bytes::Bytes::from_static(b"{\"errorType\":\"E\"}"),
                is_function_error: true,
                log_tail: Some(bytes::Bytes::from_static(b"START\n")),
            }),
        ),
    ] {
        let response = encode(operation, Protocol::RestJson, reply, &caller());
        let headers: Vec<String> = response
            .headers
            .iter()
            .filter(|(name, _)| *name != "x-amzn-RequestId")
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let body = String::from_utf8_lossy(&response.body).into_owned();
        writeln!(text, "{operation} {} {headers:?} {body}", response.status).unwrap();
    }
    expect![[r#"
        CreateFunction 201 ["content-type: application/json"] {"Architectures":["x86_64"],"CodeSha256":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","CodeSize":100,"Description":"","Environment":{"Variables":{"A":"1"}},"EphemeralStorage":{"Size":512},"FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","FunctionName":"f","Handler":"app.handler","LastModified":"2023-11-14T22:13:20.123+0000","LastUpdateStatus":"Successful","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":128,"PackageType":"Zip","RevisionId":"02020202-0202-0202-0202-020202020202","Role":"arn:aws:iam::000000000000:role/r","Runtime":"python3.11","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"State":"Active","Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"Version":"$LATEST"}
        GetFunction 200 ["content-type: application/json"] {"Code":{"RepositoryType":"S3"},"Concurrency":{"ReservedConcurrentExecutions":5},"Configuration":{"Architectures":["x86_64"],"CodeSha256":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","CodeSize":100,"Description":"","Environment":{"Variables":{"A":"1"}},"EphemeralStorage":{"Size":512},"FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","FunctionName":"f","Handler":"app.handler","LastModified":"2023-11-14T22:13:20.123+0000","LastUpdateStatus":"Successful","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":128,"PackageType":"Zip","RevisionId":"02020202-0202-0202-0202-020202020202","Role":"arn:aws:iam::000000000000:role/r","Runtime":"python3.11","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"State":"Active","Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"Version":"$LATEST"},"Tags":{"team":"a"}}
        GetFunctionConcurrency 200 ["content-type: application/json"] {"ReservedConcurrentExecutions":5}
        PutFunctionConcurrency 200 ["content-type: application/json"] {"ReservedConcurrentExecutions":5}
        DeleteFunctionConcurrency 204 [] 
        GetFunctionCodeSigningConfig 200 ["content-type: application/json"] {"CodeSigningConfigArn":"","FunctionName":"f"}
        ListVersionsByFunction 200 ["content-type: application/json"] {"Versions":[{"Architectures":["x86_64"],"CodeSha256":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","CodeSize":100,"Description":"","Environment":{"Variables":{"A":"1"}},"EphemeralStorage":{"Size":512},"FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST","FunctionName":"f","Handler":"app.handler","LastModified":"2023-11-14T22:13:20.123+0000","LastUpdateStatus":"Successful","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":128,"PackageType":"Zip","RevisionId":"02020202-0202-0202-0202-020202020202","Role":"arn:aws:iam::000000000000:role/r","Runtime":"python3.11","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"State":"Active","Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"Version":"$LATEST"}]}
        DeleteFunction 204 [] 
        TagResource 204 [] 
        ListTags 200 ["content-type: application/json"] {"Tags":{"team":"a"}}
        CreateEventSourceMapping 202 ["content-type: application/json"] {"BatchSize":10,"EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q","EventSourceMappingArn":"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:03030303-0303-0303-0303-030303030303","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","FunctionResponseTypes":["ReportBatchItemFailures"],"LastModified":1700000000,"MaximumBatchingWindowInSeconds":0,"ScalingConfig":{"MaximumConcurrency":2},"State":"Enabled","StateTransitionReason":"USER_INITIATED","UUID":"03030303-0303-0303-0303-030303030303"}
        DeleteEventSourceMapping 202 ["content-type: application/json"] {"BatchSize":10,"EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q","EventSourceMappingArn":"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:03030303-0303-0303-0303-030303030303","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","FunctionResponseTypes":["ReportBatchItemFailures"],"LastModified":1700000000,"MaximumBatchingWindowInSeconds":0,"ScalingConfig":{"MaximumConcurrency":2},"State":"Deleting","StateTransitionReason":"USER_INITIATED","UUID":"03030303-0303-0303-0303-030303030303"}
        Invoke 202 [] 
        Invoke 204 [] 
        Invoke 200 ["X-Amz-Executed-Version: $LATEST", "X-Amz-Function-Error: Unhandled", "X-Amz-Log-Result: U1RBUlQK", "content-type: application/json"] {"errorType":"E"}
    "#]].assert_eq(&text);
}
