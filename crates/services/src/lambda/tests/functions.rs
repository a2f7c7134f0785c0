//! Functions themselves: their revisions, policies, lists and tags.

use super::*;
use crate::lambda::update_function_code::UpdateFunctionCode;

#[test]
fn a_function_is_created_once_changed_by_revision_and_gone_when_deleted() {
    let mut core = Core::new();
    core.apply(1, create("resize"));
    core.apply(2, create("resize"));
    let update = |revision: &str, is_dry_run| {
        Command::UpdateFunctionCode(UpdateFunctionCode {
            function: id("resize"),
            code: Code { sha256: [2; 32], size: 200, blob: [2; 32] },
            architecture: None,
            revision: Some(revision.to_owned()),
            is_dry_run,
        })
    };
    core.apply(3, update("00000000-0000-0000-0000-000000000000", false));
    let Ok(Reply::Function { function, .. }) =
        core.read(Query::Function { function: id("resize"), qualified: false })
    else {
        panic!("it exists");
    };
    core.apply(4, update(&function.revision.to_string(), true));
    core.apply(5, update(&function.revision.to_string(), false));
    core.apply(6, Command::DeleteFunction(id("resize")));
    core.apply(7, Command::DeleteFunction(id("resize")));
    core.apply(8, invoke("resize", 1));
    core.shows(&expect![[r#"
        @1 resize 01010101…(100 B) revision 5c1d6c64
        @2 409 ResourceConflictException: Function already exist: resize
        @3 412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
        ? resize 01010101…(100 B) revision 5c1d6c64
        @4 resize 02020202…(200 B) revision 5c1d6c64
        @5 resize 02020202…(200 B) revision 75c4fafc
        @6 Nothing
        @7 404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:resize
        @8 404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:resize
        next due None
    "#]]);
    assert_eq!(core.rows.iter().count(), 0);
}

#[test]
fn a_policy_is_echoed_and_its_statements_are_unique() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.read(Query::Policy(id("resize"))).unwrap_err();
    let add = |sid: &str, json: String| Command::AddPermission {
        function: id("resize"),
        statement: Statement { sid: sid.to_owned(), json },
        revision: None,
    };
    let remove = |sid: &str| Command::RemovePermission {
        function: id("resize"),
        sid: sid.to_owned(),
        revision: None,
    };
    core.apply(1, add("a", r#"{"Sid":"a"}"#.to_owned()));
    core.apply(2, add("a", r#"{"Sid":"a"}"#.to_owned()));
    core.apply(3, add("b", r#"{"Sid":"b"}"#.to_owned()));
    core.read(Query::Policy(id("resize"))).unwrap();
    core.apply(4, remove("a"));
    core.apply(5, remove("a"));
    core.apply(6, add("c", "x".repeat(20 * 1024)));
    core.read(Query::Policy(id("resize"))).unwrap();
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        ? The resource you requested does not exist.
        @1 Statement("{\"Sid\":\"a\"}")
        @2 409 ResourceConflictException: The statement id (a) provided already exists. Please provide a new statement id, or remove the existing statement.
        @3 Statement("{\"Sid\":\"b\"}")
        ? Policy { policy: "{\"Version\":\"2012-10-17\",\"Id\":\"default\",\"Statement\":[{\"Sid\":\"a\"},{\"Sid\":\"b\"}]}", revision: 115b0624-c635-40e0-9181-a77e7acc6939 }
        @4 Nothing
        @5 404 ResourceNotFoundException: Statement a is not found in resource policy.
        @6 400 PolicyLengthExceededException: The final policy size (20546) is bigger than the limit (20480).
        ? Policy { policy: "{\"Version\":\"2012-10-17\",\"Id\":\"default\",\"Statement\":[{\"Sid\":\"b\"}]}", revision: 75c4fafc-74da-4280-8b32-91f8370b3d5b }
        next due None
    "#]]);
}

#[test]
fn lists_are_merged_by_name_and_paged() {
    let mut core = Core::new();
    for name in ["d", "a", "c"] {
        core.apply(0, create(name));
    }
    let mut other = Core::new();
    for name in ["e", "b"] {
        other.apply(0, create(name));
    }
    core.transcript.clear();
    let mut after = None;
    loop {
        let query = Query::Functions {
            account: id("f").account,
            region: id("f").region,
            after: after.clone(),
            limit: 2,
        };
        let replies = vec![core.read(query.clone()).unwrap(), other.read(query.clone()).unwrap()];
        let merged = merge(&query, replies);
        writeln!(core.transcript, "= {}", show(&merged)).unwrap();
        let Reply::Functions { next, .. } = merged else { panic!("a list") };
        if next.is_none() {
            break;
        }
        after = next;
    }
    core.shows(&expect![[r#"
        ? ["a", "c", "d"] next None
        = ["a", "b"] next Some("b")
        ? ["c", "d"] next None
        = ["c", "d"] next Some("d")
        ? [] next None
        = ["e"] next None
        next due None
    "#]]);
}

#[test]
fn tags_are_merged_counted_and_taken_away() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    let resource = Resource::Function(id("resize"));
    let tags = |from: u32, to: u32| (from..to).map(|n| (format!("k{n}"), "v".to_owned())).collect();
    core.apply(1, Command::TagResource { resource: resource.clone(), tags: tags(0, 50) });
    core.apply(1, Command::TagResource { resource: resource.clone(), tags: tags(49, 51) });
    let keys = (2..50).map(|n| format!("k{n}")).collect();
    core.apply(2, Command::UntagResource { resource: resource.clone(), keys });
    core.read(Query::Tags(resource)).unwrap();
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        @1 Nothing
        @1 400 InvalidParameterValueException: The number of tags exceeds the limit of 50.
        @2 Nothing
        ? Tags({"k0": "v", "k1": "v"})
        next due None
    "#]]);
}
