//! What the models forbid, in AWS's words; and every pattern they hold, compiled.

use bytes::Bytes;
use expect_test::expect;
use http::{HeaderMap, Method};
use std::collections::BTreeSet;
use tidemill_aws::generated::{MODELS, iam, lambda, logs, sts};
use tidemill_aws::schema::{Kind, Schema};
use tidemill_aws::{HttpRequest, Input, Protocol};

fn request(path: &str, query: &str, body: &str) -> HttpRequest {
    HttpRequest {
        method: Method::POST,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

/// The refusal of a request, one line.
fn refusal<I: Input>(protocol: Protocol, request: &HttpRequest) -> String {
    match I::read(protocol, request) {
        Ok(_) => "taken\n".to_owned(),
        Err(error) => format!("{} {}: {}\n", error.status, error.shape, error.message),
    }
}

fn form<I: Input>(form: &str) -> String {
    refusal::<I>(Protocol::Query, &request("/", "", form))
}

#[test]
fn identity_services_list_everything_that_is_wrong() {
    let long = "x".repeat(65);
    let table = [
        form::<iam::CreateRoleInput>("RoleName=deploy&AssumeRolePolicyDocument=%7B%7D"),
        form::<iam::CreateRoleInput>("RoleName=a+b&Path=team&Colour=red"),
        form::<iam::CreateRoleInput>("RoleName=a+b&Path=team&MaxSessionDuration=60"),
        form::<iam::CreateRoleInput>(&format!(
            "RoleName={long}&AssumeRolePolicyDocument=%7B%7D&Tags.member.1.Key=team"
        )),
        form::<iam::CreateRoleInput>(
            "RoleName=r&AssumeRolePolicyDocument=%7B%7D&Tags.member.1.Key=%C3%A9quipe\
             &Tags.member.1.Value=",
        ),
        form::<iam::UntagRoleInput>("RoleName=r&TagKeys.member.1=ok&TagKeys.member.2=a%2Ab"),
        form::<iam::ListRolesInput>("MaxItems=2000"),
        form::<iam::ListRolesInput>("MaxItems=many"),
        form::<iam::UpdateAccessKeyInput>("AccessKeyId=AKIDEXAMPLE00000&Status=Asleep"),
        form::<sts::AssumeRoleInput>(
            "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fdeploy&RoleSessionName=s\
             &DurationSeconds=10",
        ),
    ];
    expect![[r#"
        taken
        400 InvalidQueryParameter: The parameter Colour is not recognized.
        400 ValidationError: 4 validation errors detected: Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null; Value '60' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600; Value 'team' at 'path' failed to satisfy constraint: Member must satisfy regular expression pattern: (\u002F)|(\u002F[\u0021-\u007E]+\u002F); Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+
        400 ValidationError: 2 validation errors detected: Value 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64; Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null
        taken
        400 ValidationError: 1 validation error detected: Value '[ok, a*b]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]
        400 ValidationError: 1 validation error detected: Value '2000' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000
        400 MalformedInput: 'many' is not a valid Integer (in MaxItems)
        400 ValidationError: 1 validation error detected: Value 'Asleep' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive, Expired]
        400 ValidationError: 2 validation errors detected: Value '10' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900; Value 's' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2
    "#]].assert_eq(&table.concat());
}

#[test]
fn lambda_and_logs_have_their_own_codes() {
    let functions = "/2015-03-31/functions";
    let create = |body: &str| {
        refusal::<lambda::CreateFunctionInput>(Protocol::RestJson, &request(functions, "", body))
    };
    let role = "arn:aws:iam::000000000000:role/r";
    let table = [
        create(&format!(
            r#"{{"FunctionName":"resize","Role":"{role}","Runtime":"python3","Handler":"a.b",
                "Code":{{"ZipFile":"UEsFBg=="}}}}"#
        )),
        create(&format!(r#"{{"FunctionName":"re size","Role":"{role}","Timeout":0,"Code":{{}}}}"#)),
        create(&format!(
            r#"{{"FunctionName":"resize","Role":"{role}","Timeout":"9","Code":{{}}}}"#
        )),
        create(r#"{"FunctionName":"resize","Role":"me","Code":{},"MemorySize":64}"#),
        refusal::<lambda::InvokeInput>(
            Protocol::RestJson,
            &request(&format!("{functions}/a%20b/invocations"), "", "{}"),
        ),
        refusal::<lambda::ListFunctionsInput>(
            Protocol::RestJson,
            &request(functions, "MaxItems=0", ""),
        ),
        refusal::<lambda::ListFunctionsInput>(
            Protocol::RestJson,
            &request(functions, "Colour=red", ""),
        ),
        refusal::<logs::CreateLogGroupInput>(
            Protocol::Json11,
            &request("/", "", r#"{"logGroupName":"a*b","tags":{"team":"x","te*am":"y"}}"#),
        ),
        refusal::<logs::PutLogEventsInput>(
            Protocol::Json11,
            &request("/", "", r#"{"logGroupName":"g","logStreamName":"s","logEvents":[]}"#),
        ),
        refusal::<logs::PutLogEventsInput>(
            Protocol::Json11,
            &request(
                "/",
                "",
                r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1}]}"#,
            ),
        ),
    ];
    expect![[r#"
        taken
        400 ValidationException: 2 validation errors detected: Value 're size' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?; Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1
        400 SerializationException: STRING_VALUE can not be converted to an Integer at 'Timeout'.
        400 ValidationException: 2 validation errors detected: Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128; Value 'me' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+
        400 ValidationException: 1 validation error detected: Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?
        400 ValidationException: 1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1
        400 SerializationException: Unknown query parameter 'Colour'.
        400 InvalidParameterException: 2 validation errors detected: Value 'a*b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+; Value '{team=x, te*am=y}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$]
        400 InvalidParameterException: 1 validation error detected: Value '[]' at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1
        400 InvalidParameterException: 1 validation error detected: Value null at 'logEvents.1.member.message' failed to satisfy constraint: Member must not be null
    "#]].assert_eq(&table.concat());
}

/// Every pattern of a shape and of what it is made of.
fn compile_patterns(schema: &'static Schema, seen: &mut BTreeSet<usize>) -> usize {
    if !seen.insert(std::ptr::from_ref(schema).addr()) {
        return 0;
    }
    let own = schema.rules.pattern.map_or(0, |pattern| {
        // What it says does not matter; it panics when the pattern cannot be compiled.
        let _: bool = pattern.matches("");
        1
    });
    own + match schema.kind {
        Kind::Structure(members) => {
            members.iter().map(|member| compile_patterns(member.schema, seen)).sum()
        }
        Kind::List { member, .. } => compile_patterns(member, seen),
        Kind::Map { key, value, .. } => compile_patterns(key, seen) + compile_patterns(value, seen),
        Kind::Boolean
        | Kind::Integer
        | Kind::Long
        | Kind::Float
        | Kind::Double
        | Kind::String
        | Kind::Blob
        | Kind::Timestamp(_) => 0,
    }
}

#[test]
fn every_pattern_of_the_models_compiles() {
    let mut seen = BTreeSet::new();
    let patterns: usize = MODELS
        .iter()
        .flat_map(|model| model.operations)
        .map(|operation| {
            compile_patterns(operation.input, &mut seen)
                + compile_patterns(operation.output, &mut seen)
        })
        .sum();
    assert!(patterns > 50, "only {patterns} patterns");
}
