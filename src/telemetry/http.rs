//! The one HTTP client: bounded in time and bytes, no redirects, no proxy, no compression. Failures become words.
//! Must not know what it fetches.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, RequestBuilder, redirect};

use super::credentials::Credentials;
use super::{fault, replies};
use crate::domain::observation::Failure;

/// How long one request may take, from connecting to the last byte. Shorter than the slowest poll (5 s); past it the
/// request is dropped and the node has failed that round.
pub const REQUEST_LIMIT: Duration = Duration::from_secs(3);

/// How many bytes of a reply are read. A metrics page of a busy node has 5 MB; past it the reply is cut and counts as none.
pub const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// Idle connections are dropped sooner than servers of the field drop them (Node.js: 5 s), so that none is reused dead.
const IDLE_LIMIT: Duration = Duration::from_secs(4);

/// A reply, whole and within its limits.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `content-type`, lower case; empty when not told.
    pub content_type: String,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body of a success; HTML where something else was asked for is refused by name.
    ///
    /// # Errors
    /// The status that is no success, or what came instead.
    pub fn usable(self) -> Result<Vec<u8>, Failure> {
        if !(200..300).contains(&self.status) {
            return Err(Failure::Status(self.status));
        }
        if self.looks_like_html() {
            return Err(Failure::NotUsable("HTML came instead".to_owned()));
        }
        Ok(self.body)
    }

    /// Whether a web page came.
    #[must_use]
    pub fn looks_like_html(&self) -> bool {
        let start = self.body.trim_ascii_start();
        let start = &start[..start.len().min(15)];
        self.content_type.starts_with("text/html")
            || start.to_ascii_lowercase().starts_with(b"<!doctype html")
            || start.to_ascii_lowercase().starts_with(b"<html")
    }
}

/// Builds its clients when they are first needed: certificates are loaded only when an `https` address is asked.
#[derive(Debug, Default)]
pub struct Http {
    plain: OnceLock<Result<Client, String>>,
    secure: OnceLock<Result<Client, String>>,
}

impl Http {
    /// A client that has not been built yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    fn client(&self, url: &str) -> Result<&Client, Failure> {
        let slot = if url.starts_with("https://") {
            self.secure.get_or_init(|| build(true))
        } else {
            self.plain.get_or_init(|| build(false))
        };
        slot.as_ref().map_err(|why| Failure::Setup(why.clone()))
    }

    /// GETs a URL.
    ///
    /// # Errors
    /// Why nothing usable came, in words.
    pub async fn get(&self, url: &str, who: &Credentials, limit: Duration) -> Result<Reply, Failure> {
        let client = self.client(url)?;
        let given = send(|| client.get(url), who, limit).await;
        replies::note("GET", url, "", &given);
        given
    }

    /// A GET that its asker sends and reads piece by piece; for streams, which have limits of their own.
    pub(super) fn opening(&self, url: &str, who: &Credentials) -> Option<RequestBuilder> {
        let request = self.client(url).ok()?.get(url).header("accept", "text/event-stream");
        who.apply(request).ok()
    }

    /// POSTs JSON to a URL.
    ///
    /// # Errors
    /// Why nothing usable came, in words.
    pub async fn post(&self, url: &str, who: &Credentials, body: &str, limit: Duration) -> Result<Reply, Failure> {
        let client = self.client(url)?;
        let make = || client.post(url).header("content-type", "application/json").body(body.to_owned());
        let given = send(make, who, limit).await;
        replies::note("POST", url, body, &given);
        given
    }
}

fn build(secure: bool) -> Result<Client, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .http1_only()
        .user_agent(concat!("warroom/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(REQUEST_LIMIT)
        .pool_idle_timeout(IDLE_LIMIT)
        .pool_max_idle_per_host(2);
    let builder = if secure {
        // The platform's own trust store; refused twice is no fault: the first one stays.
        drop(provider.as_ref().clone().install_default());
        builder
    } else {
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        builder.tls_backend_preconfigured(tls)
    };
    builder.build().map_err(|e| format!("the HTTP client could not be made: {e}"))
}

/// Sends it within the limit. A kept connection that the server closed in the meantime is tried once more.
async fn send(make: impl Fn() -> RequestBuilder, who: &Credentials, limit: Duration) -> Result<Reply, Failure> {
    let rounds = async {
        let first = once(&make, who).await;
        match first {
            Err(Failure::Broken(_)) => once(&make, who).await,
            other => other,
        }
    };
    let after_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    tokio::time::timeout(limit, rounds).await.unwrap_or(Err(Failure::TimedOut { after_ms }))
}

async fn once(make: &impl Fn() -> RequestBuilder, who: &Credentials) -> Result<Reply, Failure> {
    let request = who.apply(make())?;
    let mut reply = request.send().await.map_err(|e| fault::words(&e))?;
    let status = reply.status().as_u16();
    let content_type = reply.headers().get("content-type").and_then(|v| v.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    let told = reply.content_length().unwrap_or(0);
    let too_large = Failure::TooLarge { limit: BODY_LIMIT as u64 };
    if told > BODY_LIMIT as u64 {
        return Err(too_large);
    }
    let mut body = Vec::with_capacity(usize::try_from(told).unwrap_or(0));
    while let Some(piece) = reply.chunk().await.map_err(|e| fault::words(&e))? {
        if body.len() + piece.len() > BODY_LIMIT {
            return Err(too_large);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Reply { status, content_type, body })
}
