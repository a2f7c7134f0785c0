//! A function on AWS's own Rust runtime, unmodified: it answers, fails in a way of its own, prints
//! and panics, as it is asked to.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// A failure that names itself, as `lambda_runtime` lets a handler do.
#[derive(Debug)]
enum Failure {
    OutOfStock { article: String },
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Diagnostic {
        let Failure::OutOfStock { article } = failure;
        Diagnostic {
            error_type: "OutOfStock".to_owned(),
            error_message: format!("there is no {article} left"),
        }
    }
}

async fn handler(event: LambdaEvent<Value>) -> Result<Value, Failure> {
    let LambdaEvent { payload, context } = event;
    println!("asked for {payload}");
    if payload["panic"] == true {
        panic!("asked to panic");
    }
    if let Some(article) = payload["missing"].as_str() {
        return Err(Failure::OutOfStock { article: article.to_owned() });
    }
    Ok(json!({
        "event": payload,
        "request_id": context.request_id,
        "arn": context.invoked_function_arn,
        "function": context.env_config.function_name,
        "memory": context.env_config.memory,
        "milliseconds_left": context.deadline.saturating_sub(now()),
        "custom": context.client_context.map(|client| client.custom),
    }))
}

fn now() -> u64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handler)).await
}
