//! The admin API from the command line: finds the running server by its data directory, signs with
//! the root key, and says in a person's words what it refused.

use crate::cli::Reach;
use crate::config::{Config, process_environment};
use crate::endpoint;
use crate::http_client::Server;
use crate::root_key::RootKey;
use anyhow::{Context as _, bail};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tidemill_aws::sigv4::Signer;
use tidemill_aws::{HttpRequest, percent_encoded};
use tidemill_kernel::{Region, Timestamp};

const ANSWER_MAX: Duration = Duration::from_secs(60);

/// The API of one server, for one region.
pub(crate) struct Admin {
    url: String,
    server: Server,
    root_key: RootKey,
    region: Region,
}

impl Admin {
    pub(crate) fn reach(reach: &Reach) -> anyhow::Result<Admin> {
        let config = Config::load(&reach.location.flags(), &process_environment)?;
        let Some(url) = endpoint::announced(&config.data)? else {
            bail!(
                "no server runs on {data}; start it with: tidemill up --data {data}",
                data = config.data.display()
            );
        };
        let region = match &reach.region {
            None => config.region.clone(),
            Some(text) => Region::parse(text)
                .with_context(|| format!("`{text}` is no region; one looks like us-east-1"))?,
        };
        let root_key = endpoint::root_key(&config)?;
        Ok(Admin { server: Server::at(&url)?, url, root_key, region })
    }

    /// Reads; `parameters` become the query string.
    pub(crate) fn get(
        &self,
        segments: &[&str],
        parameters: &[(&str, String)],
    ) -> anyhow::Result<Value> {
        let pairs: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
            .collect();
        self.ask(Method::GET, segments, &pairs.join("&"), String::new())
    }

    pub(crate) fn post(&self, segments: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.ask(Method::POST, segments, "", body.to_string())
    }

    fn ask(
        &self,
        method: Method,
        segments: &[&str],
        query: &str,
        body: String,
    ) -> anyhow::Result<Value> {
        let mut path = "/_tidemill".to_owned();
        for segment in segments {
            path.push('/');
            path.push_str(&percent_encoded(segment));
        }
        let host = self.server.address.to_string();
        let host = HeaderValue::try_from(host).expect("an address is visible ASCII");
        let mut headers = HeaderMap::new();
        headers.insert("host", host);
        let request = HttpRequest {
            method,
            path,
            query: query.to_owned(),
            headers,
            body: bytes::Bytes::from(body),
        };
        let signer = Signer {
            access_key_id: &self.root_key.access_key_id,
            secret_access_key: &self.root_key.secret_access_key,
            region: self.region.as_str(),
            service: "tidemill",
        };
        let signed = signer.headers(&request, now());
        let target = match request.query.as_str() {
            "" => request.path.clone(),
            query => format!("{}?{query}", request.path),
        };
        let answer = self
            .server
            .ask(request.method.as_str(), &target, &signed, &request.body, ANSWER_MAX)
            .with_context(|| {
                format!(
                    "no server answers at {}; it may have been killed: start it again",
                    self.url
                )
            })?;
        let value: Value = serde_json::from_str(&answer.body)
            .with_context(|| format!("what answers at {} is no Tidemill", self.url))?;
        if answer.status == 200 {
            return Ok(value);
        }
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        let (code, message) = (text("code"), text("message"));
        bail!("{}{} [{code}]", first_line(message), advice(code));
    }
}

/// A refused signature comes with the strings that were hashed; they help nobody here.
fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

/// What to do about a refusal, where the server cannot know it.
fn advice(code: &str) -> &'static str {
    match code {
        "QueueDoesNotExist" => {
            " `tidemill queue list` shows those of this region; --region means another."
        }
        "UnrecognizedClientException" | "InvalidSignatureException" => {
            " The server was started with another root key: set TIDEMILL_ACCESS_KEY_ID and \
             TIDEMILL_SECRET_ACCESS_KEY as it has them."
        }
        _ => "",
    }
}

fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}
