//! Virtual hosts: which bucket a `Host` header names, if it names one.
//!
//! `photos.localhost:4566`, `photos.s3.localhost`, `photos.s3.us-east-1.example.com` name `photos`;
//! `localhost`, `s3.example.com` and any host that is not ours name none, and the path does.

use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

/// Domains that this server answers to, without port.
#[derive(Clone, Debug)]
pub(super) struct Domains(Vec<String>);

impl Domains {
    /// `localhost` (whose subdomains resolve to it on most systems) and those configured.
    pub(super) fn new(configured: impl IntoIterator<Item = String>) -> Domains {
        let mut domains = vec!["localhost".to_owned()];
        domains.extend(configured.into_iter().map(|domain| domain.to_ascii_lowercase()));
        Domains(domains)
    }

    fn bucket<'h>(&self, host: &'h str) -> Option<&'h str> {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            Some(_) | None => host,
        };
        let labels = self.0.iter().find_map(|domain| {
            let split = name.len().checked_sub(domain.len())?;
            let (labels, tail) = (name.get(..split)?, name.get(split..)?);
            tail.eq_ignore_ascii_case(domain).then_some(labels)?.strip_suffix('.')
        })?;
        // `bucket.s3` and `bucket.s3.region`: the service's own labels stand between.
        let bucket = match labels.rsplit_once('.') {
            Some((bucket, "s3")) => bucket,
            Some((rest, _region)) => rest.strip_suffix(".s3").unwrap_or(labels),
            None => labels,
        };
        let names_the_service = bucket == "s3" || bucket.starts_with("s3.");
        (!names_the_service).then_some(bucket)
    }
}

impl S3Host for Domains {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let virtual_host = VirtualHost::new(host);
        Ok(match self.bucket(host) {
            Some(bucket) => virtual_host.with_bucket(bucket),
            None => virtual_host,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_names_a_bucket_or_none() {
        let domains = Domains::new(["Tide.example.com".to_owned()]);
        for (host, bucket) in [
            ("localhost", None),
            ("localhost:4566", None),
            ("photos.localhost:4566", Some("photos")),
            ("my.photos.localhost", Some("my.photos")),
            ("s3.localhost:4566", None),
            ("s3.us-east-1.localhost", None),
            ("photos.s3.localhost", Some("photos")),
            ("photos.s3.us-east-1.localhost", Some("photos")),
            ("my.photos.s3.localhost", Some("my.photos")),
            ("photos.tide.example.com", Some("photos")),
            ("tide.example.com", None),
            ("tidemill", None),
            ("notlocalhost", None),
            ("other.example.com", None),
        ] {
            assert_eq!(domains.bucket(host), bucket, "{host}");
        }
    }
}
