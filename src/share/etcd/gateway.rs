//! One endpoint of a cluster, spoken to over its HTTP gateway: bounded in time and bytes, logged in where users are known.
//! Must not know what the keys mean.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response, redirect};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::config::EtcdSettings;
use crate::share::etcd::fault::{EtcdError, short};
use crate::share::etcd::wire::{ErrorReply, LoginReply, RangeReply, TxnReply, count, create, names, one, range, watch};

/// How long one request may take. A leader is found anew within about 2 s; past this another endpoint is asked.
pub(super) const REQUEST_LIMIT: Duration = Duration::from_secs(5);

/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// Between two signs of life that the system asks of an idle connection.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// Most bytes of an answer: [`PAGE`] of the longest lines in base64. A larger one is refused.
const REPLY_MAX: usize = 16 * 1024 * 1024;

/// Most keys asked for at once.
pub(super) const PAGE: usize = 128;

/// Largest password file that is read.
const PASSWORD_MAX: u64 = 4_096;

/// Makes the client; secrets and certificates are read now.
pub(super) fn client(settings: &EtcdSettings) -> Result<Client, EtcdError> {
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .http1_only()
        .user_agent(concat!("warroom/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_LIMIT)
        .tcp_keepalive(KEEPALIVE)
        .pool_idle_timeout(Duration::from_secs(60))
        .pool_max_idle_per_host(4);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let secure = settings.endpoints.iter().any(|e| e.starts_with("https://"));
    let builder = if secure && settings.ca.is_none() {
        // The platform's own trust store; refused twice is no fault: the first one stays.
        drop(provider.as_ref().clone().install_default());
        builder
    } else {
        builder.tls_backend_preconfigured(tls(settings, provider)?)
    };
    builder.build().map_err(|e| EtcdError::Setup(format!("the HTTP client could not be made: {e}")))
}

fn tls(
    settings: &EtcdSettings,
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<rustls::ClientConfig, EtcdError> {
    let cannot = |e: rustls::Error| EtcdError::Setup(format!("TLS cannot be set up: {e}"));
    let mut roots = rustls::RootCertStore::empty();
    for cert in settings.ca.iter().flat_map(|file| certs(file)) {
        roots.add(cert?).map_err(cannot)?;
    }
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(cannot)?
        .with_root_certificates(roots);
    match (&settings.cert, &settings.key) {
        (Some(cert), Some(key)) => {
            let chain = certs(cert).into_iter().collect::<Result<Vec<_>, _>>()?;
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|e| EtcdError::Setup(format!("{}: {e}; it must be a private key in PEM", key.display())))?;
            builder.with_client_auth_cert(chain, key).map_err(cannot)
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn certs(file: &Path) -> Vec<Result<CertificateDer<'static>, EtcdError>> {
    let wrong = |e: &dyn std::fmt::Display| {
        EtcdError::Setup(format!("{}: {e}; it must hold certificates in PEM", file.display()))
    };
    match CertificateDer::pem_file_iter(file) {
        Err(e) => vec![Err(wrong(&e))],
        Ok(found) => {
            let found: Vec<_> = found.map(|c| c.map_err(|e| wrong(&e))).collect();
            if found.is_empty() { vec![Err(wrong(&"it holds no certificate"))] } else { found }
        }
    }
}

/// One endpoint that let us in.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    client: Client,
    url: Arc<str>,
    token: Option<Arc<str>>,
}

impl Endpoint {
    /// Logs in where there is a user.
    pub(super) async fn enter(client: &Client, url: &str, settings: &EtcdSettings) -> Result<Self, EtcdError> {
        let mut endpoint = Self { client: client.clone(), url: Arc::from(url), token: None };
        if let (Some(user), Some(file)) = (&settings.user, &settings.password_file) {
            let password = password(file)?;
            let reply: LoginReply =
                endpoint.ask("/v3/auth/authenticate", &json!({ "name": user, "password": password })).await?;
            if reply.token.is_empty() {
                return Err(EtcdError::Nonsense("a login without a token".to_owned()));
            }
            endpoint.token = Some(Arc::from(reply.token));
        }
        Ok(endpoint)
    }

    pub(super) async fn range(&self, from: &str, to: &str) -> Result<RangeReply, EtcdError> {
        self.ask("/v3/kv/range", &range(from, to, PAGE)).await
    }

    pub(super) async fn count(&self, from: &str, to: &str) -> Result<RangeReply, EtcdError> {
        self.ask("/v3/kv/range", &count(from, to)).await
    }

    pub(super) async fn names(&self, from: &str, to: &str, most: usize) -> Result<RangeReply, EtcdError> {
        self.ask("/v3/kv/range", &names(from, to, most)).await
    }

    pub(super) async fn one(&self, key: &str) -> Result<RangeReply, EtcdError> {
        self.ask("/v3/kv/range", &one(key)).await
    }

    pub(super) async fn create(&self, pairs: &[(String, Vec<u8>)]) -> Result<TxnReply, EtcdError> {
        self.ask("/v3/kv/txn", &create(pairs)).await
    }

    /// The beginning of a watch: its answer goes on for as long as the connection lives.
    pub(super) async fn watch(&self, from: &str, to: &str, revision: u64) -> Result<Response, EtcdError> {
        let body = watch(from, to, revision);
        let reply = timed(self.send("/v3/watch", &body)).await?;
        if reply.status().is_success() { Ok(reply) } else { Err(refusal(reply).await) }
    }

    /// Asks for anything.
    pub(super) async fn ask<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, EtcdError> {
        timed(async {
            let reply = self.send(path, body).await?;
            if !reply.status().is_success() {
                return Err(refusal(reply).await);
            }
            let bytes = whole(reply).await?;
            serde_json::from_slice(&bytes).map_err(|e| EtcdError::Nonsense(short(&e.to_string())))
        })
        .await
    }

    async fn send(&self, path: &str, body: &Value) -> Result<Response, EtcdError> {
        let mut request = self.client.post(format!("{}{path}", self.url)).header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", token.as_ref());
        }
        request.body(body.to_string()).send().await.map_err(|e| EtcdError::of_client(&e))
    }
}

async fn timed<T>(work: impl Future<Output = Result<T, EtcdError>>) -> Result<T, EtcdError> {
    let late = Err(EtcdError::TimedOut(REQUEST_LIMIT.as_secs()));
    tokio::time::timeout(REQUEST_LIMIT, work).await.unwrap_or(late)
}

async fn whole(mut reply: Response) -> Result<Vec<u8>, EtcdError> {
    let mut body = Vec::new();
    while let Some(piece) = reply.chunk().await.map_err(|e| EtcdError::of_client(&e))? {
        if body.len() + piece.len() > REPLY_MAX {
            return Err(EtcdError::Nonsense(format!("an answer of more than {REPLY_MAX} bytes")));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// etcd's own words; some versions put a trailer of text behind the JSON.
async fn refusal(reply: Response) -> EtcdError {
    let status = reply.status().as_u16();
    let Ok(body) = whole(reply).await else { return EtcdError::Nonsense(format!("HTTP {status}")) };
    let mut values = serde_json::Deserializer::from_slice(&body).into_iter::<ErrorReply>();
    match values.next() {
        Some(Ok(error)) if !error.says().is_empty() => EtcdError::of_reply(&error),
        _ => EtcdError::Nonsense(format!("HTTP {status}, and no word of etcd's; is it etcd's client port?")),
    }
}

fn password(file: &Path) -> Result<String, EtcdError> {
    use std::io::Read as _;
    let cannot =
        |e: std::io::Error| EtcdError::Setup(format!("{}: {e}; mend `password_file` in [share.etcd]", file.display()));
    let mut text = String::new();
    std::fs::File::open(file).map_err(cannot)?.take(PASSWORD_MAX).read_to_string(&mut text).map_err(cannot)?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
