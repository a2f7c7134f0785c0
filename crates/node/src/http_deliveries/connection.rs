//! A connection to an endpoint: resolved, judged, opened, and encrypted where the URL says so.

use super::networks::Reach;
use http::Uri;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// How endpoints are reached.
#[derive(Clone, Debug, Default)]
pub struct DeliveryOptions {
    pub reach: Reach,
    /// Certificates (PEM) that are trusted besides those that the system trusts.
    pub certificates: Option<PathBuf>,
    /// Where the server itself listens: it tells itself nothing over the network.
    pub own_address: Option<SocketAddr>,
}

impl DeliveryOptions {
    /// Whether the certificates can be read.
    ///
    /// # Errors
    /// When they cannot, or are none.
    pub fn check(&self) -> io::Result<()> {
        match &self.certificates {
            Some(path) => read_certificates(path).map(drop),
            None => Ok(()),
        }
    }
}

/// What carries a request.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

#[derive(Debug)]
pub(super) struct Connector {
    options: DeliveryOptions,
    /// Read when an endpoint with TLS is first posted to.
    tls: OnceCell<TlsConfig>,
}

#[derive(Clone)]
struct TlsConfig(Arc<ClientConfig>);

impl std::fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsConfig")
    }
}

impl Connector {
    pub(super) fn new(options: DeliveryOptions) -> Connector {
        Connector { options, tls: OnceCell::new() }
    }

    pub(super) async fn connect(&self, url: &Uri) -> io::Result<Box<dyn Stream>> {
        let authority = url.authority().ok_or_else(|| io::Error::other("the URL has no host"))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let is_secure = url.scheme_str() == Some("https");
        let port = authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let stream = self.open(host, port).await?;
        if !is_secure {
            return Ok(Box::new(stream));
        }
        let TlsConfig(config) =
            self.tls.get_or_try_init(|| tls_config(self.options.certificates.clone())).await?;
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await?;
        Ok(Box::new(stream))
    }

    /// Connects to the first address of a host that may be reached and answers. The address that
    /// was judged is the one that is connected to: a name that changes its mind gains nothing.
    async fn open(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let mut failure = io::Error::other(format!("{host} has no address"));
        for address in lookup_host((host, port)).await? {
            if !self.options.reach.allows(address.ip()) {
                failure = refused(address);
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) if self.is_own(&stream)? => failure = refused(address),
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Whether a connection has come out where it began.
    fn is_own(&self, stream: &TcpStream) -> io::Result<bool> {
        let Some(own) = self.options.own_address else { return Ok(false) };
        let (here, there) = (stream.local_addr()?.ip(), stream.peer_addr()?);
        let is_same_machine = here == there.ip() || there.ip().to_canonical().is_loopback();
        let listens_there = own.ip().is_unspecified() || own.ip() == there.ip();
        Ok(there.port() == own.port() && is_same_machine && listens_there)
    }
}

fn refused(address: SocketAddr) -> io::Error {
    tracing::warn!(%address, "no delivery may go there; see [deliveries] in the configuration");
    io::Error::other(format!("{address} must not be reached by deliveries"))
}

async fn tls_config(certificates: Option<PathBuf>) -> io::Result<TlsConfig> {
    let read = tokio::task::spawn_blocking(move || roots(certificates.as_deref()));
    let roots = read.await.map_err(io::Error::other)??;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConfig(Arc::new(config)))
}

/// What the system trusts, and what the configuration adds.
fn roots(certificates: Option<&Path>) -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    for error in native.errors {
        tracing::warn!(%error, "some of the system's certificates cannot be read");
    }
    roots.add_parsable_certificates(native.certs);
    if let Some(path) = certificates {
        for certificate in read_certificates(path)? {
            roots.add(certificate).map_err(io::Error::other)?;
        }
    }
    if roots.is_empty() {
        tracing::warn!("no certificate is trusted, so that no endpoint with TLS can be reached");
    }
    Ok(roots)
}

fn read_certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(io::Error::other)?;
    let certificates: Vec<_> = certificates.collect::<Result<_, _>>().map_err(io::Error::other)?;
    if certificates.is_empty() {
        return Err(io::Error::other("the file holds no certificate in PEM"));
    }
    Ok(certificates)
}
