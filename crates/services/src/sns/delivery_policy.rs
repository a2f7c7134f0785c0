//! Delivery policies: how deliveries over HTTP are tried again. Topics carry them for all their
//! subscriptions.

use serde_json::{Map, Value, json};

/// AWS's ceilings: retries, seconds between two, and seconds in all.
const RETRIES_MAX: u64 = 100;
const DELAY_SECONDS_MAX: u64 = 3_600;
const BACKOFFS: [&str; 4] = ["linear", "arithmetic", "geometric", "exponential"];

/// The policy in the form it is kept in, or what is wrong with it.
pub(super) fn normalise(text: &str) -> Result<String, String> {
    let invalid = |reason: &str| format!("DeliveryPolicy: {reason}");
    let Ok(Value::Object(policy)) = serde_json::from_str(text) else {
        return Err(invalid("failed to parse JSON"));
    };
    only(&policy, &["http"]).map_err(|reason| invalid(&reason))?;
    let Some(Value::Object(http)) = policy.get("http") else {
        return Err(invalid("http must be an object"));
    };
    check_http(http).map_err(|reason| invalid(&reason))?;
    Ok(Value::Object(policy).to_string())
}

fn check_http(http: &Map<String, Value>) -> Result<(), String> {
    only(
        http,
        &[
            "defaultHealthyRetryPolicy",
            "defaultRequestPolicy",
            "defaultThrottlePolicy",
            "disableSubscriptionOverrides",
        ],
    )?;
    if let Some(retry) = http.get("defaultHealthyRetryPolicy") {
        let retry = retry.as_object().ok_or("defaultHealthyRetryPolicy must be an object")?;
        check_retry(retry)?;
    }
    if http.get("disableSubscriptionOverrides").is_some_and(|flag| !flag.is_boolean()) {
        return Err("disableSubscriptionOverrides must be true or false".to_owned());
    }
    if let Some(throttle) = http.get("defaultThrottlePolicy").filter(|policy| !policy.is_null()) {
        let throttle = throttle.as_object().ok_or("defaultThrottlePolicy must be an object")?;
        only(throttle, &["maxReceivesPerSecond"])?;
        whole(throttle, "maxReceivesPerSecond", 1, u64::MAX)?;
    }
    if let Some(request) = http.get("defaultRequestPolicy") {
        let request = request.as_object().ok_or("defaultRequestPolicy must be an object")?;
        only(request, &["headerContentType"])?;
        if request.get("headerContentType").is_some_and(|kind| !kind.is_string()) {
            return Err("headerContentType must be a string".to_owned());
        }
    }
    Ok(())
}

fn check_retry(retry: &Map<String, Value>) -> Result<(), String> {
    const COUNTS: [&str; 3] = ["numMaxDelayRetries", "numMinDelayRetries", "numNoDelayRetries"];
    only(
        retry,
        &[
            "backoffFunction",
            "maxDelayTarget",
            "minDelayTarget",
            "numMaxDelayRetries",
            "numMinDelayRetries",
            "numNoDelayRetries",
            "numRetries",
        ],
    )?;
    let retries = whole(retry, "numRetries", 0, RETRIES_MAX)?.unwrap_or(3);
    let min = whole(retry, "minDelayTarget", 1, DELAY_SECONDS_MAX)?.unwrap_or(20);
    let max = whole(retry, "maxDelayTarget", 1, DELAY_SECONDS_MAX)?.unwrap_or(20);
    if min > max {
        return Err("minDelayTarget must be at most maxDelayTarget".to_owned());
    }
    let mut phases = 0;
    for name in COUNTS {
        phases += whole(retry, name, 0, RETRIES_MAX)?.unwrap_or(0);
    }
    if phases > retries {
        return Err("numRetries must be at least the retries of all phases".to_owned());
    }
    match retry.get("backoffFunction") {
        None => Ok(()),
        Some(Value::String(name)) if BACKOFFS.contains(&name.as_str()) => Ok(()),
        Some(other) => Err(format!("backoffFunction: Invalid value [{other}]")),
    }
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("Unexpected JSON member: {key}")),
        None => Ok(()),
    }
}

fn whole(
    object: &Map<String, Value>,
    name: &str,
    min: u64,
    max: u64,
) -> Result<Option<u64>, String> {
    let Some(value) = object.get(name) else { return Ok(None) };
    value
        .as_u64()
        .filter(|number| (min..=max).contains(number))
        .map(Some)
        .ok_or_else(|| format!("{name} must be a whole number from {min} to {max}"))
}

/// What holds when `policy` leaves something open.
pub(super) fn effective(policy: Option<&str>) -> String {
    let mut http = json!({
        "defaultHealthyRetryPolicy": {
            "minDelayTarget": 20,
            "maxDelayTarget": 20,
            "numRetries": 3,
            "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0,
            "numMinDelayRetries": 0,
            "backoffFunction": "linear",
        },
        "disableSubscriptionOverrides": false,
        "defaultRequestPolicy": { "headerContentType": "text/plain; charset=UTF-8" },
    });
    let set: Option<Value> = policy.and_then(|policy| serde_json::from_str(policy).ok());
    if let Some(set) = set.as_ref().and_then(|set| set.get("http")) {
        lay_over(&mut http, set);
    }
    json!({ "http": http }).to_string()
}

fn lay_over(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                lay_over(below.entry(key).or_insert(Value::Null), value);
            }
        }
        (below, above) => below.clone_from(above),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_policy_keeps_to_aws_limits() {
        let retry = |inner: &str| {
            normalise(&format!("{{\"http\":{{\"defaultHealthyRetryPolicy\":{{{inner}}}}}}}"))
        };
        for good in [
            r#""numRetries":0"#,
            r#""numRetries":100"#,
            r#""minDelayTarget":1,"maxDelayTarget":3600"#,
            r#""numRetries":6,"numMaxDelayRetries":2,"numMinDelayRetries":2,"numNoDelayRetries":2"#,
            r#""backoffFunction":"exponential""#,
        ] {
            assert!(retry(good).is_ok(), "{good}");
        }
        for bad in [
            r#""numRetries":101"#,
            r#""numRetries":-1"#,
            r#""minDelayTarget":0"#,
            r#""maxDelayTarget":3601"#,
            r#""minDelayTarget":30,"maxDelayTarget":29"#,
            r#""numRetries":5,"numMaxDelayRetries":2,"numMinDelayRetries":2,"numNoDelayRetries":2"#,
            r#""backoffFunction":"random""#,
            r#""jitter":true"#,
        ] {
            assert!(retry(bad).is_err(), "{bad}");
        }
        for bad in ["", "[]", "{}", r#"{"http":1}"#, r#"{"https":{}}"#, r#"{"http":{"x":1}}"#] {
            assert!(normalise(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_a_policy_leaves_open_is_filled_in() {
        let policy = r#"{"http":{"defaultHealthyRetryPolicy":{"numRetries":7}}}"#;
        let shown: Value = serde_json::from_str(&effective(Some(policy))).unwrap();
        let retry = &shown["http"]["defaultHealthyRetryPolicy"];
        assert_eq!((&retry["numRetries"], &retry["minDelayTarget"]), (&json!(7), &json!(20)));
    }
}
