//! Requests to the S3 front, signed with a right key: targets, headers and bodies down to the core.
//! Whatever stands there, the answer is no failure of the server's.

#[path = "world.rs"]
mod world;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tidemill_edge::s3::{BlobFiles, BlobSink, BlobSource, Core, S3Front};
use tidemill_edge::{Key, Keys};
use tidemill_kernel::{AccountId, PartitionId, Secret, Timestamp, Uuid};
use tidemill_node::Unavailable;
use tidemill_services::s3::model::BlobId;
use tidemill_services::{Error, Reply, Work};
use tokio::runtime::Runtime;
use world::{Kept, World};

const KEY_ID: &str = "AKIAFUZZ";
const SECRET: &str = "a secret for the fuzzer";
/// Founded with an object and an upload in it.
const BUCKET: &str = "inbox";

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime"));

/// The partition of the bucket; there are no others.
struct Here(Mutex<World>);

#[async_trait::async_trait]
impl Core for Here {
    async fn submit(&self, work: Work) -> Result<Result<Reply, Error>, Unavailable> {
        let mut world = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match work {
            Work::Command(_, command) => match world.apply(command) {
                Ok(Some(reply)) => Ok(Ok(reply)),
                Ok(None) => Err(Unavailable::Busy),
                Err(error) => Ok(Err(error)),
            },
            Work::Query(_, query) => Ok(world.read(query)),
            Work::QueryAll(query) => Ok(world.read(query)),
        }
    }
}

/// Files in memory.
#[derive(Clone, Default)]
struct Files(Arc<Mutex<BTreeMap<[u8; BlobId::BYTES], Bytes>>>);

struct File {
    bytes: Vec<u8>,
    files: Files,
}

impl Files {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<[u8; BlobId::BYTES], Bytes>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl BlobFiles for Files {
    fn create(&self, _announced: u64) -> io::Result<Box<dyn BlobSink>> {
        Ok(Box::new(File { bytes: Vec::new(), files: self.clone() }))
    }

    fn open(&self, id: BlobId) -> io::Result<Arc<dyn BlobSource>> {
        let bytes = self.with(|files| files.get(&id.0).cloned());
        Ok(Arc::new(Contents(bytes.ok_or(io::ErrorKind::NotFound)?)))
    }

    fn delete(&self, id: BlobId) -> io::Result<()> {
        self.with(|files| files.remove(&id.0)).map(drop).ok_or(io::ErrorKind::NotFound.into())
    }
}

impl BlobSink for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn publish(self: Box<Self>) -> io::Result<BlobId> {
        let File { bytes, files } = *self;
        let mut id = [0; BlobId::BYTES];
        let number = files.with(|files| files.len());
        id[..8].copy_from_slice(&(number as u64).to_be_bytes());
        files.with(|files| files.insert(id, bytes.into()));
        Ok(BlobId(id))
    }
}

struct Contents(Bytes);

impl BlobSource for Contents {
    fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let end = start.checked_add(length).filter(|end| *end <= self.0.len());
        Ok(self.0.slice(start..end.ok_or(io::ErrorKind::UnexpectedEof)?))
    }
}

/// A front over what was kept, and the core behind it.
fn front(kept: Kept, files: Files) -> (S3Front, Arc<Here>) {
    let account = AccountId::parse("000000000000").expect("twelve digits");
    let root = Key::root(KEY_ID.to_owned(), SECRET.to_owned(), account);
    let keys = Arc::new(Keys::new(Secret([7; 32]), [root]));
    let world = World::load(PartitionId::of_bucket(BUCKET), kept);
    let core = Arc::new(Here(Mutex::new(world)));
    let domains = vec!["s3.test".to_owned()];
    (S3Front::new(Arc::clone(&core) as Arc<dyn Core>, Arc::new(files), keys, domains), core)
}

/// What there is before each request.
struct Founded {
    kept: Kept,
    files: BTreeMap<[u8; BlobId::BYTES], Bytes>,
    upload: String,
}

/// A bucket, an object in the log and one in a file, and an upload with a part.
static FOUNDED: LazyLock<Founded> = LazyLock::new(|| {
    let files = Files::default();
    let (front, core) = front(Kept::default(), files.clone());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let ask = |lines: &str, body: &[u8]| {
        let request = request(&[lines.as_bytes(), b"\n\n", body].concat()).expect("a request");
        let (status, answer) = respond(&front, request);
        assert_eq!(status, 200, "{lines}: {}", text(&answer));
        text(&answer)
    };
    ask(&format!("PUT /{BUCKET}"), b"");
    ask(&format!("PUT /{BUCKET}/in/a.txt\nx-amz-meta-kind: order"), b"a few bytes");
    ask(&format!("PUT /{BUCKET}/large"), &[b'x'; 200_000]);
    let begun = ask(&format!("POST /{BUCKET}/upload?uploads"), b"");
    let id = begun.split("<UploadId>").nth(1).and_then(|rest| rest.split('<').next());
    let id = id.expect("it was begun").to_owned();
    ask(&format!("PUT /{BUCKET}/upload?partNumber=1&uploadId={id}"), b"the first part");
    drop(front);
    let here = Arc::into_inner(core).expect("the front is gone");
    let world = here.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    Founded { kept: world.keep(), files: files.with(|files| files.clone()), upload: id }
});

/// Lines: method and target, then headers; behind an empty line the body. `UPLOAD` is the upload
/// that there is.
pub(crate) fn run(data: &[u8]) {
    let Founded { kept, files, upload } = &*FOUNDED;
    let Some(request) = request(&named(data, upload)) else { return };
    let (front, _core) = front(kept.clone(), Files(Arc::new(Mutex::new(files.clone()))));
    let shown = format!("{request:?}");
    let (status, body) = respond(&front, request);
    // 501 and 503 are refusals with a reason.
    let has_failed = status >= 500 && !matches!(status, 501 | 503);
    assert!(!has_failed, "{status} for {shown}: {}", String::from_utf8_lossy(&body));
}

/// The same with the upload's name in its place.
fn named(data: &[u8], upload: &str) -> Vec<u8> {
    const PLACE: &[u8] = b"UPLOAD";
    let Some(at) = data.windows(PLACE.len()).position(|window| window == PLACE) else {
        return data.to_vec();
    };
    let (before, behind) = data.split_at(at);
    [before, upload.as_bytes(), &behind[PLACE.len()..]].concat()
}

/// The status, and the answer to its end.
fn respond(front: &S3Front, request: Request<Full<Bytes>>) -> (u16, Bytes) {
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    RUNTIME.block_on(async {
        let answered = front.respond(request, Uuid::default(), peer).await;
        let status = answered.response.status().as_u16();
        let body = answered.response.into_body().collect().await;
        (status, body.map(|body| body.to_bytes()).unwrap_or_default())
    })
}

fn request(data: &[u8]) -> Option<Request<Full<Bytes>>> {
    let end = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let (head, body) = data.split_at(end);
    let body = body.get(2..).unwrap_or_default();
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut words = lines.next()?.splitn(2, |byte| *byte == b' ');
    let method = Method::from_bytes(words.next()?).ok()?;
    let target = Uri::try_from(words.next()?).ok()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (name, value) = (parts.next()?, parts.next()?);
        let name = HeaderName::from_bytes(name).ok()?;
        headers.append(name, HeaderValue::from_bytes(value.trim_ascii()).ok()?);
    }
    headers.entry("host").or_insert(HeaderValue::from_static("s3.test"));
    // As every client does that sends a body; but for a few that say how long it will be.
    if !headers.contains_key("transfer-encoding") {
        headers.insert("content-length", HeaderValue::from(body.len()));
    }
    sign(&method, &target, &mut headers);
    let mut request = Request::new(Full::new(Bytes::copy_from_slice(body)));
    *request.method_mut() = method;
    *request.uri_mut() = target;
    *request.headers_mut() = headers;
    Some(request)
}

/// Signs all headers, as the front wants it of those that begin with `x-amz-`.
fn sign(method: &Method, target: &Uri, headers: &mut HeaderMap) {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let now = Timestamp(u64::try_from(elapsed.as_millis()).expect("it fits for a while"));
    let instant: String = tidemill_aws::iso8601_millis(now)
        .chars()
        .filter(|letter| !matches!(letter, '-' | ':'))
        .take(15)
        .collect();
    let instant = format!("{instant}Z");
    let value = HeaderValue::try_from(&instant).expect("digits and two letters");
    headers.insert("x-amz-date", value);
    headers.entry("x-amz-content-sha256").or_insert(HeaderValue::from_static("UNSIGNED-PAYLOAD"));
    headers.remove("authorization");
    let mut names: Vec<String> = headers.keys().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    let of = |name: &String| {
        let values = headers.get_all(name).iter().map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        format!("{name}:{}\n", values.collect::<Vec<_>>().join(","))
    };
    let signed: String = names.iter().map(of).collect();
    let names = names.join(";");
    let payload = headers.get("x-amz-content-sha256").map_or(&b""[..], HeaderValue::as_bytes);
    let mut pairs: Vec<String> = target
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            format!("{}={}", encoded(name, false), encoded(value, false))
        })
        .collect();
    pairs.sort();
    let canonical = format!(
        "{method}\n{}\n{}\n{signed}\n{names}\n{}",
        encoded(target.path(), true),
        pairs.join("&"),
        String::from_utf8_lossy(payload)
    );
    let day = &instant[..8];
    let scope = format!("{day}/us-east-1/s3/aws4_request");
    let to_sign =
        format!("AWS4-HMAC-SHA256\n{instant}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let signature = ["us-east-1", "s3", "aws4_request", &to_sign]
        .into_iter()
        .fold(mac(format!("AWS4{SECRET}").as_bytes(), day), |key, text| mac(&key, text));
    let value = format!(
        "AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={names}, Signature={}",
        hex(&signature)
    );
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert("authorization", value);
    }
}

/// Decoded, and encoded again as signatures have it.
fn encoded(text: &str, is_path: bool) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let (mut encoded, mut rest) = (String::new(), text.as_bytes());
    while let [first, behind @ ..] = rest {
        let pair = (digit(behind.first()), digit(behind.get(1)));
        let (byte, behind) = match (first, pair) {
            (b'%', (Some(high), Some(low))) => {
                (u8::try_from(high * 16 + low).expect("two digits"), &behind[2..])
            }
            (b'+', _) if !is_path => (b' ', behind),
            _ => (*first, behind),
        };
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'~' | b'.' => {
                encoded.push(char::from(byte));
            }
            b'/' if is_path => encoded.push('/'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        rest = behind;
    }
    encoded
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
