//! Where a subscription's copies go: a resource of ours by its ARN, or a URL.
//!
//! Both are kept as the text they were given as, so that what was kept before there were URLs
//! still opens.

use super::model::Protocol;
use kernel::{Arn, PartitionId};
use minicbor::{Decode, Decoder, Encode, Encoder};
use std::fmt;
use tidemill_kernel as kernel;

const URL_LENGTH_MAX: usize = 2_048;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    Resource(Arn),
    Url(String),
}

impl Endpoint {
    /// Reads a URL that can be posted to; an `Err` says what is wrong with it.
    pub(super) fn parse_url(protocol: Protocol, text: &str) -> Result<Endpoint, &'static str> {
        let (scheme, otherwise) = match protocol {
            Protocol::Https => ("https://", "it must begin with https://"),
            Protocol::Http | Protocol::Sqs | Protocol::Lambda => {
                ("http://", "it must begin with http://")
            }
        };
        let rest = text.strip_prefix(scheme).ok_or(otherwise)?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        if text.len() > URL_LENGTH_MAX {
            return Err("it is longer than 2048 characters");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains('#') {
            return Err("it must be printable ASCII without blanks and fragments");
        }
        if authority.contains('@') {
            return Err("user names and passwords in it are not supported");
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            Some(_) | None => (authority, None),
        };
        if host.is_empty() || port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err("it names no host and port");
        }
        Ok(Endpoint::Url(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Endpoint::Resource(arn) => arn.as_str(),
            Endpoint::Url(url) => url,
        }
    }

    #[must_use]
    pub fn arn(&self) -> Option<&Arn> {
        match self {
            Endpoint::Resource(arn) => Some(arn),
            Endpoint::Url(_) => None,
        }
    }

    /// The partition that hands copies over: the resource's own, and for a URL the topic's.
    pub(super) fn partition(&self, topic: PartitionId) -> Option<PartitionId> {
        match self {
            Endpoint::Resource(arn) => PartitionId::of_arn(arn),
            Endpoint::Url(_) => Some(topic),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<C> Encode<C> for Endpoint {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.str(self.as_str())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Endpoint {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Endpoint, minicbor::decode::Error> {
        let text = decoder.str()?;
        Ok(match Arn::parse(text) {
            Some(arn) => Endpoint::Resource(arn),
            None => Endpoint::Url(text.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::codec;

    #[test]
    fn an_endpoint_is_written_as_the_arn_it_was() {
        let arn = Arn::parse("arn:aws:sqs:us-east-1:000000000000:q").unwrap();
        let endpoint = Endpoint::Resource(arn.clone());
        assert_eq!(codec::to_bytes(&endpoint), codec::to_bytes(&arn));
        assert_eq!(codec::from_bytes::<Endpoint>(&codec::to_bytes(&arn)), endpoint);
        let url = Endpoint::Url("http://example.com/a".to_owned());
        assert_eq!(codec::from_bytes::<Endpoint>(&codec::to_bytes(&url)), url);
    }

    #[test]
    fn only_urls_that_can_be_posted_to_are_taken() {
        for good in [
            "http://example.com",
            "http://example.com:8080/a?b=c",
            "http://[::1]:80/",
            "http://[::1]/",
        ] {
            assert!(Endpoint::parse_url(Protocol::Http, good).is_ok(), "{good}");
            let secure = good.replace("http:", "https:");
            assert!(Endpoint::parse_url(Protocol::Https, &secure).is_ok(), "{secure}");
            assert!(Endpoint::parse_url(Protocol::Https, good).is_err(), "{good}");
        }
        let long = format!("http://example.com/{}", "a".repeat(URL_LENGTH_MAX));
        for bad in [
            "",
            "example.com",
            "https://example.com/",
            "http://",
            "http:///a",
            "http://:80/",
            "http://example.com:x/",
            "http://example.com:65536/",
            "http://a:b@example.com/",
            "http://example.com/ a",
            "http://example.com/\r\nX: y",
            "http://example.com/#a",
            "http://exämple.com/",
            &long,
        ] {
            assert!(Endpoint::parse_url(Protocol::Http, bad).is_err(), "{bad}");
        }
    }
}
