//! The canonical form of a request: what both sides hash, whatever proxies did to its looks.

use super::{ALGORITHM, Signature, TERMINATOR};
use crate::http::HttpRequest;
use crate::percent::{self, Plus};
use sha2::{Digest, Sha256};
use tidemill_kernel::hex;

const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

pub(super) fn request(signature: &Signature, request: &HttpRequest, is_presigned: bool) -> Vec<u8> {
    let is_s3 = signature.scope.service == "s3";
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(request.method.as_str().as_bytes());
    out.push(b'\n');
    out.extend_from_slice(path(&request.path, is_s3).as_bytes());
    out.push(b'\n');
    out.extend_from_slice(query(&request.query).as_bytes());
    out.push(b'\n');
    for name in signature.signed_headers.split(';') {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        headers(&mut out, name, request);
        out.push(b'\n');
    }
    out.push(b'\n');
    out.extend_from_slice(signature.signed_headers.as_bytes());
    out.push(b'\n');
    let declared = request.header("x-amz-content-sha256");
    let is_unsigned = is_s3 && declared.map_or(is_presigned, |hash| hash == UNSIGNED_PAYLOAD);
    if is_unsigned {
        out.extend_from_slice(UNSIGNED_PAYLOAD.as_bytes());
    } else {
        write_hex(&mut out, &Sha256::digest(&request.body));
    }
    out
}

pub(super) fn string_to_sign(signature: &Signature, canonical: &[u8]) -> String {
    let scope = &signature.scope;
    let parts: [&str; 10] = [
        ALGORITHM,
        "\n",
        &signature.signed_at_text,
        "\n",
        &scope.date,
        "/",
        &scope.region,
        "/",
        &scope.service,
        "/",
    ];
    let mut text = String::with_capacity(192);
    text.extend(parts);
    text.push_str(TERMINATOR);
    text.push('\n');
    hex::push(&mut text, &Sha256::digest(canonical));
    text
}

/// S3 signs the path as it is, encoded once; everybody else normalises it and encodes it again.
fn path(path: &str, is_s3: bool) -> String {
    let mut out = String::with_capacity(path.len() + 16);
    if path == "/" {
        out.push('/');
    } else if is_s3 {
        percent::encode_into(&mut out, &percent::decode_bytes(path, Plus::IsPlus), true);
    } else {
        percent::encode_into(&mut out, normalised(path).as_bytes(), true);
    }
    out
}

/// Without `.`, `..` and doubled slashes.
fn normalised(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let is_folder = path.ends_with('/') && !segments.is_empty();
    format!("/{}{}", segments.join("/"), if is_folder { "/" } else { "" })
}

/// Encoded anew and sorted, without the signature itself.
fn query(query: &str) -> String {
    if query.is_empty() {
        return String::new();
    }
    let encoded = |text: &str| {
        let mut out = String::with_capacity(text.len());
        percent::encode_into(&mut out, &percent::decode_bytes(text, Plus::IsSpace), false);
        out
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| *name != "X-Amz-Signature")
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> =
        pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// All values of a header, trimmed, with runs of spaces made one, joined by commas.
fn headers(out: &mut Vec<u8>, name: &str, request: &HttpRequest) {
    for (index, value) in request.headers.get_all(name).iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let mut last = b' ';
        for &byte in value.as_bytes().trim_ascii() {
            if byte != b' ' || last != b' ' {
                out.push(byte);
            }
            last = byte;
        }
    }
}

fn write_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.extend_from_slice(&hex::digits(*byte));
    }
}
