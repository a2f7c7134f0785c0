//! Filter policies: what is refused and how, and what matches what.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use tidemill_expr::filter::{Attribute, Document, FilterPolicy, Scope, Work};

fn body_matches(policy: &str, body: &str) -> bool {
    let policy = FilterPolicy::parse(policy, Scope::MessageBody).expect("a legal policy");
    let document = Document::from_body(body);
    document.is_some_and(|document| policy.matches(&document, &mut Work::default()))
}

fn attributes_match(policy: &str, attributes: &[(&str, Attribute<'_>)]) -> bool {
    let policy = FilterPolicy::parse(policy, Scope::MessageAttributes).expect("a legal policy");
    let document = Document::from_attributes(attributes.iter().copied());
    policy.matches(&document, &mut Work::default())
}

fn check_refusals(scope: Scope, policies: &[&str], expected: &Expect) {
    let table: String = policies
        .iter()
        .map(|policy| match FilterPolicy::parse(policy, scope) {
            Ok(_) => format!("{policy}\n    ok\n"),
            Err(refusal) => format!("{policy}\n    {refusal}\n"),
        })
        .collect();
    expected.assert_eq(&table);
}

const MALFORMED: [&str; 24] = [
    r#"{"key":[["value"]]}"#,
    r#"{"key":[{"wrong-operator":true}]}"#,
    r#"{"key":[{"suffix":"value","prefix":"value2"}]}"#,
    r#"{"key":"value_one"}"#,
    r#"{"key":[]}"#,
    r#"{"key":[{}]}"#,
    r#"{"key":[{"suffix":100}]}"#,
    r#"{"key":[{"prefix":["a"]}]}"#,
    r#"{"key":[{"equals-ignore-case":null}]}"#,
    r#"{"key":[{"exists":"no"}]}"#,
    r#"{"key":[{"cidr":"10.0.0.0"}]}"#,
    r#"{"key":[{"cidr":"10.0.0.0/33"}]}"#,
    r#"{"key":[{"cidr":"ten/8"}]}"#,
    r#"{"key":[{"wildcard":"a**b"}]}"#,
    r#"{"key":[{"wildcard":"a\\b"}]}"#,
    r#"{"key":[{"anything-but":{"wrong-operator":null}}]}"#,
    r#"{"key":[{"anything-but":{"exists":false}}]}"#,
    r#"{"key":[{"anything-but":{"prefix":false}}]}"#,
    r#"{"key":[{"anything-but":["a",1]}]}"#,
    r#"{"key":[{"anything-but":true}]}"#,
    r#"{"key":[1000000000.1]}"#,
    r#"{"key":{"nested":["a"]}}"#,
    r#"["key"]"#,
    r#"{}"#,
];

#[test]
fn a_policy_that_is_none_is_refused_in_aws_words() {
    check_refusals(
        Scope::MessageAttributes,
        &MALFORMED,
        &expect![[r#"
            {"key":[["value"]]}
                Match value must be String, number, true, false, or null
            {"key":[{"wrong-operator":true}]}
                Unrecognized match type wrong-operator
            {"key":[{"suffix":"value","prefix":"value2"}]}
                Only one key allowed in match expression
            {"key":"value_one"}
                "key" must be an object or an array
            {"key":[]}
                Empty arrays are not allowed
            {"key":[{}]}
                Empty match expression
            {"key":[{"suffix":100}]}
                suffix match pattern must be a string
            {"key":[{"prefix":["a"]}]}
                prefix match pattern must be a string
            {"key":[{"equals-ignore-case":null}]}
                equals-ignore-case match pattern must be a string
            {"key":[{"exists":"no"}]}
                exists match pattern must be either true or false.
            {"key":[{"cidr":"10.0.0.0"}]}
                Malformed CIDR, one '/' required
            {"key":[{"cidr":"10.0.0.0/33"}]}
                Malformed CIDR, mask bits must be at most 32
            {"key":[{"cidr":"ten/8"}]}
                Malformed CIDR, no IP address: ten
            {"key":[{"wildcard":"a**b"}]}
                Consecutive wildcard characters at pos 1
            {"key":[{"wildcard":"a\\b"}]}
                Invalid escape character at pos 1
            {"key":[{"anything-but":{"wrong-operator":null}}]}
                Unsupported anything-but pattern: wrong-operator
            {"key":[{"anything-but":{"exists":false}}]}
                Unsupported anything-but pattern: exists
            {"key":[{"anything-but":{"prefix":false}}]}
                prefix match pattern must be a string
            {"key":[{"anything-but":["a",1]}]}
                Inside anything but list, either all values are number or string, mixed type is not supported
            {"key":[{"anything-but":true}]}
                Value of anything-but must be an array or single string/number value.
            {"key":[1000000000.1]}
                Value must be between -1.0E9 and 1.0E9, inclusive
            {"key":{"nested":["a"]}}
                Filter policy scope MessageAttributes does not support nested filter policy
            ["key"]
                Filter is not an object
            {}
                Empty objects are not allowed
        "#]],
    );
}

#[test]
fn a_numeric_match_that_is_none_is_refused_in_aws_words() {
    check_refusals(
        Scope::MessageAttributes,
        &[
            r#"{"key":[{"numeric":[]}]}"#,
            r#"{"key":[{"numeric":["operator"]}]}"#,
            r#"{"key":[{"numeric":[1,"<="]}]}"#,
            r#"{"key":[{"numeric":["=","000"]}]}"#,
            r#"{"key":[{"numeric":[">="]}]}"#,
            r#"{"key":[{"numeric":["<",100,">",10]}]}"#,
            r#"{"key":[{"numeric":[">=",1,">",2]}]}"#,
            r#"{"key":[{"numeric":[">",3,"<",1]}]}"#,
            r#"{"key":[{"numeric":[">",20,"<="]}]}"#,
            r#"{"key":[{"numeric":[">",20,30]}]}"#,
            r#"{"key":[{"numeric":[">",20,"test"]}]}"#,
            r#"{"key":[{"numeric":[">","20","<","30"]}]}"#,
            r#"{"key":[{"numeric":[">",20,"<",30,"<",50]}]}"#,
            r#"{"key":[{"numeric":["=",1,2]}]}"#,
            r#"{"key":[{"numeric":">"}]}"#,
            r#"{"key":[{"numeric":[">",-1000000000,"<=",1000000000]}]}"#,
        ],
        &expect![[r#"
            {"key":[{"numeric":[]}]}
                Invalid member in numeric match: ]
            {"key":[{"numeric":["operator"]}]}
                Unrecognized numeric range operator: operator
            {"key":[{"numeric":[1,"<="]}]}
                Invalid member in numeric match: 1
            {"key":[{"numeric":["=","000"]}]}
                Value of equals must be numeric
            {"key":[{"numeric":[">="]}]}
                Value of >= must be numeric
            {"key":[{"numeric":["<",100,">",10]}]}
                Too many elements in numeric expression
            {"key":[{"numeric":[">=",1,">",2]}]}
                Bad numeric range operator: >
            {"key":[{"numeric":[">",3,"<",1]}]}
                Bottom must be less than top
            {"key":[{"numeric":[">",20,"<="]}]}
                Value of <= must be numeric
            {"key":[{"numeric":[">",20,30]}]}
                Bad value in numeric range: 30
            {"key":[{"numeric":[">",20,"test"]}]}
                Bad numeric range operator: test
            {"key":[{"numeric":[">","20","<","30"]}]}
                Value of > must be numeric
            {"key":[{"numeric":[">",20,"<",30,"<",50]}]}
                Too many terms in numeric range expression
            {"key":[{"numeric":["=",1,2]}]}
                Too many elements in numeric expression
            {"key":[{"numeric":">"}]}
                Value of numeric must be an array.
            {"key":[{"numeric":[">",-1000000000,"<=",1000000000]}]}
                ok
        "#]],
    );
}

#[test]
fn a_body_policy_counts_values_by_their_depth_and_keys_at_the_top() {
    let values = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let flat = |count| format!(r#"{{"key":[{}]}}"#, values(count));
    // 4 values on the third level, 3 on the second, 2 on the first: 12 × 6 × 2.
    let documented = r#"{"a":{"b":{"c":[1,2,3,4]}},"d":{"e":[1,2,3]},"f":[1,2]}"#;
    let beyond = r#"{"a":{"b":{"c":[1,2,3,4]}},"d":{"e":[1,2,3]},"f":[1,2,3]}"#;
    // (4 × 6) + (4 × 4 × 4) + (4 × 4 × 4) = 152, and one value fewer is 146.
    let alternatives = |metric: usize| {
        format!(
            r#"{{"source":[1,2,3,4],"$or":[{{"name":[{}]}},
                {{"type":[1,2,3,4],"$or":[{{"id":[1,2,3,4]}},{{"space":[1,2,3,4]}}]}}]}}"#,
            values(metric)
        )
    };
    for (policy, refusal) in [
        (flat(150).as_str(), None),
        (&flat(151), Some("Filter policy is too complex")),
        (documented, None),
        (beyond, Some("Filter policy is too complex")),
        (&alternatives(5), None),
        (&alternatives(6), Some("Filter policy is too complex")),
        (r#"{"a":[1],"b":[1],"c":[1],"d":[1],"e":{"x":[1],"y":[1]}}"#, None),
        (
            r#"{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}"#,
            Some("Filter policy can not have more than 5 keys"),
        ),
    ] {
        let found = FilterPolicy::parse(policy, Scope::MessageBody).err();
        assert_eq!(found.map(|found| found.to_string()).as_deref(), refusal, "{policy}");
    }
    let padding = |bytes: usize| format!("{}{}", r#"{"key":["a"]}"#, " ".repeat(bytes - 13));
    assert!(FilterPolicy::parse(&padding(256 * 1024), Scope::MessageBody).is_ok());
    assert!(FilterPolicy::parse(&padding(256 * 1024 + 1), Scope::MessageBody).is_err());
}

#[test]
fn each_matcher_takes_what_aws_documents() {
    let policy = |matcher: &str| format!(r#"{{"key":[{matcher}]}}"#);
    for (matcher, taken, refused) in [
        (r#""a""#, &[r#""a""#, r#"["b","a"]"#, r#"[["a"]]"#][..], &[r#""A""#, "1", "{}"][..]),
        ("300", &["300", "300.0", "3.0e2", "300.000001"], &["300.00001", r#""300""#, "1e300"]),
        ("true", &["true"], &["false", r#""true""#, "1"]),
        ("null", &["null", "[null]"], &[r#""null""#, "false", "[]"]),
        (r#"{"prefix":"bas"}"#, &[r#""baseball""#], &[r#""rugby""#, r#""Base""#]),
        (r#"{"suffix":"ball"}"#, &[r#""baseball""#], &[r#""ballet""#]),
        (r#"{"equals-ignore-case":"TenNis"}"#, &[r#""tennis""#, r#""TENNIS""#], &[r#""ten""#]),
        (r#"{"wildcard":"a*b*c"}"#, &[r#""abc""#, r#""a.b.b.c""#], &[r#""acb""#, r#""ab""#]),
        (r#"{"wildcard":"*.jpg"}"#, &[r#""x.jpg""#, r#"".jpg""#], &[r#""x.jpg.""#]),
        (r#"{"wildcard":"a*a"}"#, &[r#""aa""#, r#""aba""#], &[r#""a""#]),
        (r#"{"wildcard":"1\\*2"}"#, &[r#""1*2""#], &[r#""1x2""#]),
        (r#"{"numeric":[">",0,"<=",100]}"#, &["100", "0.00001"], &["0", "100.00001", r#""5""#]),
        (r#"{"numeric":["=",301.5]}"#, &["301.5", "3.015e2"], &["301"]),
        (r#"{"numeric":["<",-1]}"#, &["-2"], &["-1", "1e10"]),
        (r#"{"exists":true}"#, &["null", "0", r#""""#], &["{}", "[]"]),
        (r#"{"exists":false}"#, &["{}", "[]"], &["null", "0"]),
        (r#"{"cidr":"10.0.0.0/24"}"#, &[r#""10.0.0.255""#], &[r#""10.0.1.0""#, r#""x""#, "1"]),
        (r#"{"cidr":"0.0.0.0/0"}"#, &[r#""1.2.3.4""#], &[r#""::1""#]),
        (r#"{"cidr":"2001:db8::/32"}"#, &[r#""2001:db8::1""#], &[r#""2001:db9::1""#]),
        (
            r#"{"anything-but":["rugby","tennis"]}"#,
            &[r#""baseball""#, r#"["rugby","baseball"]"#, "1"],
            &[r#""rugby""#, r#"["rugby","tennis"]"#, "[]", "{}"],
        ),
        (r#"{"anything-but":[100,500]}"#, &["101", r#"[100,50]"#], &["100", "[100]"]),
        (r#"{"anything-but":{"prefix":"a-"}}"#, &[r#""b-1""#], &[r#""a-1""#]),
        (r#"{"anything-but":{"suffix":[".a",".b"]}}"#, &[r#""x.c""#], &[r#""x.a""#, r#""x.b""#]),
        (r#"{"anything-but":{"wildcard":"*/tmp/*"}}"#, &[r#""/var/x""#], &[r#""/tmp/x""#]),
        (r#"{"anything-but":{"equals-ignore-case":"a"}}"#, &[r#""b""#], &[r#""A""#]),
    ] {
        for (values, expected) in [(taken, true), (refused, false)] {
            for value in values {
                let body = format!(r#"{{"key":{value}}}"#);
                assert_eq!(body_matches(&policy(matcher), &body), expected, "{matcher} {body}");
            }
        }
    }
}

#[test]
fn keys_nestings_arrays_and_alternatives() {
    let s3 = r#"{"Records":{"s3":{"object":{"key":[{"prefix":"auto-"}]}},
        "eventName":[{"prefix":"ObjectCreated:"}]}}"#;
    let or = r#"{"$or":[{"metricName":["CPU","Latency"]},{"namespace":["EC2","ES"]}],
        "detail":{"scope":["Service"],"$or":[{"source":["cw"]},{"type":["Alarm"]}]}}"#;
    for (policy, body, expected) in [
        (
            s3,
            r#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"auto-1"}}}]}"#,
            true,
        ),
        (
            s3,
            r#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":[[{"key":"auto-1"}]]}},
            {"eventName":"ObjectRemoved:Delete","s3":{"object":{"key":"home-1"}}}]}"#,
            true,
        ),
        // Both hold, but not for the same record.
        (
            s3,
            r#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"home-1"}}},
            {"eventName":"ObjectRemoved:Delete","s3":{"object":{"key":"auto-1"}}}]}"#,
            false,
        ),
        (or, r#"{"metricName":"CPU","detail":{"scope":"Service","source":"cw"}}"#, true),
        (or, r#"{"namespace":"ES","detail":{"scope":"Service","type":"Alarm"}}"#, true),
        (or, r#"{"metricName":"CPU","detail":{"scope":"Service","type":"CPU"}}"#, false),
        (or, r#"{"metricName":"CPU","detail":{"type":"Alarm"}}"#, false),
        (or, r#"{"metricName":"EC2","detail":{"scope":"Service","type":"Alarm"}}"#, false),
        (r#"{"object.nested":["v"]}"#, r#"{"object":{"nested":"v"}}"#, true),
        (r#"{"object.nested":["v"]}"#, r#"{"object.nested":"v"}"#, true),
        (r#"{"a":{"b.c":["v"]}}"#, r#"{"a.b":{"c":"v"}}"#, true),
        (r#"{"a.b":["v"],"a":{"c":["w"]}}"#, r#"{"a":{"b":"v"},"a.c":"w"}"#, true),
        (r#"{"a.b":["v"]}"#, r#"{"a":{"c":"v"}}"#, false),
        (r#"{"a":{"b":[{"exists":false}]}}"#, r#"{}"#, true),
        (r#"{"a":{"b":[{"exists":false}]}}"#, r#"{"a":1}"#, true),
        (r#"{"a":{"b":[{"exists":false}]}}"#, r#"{"a":{"b":null}}"#, false),
        (r#"{"a":["x"],"b":[{"anything-but":["y"]},{"exists":false}]}"#, r#"{"a":"x"}"#, true),
        (r#"{"a":["x"]}"#, r#"["x"]"#, false),
        (r#"{"a":["x"]}"#, "not JSON", false),
    ] {
        assert_eq!(body_matches(policy, body), expected, "{policy} {body}");
    }
}

#[test]
fn attributes_are_compared_by_their_type() {
    use Attribute::{Array, Number, Text};
    for (policy, attributes, expected) in [
        (r#"{"a":["x"]}"#, &[("a", Text("x"))][..], true),
        (r#"{"a":["x"],"b":["y"]}"#, &[("a", Text("x"))], false),
        (r#"{"a":[1]}"#, &[("a", Number("1.0"))], true),
        (r#"{"a":[1]}"#, &[("a", Text("1"))], false),
        (r#"{"a":["1"]}"#, &[("a", Number("1"))], false),
        (r#"{"a":[{"numeric":[">",0,"<=",100]}]}"#, &[("a", Number("99.12"))], true),
        (r#"{"a":[{"numeric":[">",0,"<=",100]}]}"#, &[("a", Number("111"))], false),
        (r#"{"a":["x"]}"#, &[("a", Array(r#"["y","x"]"#))], true),
        (r#"{"a":[true]}"#, &[("a", Array("[true,null]"))], true),
        (r#"{"a":["x"]}"#, &[("a", Array("x"))], false),
        (r#"{"a":[null,{"anything-but":"whatever"}]}"#, &[], true),
        (r#"{"a":[null,{"anything-but":"whatever"}]}"#, &[("a", Text("whatever"))], false),
        (r#"{"a":[{"exists":false}]}"#, &[("b", Text("x"))], true),
        (r#"{"a":[{"exists":true}]}"#, &[("a", Number("1"))], true),
        (r#"{"a.b":["x"]}"#, &[("a.b", Text("x"))], true),
        (r#"{"$or":[{"a":["x"]},{"b":["y"]}]}"#, &[("b", Text("y"))], true),
    ] {
        assert_eq!(attributes_match(policy, attributes), expected, "{policy} {attributes:?}");
    }
}

/// A message of dots, brackets or both is as deep as it can be made.
#[test]
fn depth_cannot_overrun_the_stack() {
    let dots = format!(r#"{{"{}":1}}"#, "a.".repeat(100_000));
    let policy = r#"{"a":["x"]}"#;
    assert!(!body_matches(policy, &dots));
    let nested: String = format!("{}1{}", r#"{"a.a.a.a":"#.repeat(120), "}".repeat(120));
    assert!(!body_matches(policy, &nested));
    let deep = format!(r#"{{"{}a":[1]}}"#, "a.".repeat(100_000));
    assert!(FilterPolicy::parse(&deep, Scope::MessageBody).is_err());
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let word = prop_oneof![
        Just("$or"),
        Just("a"),
        Just("b"),
        Just("a.b"),
        Just("numeric"),
        Just("prefix"),
        Just("suffix"),
        Just("exists"),
        Just("anything-but"),
        Just("wildcard"),
        Just("cidr"),
        Just("equals-ignore-case"),
        Just(">"),
        Just("<="),
        Just("*"),
        Just("10.0.0.0/8"),
        Just(""),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..5).prop_map(|entries| {
                entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = FilterPolicy::parse(&text, Scope::MessageBody);
        let _ = Document::from_body(&text);
    }

    #[test]
    fn matching_any_json_ends_and_its_work_is_bounded(policy in json(), body in json()) {
        let (policy, body) = (policy.to_string(), body.to_string());
        for scope in [Scope::MessageBody, Scope::MessageAttributes] {
            let Ok(parsed) = FilterPolicy::parse(&policy, scope) else { continue };
            let Some(document) = Document::from_body(&body) else { continue };
            let mut work = Work::default();
            let first = parsed.matches(&document, &mut work);
            prop_assert!(work.0 <= ((policy.len() + 1) * (body.len() + 1)) as u64);
            prop_assert_eq!(parsed.matches(&document, &mut work), first);
        }
    }

    #[test]
    fn a_wildcard_is_what_a_search_by_trying_finds(
        pattern in "[ab*]{0,6}", text in "[ab]{0,8}",
    ) {
        fn tried(pattern: &[u8], text: &[u8]) -> bool {
            match pattern.split_first() {
                None => text.is_empty(),
                Some((b'*', rest)) => (0..=text.len()).any(|at| tried(rest, &text[at..])),
                Some((byte, rest)) => text.first() == Some(byte) && tried(rest, &text[1..]),
            }
        }
        let policy = serde_json::json!({ "key": [{ "wildcard": pattern }] }).to_string();
        let body = serde_json::json!({ "key": text }).to_string();
        if FilterPolicy::parse(&policy, Scope::MessageBody).is_ok() {
            let expected = tried(pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(body_matches(&policy, &body), expected);
        }
    }
}
