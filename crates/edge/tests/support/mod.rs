//! A door on a real port over a real node in a temporary directory, and a client that signs.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tidemill_edge::{Door, Key, Keys, ListenerOptions, serve};
use tidemill_kernel::{AccountId, Timestamp};
use tidemill_node::{Node, Options};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const ACCESS_KEY_ID: &str = "AKIATESTTESTTESTTEST";
pub(crate) const SECRET_ACCESS_KEY: &str = "a-secret-for-tests";

/// A running door. Stops, drains and removes its data when dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
    node: Node,
    _data: tempfile::TempDir,
}

impl Served {
    pub(crate) fn start(connections_max: u32) -> Served {
        let data = tempfile::tempdir().expect("a temporary directory");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let options = Options::new(data.path().to_owned());
        let node =
            Node::open(&options, |_invoke| {}, runtime.handle()).expect("an empty directory opens");
        let account = AccountId::parse("000000000000").expect("legal");
        let root = Key::root(ACCESS_KEY_ID.to_owned(), SECRET_ACCESS_KEY.to_owned(), account);
        let keys = Keys::new(node.secret(), [root]);
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("bound");
        let door = Arc::new(Door::new(node.clone(), Arc::new(keys), format!("http://{address}")));
        let (stop, stopped) = watch::channel(false);
        let options = ListenerOptions { connections_max, drain_max: Duration::from_secs(60) };
        let serving = Some(runtime.spawn(serve(listener, door, options, stopped)));
        Served { address, stop, serving, runtime: Some(runtime), node, _data: data }
    }

    pub(crate) fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).expect("connected");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        Client { stream, rest: Vec::new() }
    }

    /// Tells the listener to stop and waits until it has.
    pub(crate) fn drain(&mut self) {
        self.stop.send_replace(true);
        if let (Some(serving), Some(runtime)) = (self.serving.take(), &self.runtime) {
            runtime.block_on(serving).expect("the listener does not panic");
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.drain();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        self.node.shutdown();
    }
}

/// One connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    rest: Vec<u8>,
}

/// A response as it arrived.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("sent");
    }

    pub(crate) fn ask(&mut self, request: &[u8]) -> Answer {
        self.send(request);
        self.answer().expect("an answer")
    }

    /// The next response; `None` when the server closes without one.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        let end = loop {
            match self.rest.windows(4).position(|window| window == b"\r\n\r\n") {
                Some(end) => break end,
                None => self.read_some()?,
            }
        };
        let head = String::from_utf8_lossy(&self.rest[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().expect("a status");
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length: usize =
            headers.get("content-length").map_or(0, |l| l.parse().expect("a length"));
        while self.rest.len() < end + 4 + length {
            self.read_some()?;
        }
        let rest = self.rest.split_off(end + 4 + length);
        let body = String::from_utf8_lossy(&self.rest[end + 4..]).into_owned();
        self.rest = rest;
        Some(Answer { status, headers, body })
    }

    fn read_some(&mut self) -> Option<()> {
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece) {
            Ok(0) | Err(_) => None,
            Ok(count) => {
                self.rest.extend_from_slice(&piece[..count]);
                Some(())
            }
        }
    }
}

/// A signed JSON 1.0 request to SQS.
pub(crate) fn sqs(operation: &str, body: &str) -> Vec<u8> {
    sqs_signed_with(operation, body, SECRET_ACCESS_KEY)
}

pub(crate) fn sqs_signed_with(operation: &str, body: &str, secret: &str) -> Vec<u8> {
    let now = basic_now();
    let date = &now[..8];
    let scope = format!("{date}/us-east-1/sqs/aws4_request");
    let target = format!("AmazonSQS.{operation}");
    let canonical = format!(
        "POST\n/\n\nhost:tidemill.test\nx-amz-date:{now}\nx-amz-target:{target}\n\n\
         host;x-amz-date;x-amz-target\n{}",
        hex(&Sha256::digest(body))
    );
    let to_sign = format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let key = ["us-east-1", "sqs", "aws4_request", &to_sign]
        .into_iter()
        .fold(mac(format!("AWS4{secret}").as_bytes(), date), |key, text| mac(&key, text));
    format!(
        "POST / HTTP/1.1\r\nhost: tidemill.test\r\nx-amz-date: {now}\r\nx-amz-target: {target}\r\n\
         content-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/{scope}, \
         SignedHeaders=host;x-amz-date;x-amz-target, Signature={}\r\n\r\n{body}",
        body.len(),
        hex(&key)
    )
    .into_bytes()
}

/// Now, as `20150830T123600Z`.
fn basic_now() -> String {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let now = Timestamp(u64::try_from(elapsed.as_millis()).expect("before the year 500 million"));
    let extended = tidemill_aws::iso8601_millis(now);
    let digits: String = extended.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{}Z", &digits[..15])
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
