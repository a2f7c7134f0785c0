//! Asking the running server: one request over one connection, to an address on this machine.

use anyhow::{Context as _, bail};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const CONNECT_MAX: Duration = Duration::from_secs(5);

/// Where a server answers.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Server {
    /// `url` as the server announces it: plain HTTP, an address and a port.
    pub(crate) fn at(url: &str) -> anyhow::Result<Server> {
        let address = url
            .strip_prefix("http://")
            .and_then(|authority| authority.parse().ok())
            .with_context(|| format!("`{url}` is no address"))?;
        Ok(Server { address })
    }

    /// Asks and reads the whole answer. HTTP/1.0, so that the server closes when it is done.
    pub(crate) fn ask(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, String)],
        body: &[u8],
        time_max: Duration,
    ) -> anyhow::Result<Answer> {
        let mut stream = TcpStream::connect_timeout(&self.address, CONNECT_MAX)?;
        stream.set_read_timeout(Some(time_max))?;
        let mut request = format!("{method} {target} HTTP/1.0\r\nhost: {}\r\n", self.address);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        stream.write_all(request.as_bytes())?;
        stream.write_all(body)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let Some((head, body)) = answer.split_once("\r\n\r\n") else {
            bail!("it answered {:?}", answer.lines().next().unwrap_or_default());
        };
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.with_context(|| format!("it answered {head:?}"))?;
        Ok(Answer { status, body: body.to_owned() })
    }
}
