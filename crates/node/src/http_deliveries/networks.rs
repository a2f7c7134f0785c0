//! Where deliveries may go: an endpoint is a URL that somebody chose, and must not be a way to
//! what only this machine can reach.
//!
//! The services of a small team live on private addresses, so these are fine. What is refused
//! unless it is allowed by name: link-local addresses, where clouds answer questions about a
//! machine and its credentials, and addresses that are no single machine's.
//!
//! # Invariants
//!
//! - What counts is the address that is connected to, whatever a name said before.
//! - An IPv4 address is judged as one in IPv6 clothes too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A network in CIDR notation; an address alone is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, plain(address)) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - self.bits;
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - self.bits;
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        let refuse = || format!("`{text}` is no network; say e.g. 10.0.0.0/8 or 127.0.0.1");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| refuse())?;
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= bits_max).ok_or_else(refuse)?,
            None => bits_max,
        };
        Ok(Network { address, bits })
    }
}

/// The IPv4 address that an IPv6 address only wraps, also for a translator (RFC 6052).
fn plain(address: IpAddr) -> IpAddr {
    const TRANSLATED: u128 = 0x0064_ff9b << 96;
    match address.to_canonical() {
        IpAddr::V6(v6) if v6.to_bits() >> 32 == TRANSLATED >> 32 => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        plain @ (IpAddr::V4(_) | IpAddr::V6(_)) => plain,
    }
}

/// Refused unless somebody allows them.
const NEVER: [Network; 9] = [
    v4(Ipv4Addr::new(0, 0, 0, 0), 8),
    v4(Ipv4Addr::new(169, 254, 0, 0), 16),
    v4(Ipv4Addr::new(224, 0, 0, 0), 3),
    // Where Alibaba's and EC2's metadata live, outside the link-local range.
    v4(Ipv4Addr::new(100, 100, 100, 200), 32),
    v6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254), 128),
    v6(Ipv6Addr::UNSPECIFIED, 128),
    v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    v6(Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10),
    v6(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),
];

const fn v4(address: Ipv4Addr, bits: u32) -> Network {
    Network { address: IpAddr::V4(address), bits }
}

const fn v6(address: Ipv6Addr, bits: u32) -> Network {
    Network { address: IpAddr::V6(address), bits }
}

/// What the configuration says of addresses.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Allowed whatever else is said.
    pub allow: Vec<Network>,
    /// Refused besides what always is.
    pub deny: Vec<Network>,
}

impl Reach {
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        let is_in = |networks: &[Network]| networks.iter().any(|n| n.contains(address));
        is_in(&self.allow) || !(is_in(&NEVER) || is_in(&self.deny))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Vec<Network> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn reaches(reach: &Reach, address: &str) -> bool {
        reach.allows(address.parse().unwrap())
    }

    #[test]
    fn private_addresses_are_reached_and_metadata_is_not() {
        let reach = Reach::default();
        for good in
            ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "8.8.8.8", "::1", "fd12::1"]
        {
            assert!(reaches(&reach, good), "{good}");
        }
        for bad in [
            "169.254.169.254",
            "169.254.170.2",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "100.100.100.200",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "ff02::1",
        ] {
            assert!(!reaches(&reach, bad), "{bad}");
        }
    }

    #[test]
    fn what_is_allowed_beats_what_is_denied() {
        let reach = Reach {
            allow: networks(&["10.1.0.0/16", "169.254.1.1"]),
            deny: networks(&["10.0.0.0/8", "127.0.0.0/8", "::/0"]),
        };
        for (address, expected) in [
            ("10.1.255.255", true),
            ("10.2.0.0", false),
            ("11.0.0.0", true),
            ("127.255.255.255", false),
            ("169.254.1.1", true),
            ("169.254.1.2", false),
            ("2001:db8::1", false),
            ("::ffff:10.2.0.0", false),
        ] {
            assert_eq!(reaches(&reach, address), expected, "{address}");
        }
        assert!(
            Reach { deny: networks(&["0.0.0.0/0"]), ..Reach::default() }
                .allows("2001:db8::1".parse().unwrap())
        );
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for bad in ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "host", "10.0/8"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}
