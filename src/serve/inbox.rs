//! An inbox that is filled by POSTs on loopback: bounded in bytes, rate, time and connections; web pages cannot post to it.
//! Must not know what is posted; whoever opens it says how it is read.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, ORIGIN};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Longest body, 1 MiB: some thousand alerts. A longer one is answered with 413 and not read on: it would not be shorter the
/// next time either. The sender's `max_alerts` keeps it below (docs/config.md).
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Posts that wait to be taken; past it the sender is told to come again (503), as senders of alerts do.
pub const WAITING: usize = 64;

/// Connections at once; the next one waits until one ends.
const CONNECTIONS: usize = 8;

/// Requests in [`RATE_SPAN`] from those who proved themselves; more are answered with 503: an Alertmanager tries again after
/// 5xx only, and drops what 429 refuses.
const RATE: u32 = 50;

/// The time over which the rate is counted.
const RATE_SPAN: Duration = Duration::from_secs(5);

/// How long the head of a request may take, and its body again; then the connection is closed.
const READ_LIMIT: Duration = Duration::from_secs(3);

/// How long one connection lives at most, kept alive or not.
const CONNECTION_LIMIT: Duration = Duration::from_secs(60);

/// Longest head of a request, bytes.
const HEAD_LIMIT: usize = 16 * 1024;

/// Makes a value of a body, or says in words what is wrong with it.
pub type Read<T> = fn(&[u8]) -> Result<T, String>;

/// An open inbox; dropped, it no longer listens.
#[derive(Debug)]
pub struct Inbox<T> {
    at: SocketAddr,
    from: Receiver<T>,
    task: tokio::task::JoinHandle<()>,
}

impl<T> Drop for Inbox<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What every request is held against.
struct Door<T> {
    path: &'static str,
    token: Option<String>,
    read: Read<T>,
    to: Sender<T>,
    rate: Mutex<(Instant, u32)>,
}

impl<T: Send + 'static> Inbox<T> {
    /// Begins to listen, inside the running tokio runtime. With a token, a request must bear it.
    ///
    /// # Errors
    /// When the address is not of loopback, is taken, or may not be listened at.
    pub async fn open(at: SocketAddr, path: &'static str, token: Option<String>, read: Read<T>) -> io::Result<Self> {
        if !at.ip().is_loopback() {
            return Err(io::Error::other("only addresses of loopback are listened at"));
        }
        let listener = TcpListener::bind(at).await?;
        let at = listener.local_addr()?;
        let (to, from) = channel(WAITING);
        let door = Arc::new(Door { path, token, read, to, rate: Mutex::new((Instant::now(), 0)) });
        let task = tokio::spawn(listen(listener, door));
        Ok(Self { at, from, task })
    }

    /// Where it listens.
    #[must_use]
    pub const fn at(&self) -> SocketAddr {
        self.at
    }

    /// Everything that has come since the last time, in order.
    pub fn take(&mut self) -> Vec<T> {
        let mut taken = Vec::new();
        while let Ok(value) = self.from.try_recv() {
            taken.push(value);
        }
        taken
    }
}

async fn listen<T: Send + 'static>(listener: TcpListener, door: Arc<Door<T>>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    // Connections end with the inbox.
    let mut open = tokio::task::JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        while open.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => drop(open.spawn(speak(stream, Arc::clone(&door), permit))),
            // Out of descriptors: what is open must end first.
            Err(_) => tokio::time::sleep(READ_LIMIT).await,
        }
    }
}

async fn speak<T: Send + 'static>(stream: TcpStream, door: Arc<Door<T>>, _permit: OwnedSemaphorePermit) {
    let service = service_fn(move |request| {
        let door = Arc::clone(&door);
        async move { Ok::<_, std::convert::Infallible>(door.answer(request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(READ_LIMIT).max_buf_size(HEAD_LIMIT);
    let spoken = http.serve_connection(TokioIo::new(stream), service);
    // Whatever ends a connection, there is nobody to tell.
    drop(tokio::time::timeout(CONNECTION_LIMIT, spoken).await);
}

/// A refusal: its status and its words.
type Refusal = (StatusCode, String);

impl<T> Door<T> {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (status, words) = match self.admit(request).await {
            Ok(()) => (StatusCode::OK, "taken\n".to_owned()),
            Err((status, words)) => (status, words + "\n"),
        };
        let mut response = Response::new(Full::new(Bytes::from(words)));
        *response.status_mut() = status;
        response
    }

    async fn admit(&self, request: Request<Incoming>) -> Result<(), Refusal> {
        let refuse = |status, words: &str| Err((status, words.to_owned()));
        // Whoever has to prove themselves learns nothing before that, not even which paths there are, and takes nobody's room.
        if !self.proved(request.headers()) {
            return refuse(StatusCode::UNAUTHORIZED, "this inbox wants its bearer token");
        }
        if !self.in_rate() {
            return refuse(StatusCode::SERVICE_UNAVAILABLE, "too many requests; come again in some seconds");
        }
        if request.uri().path() != self.path {
            return Err((StatusCode::NOT_FOUND, format!("post to {}", self.path)));
        }
        if request.method() != Method::POST {
            return refuse(StatusCode::METHOD_NOT_ALLOWED, "only POST is taken");
        }
        let kind = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        // A web page in somebody's browser could reach loopback; it can neither hide its origin nor send JSON unasked.
        if request.headers().contains_key(ORIGIN) || !kind.to_ascii_lowercase().starts_with("application/json") {
            return refuse(StatusCode::FORBIDDEN, "only application/json is taken, and nothing from web pages");
        }
        let body = Limited::new(request.into_body(), BODY_LIMIT).collect();
        let body = match tokio::time::timeout(READ_LIMIT, body).await {
            Err(_) => return refuse(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
            Ok(Err(why)) if why.is::<LengthLimitError>() => {
                return refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is over 1 MiB");
            }
            Ok(Err(_)) => return refuse(StatusCode::BAD_REQUEST, "the body broke off"),
            Ok(Ok(body)) => body.to_bytes(),
        };
        let value = (self.read)(&body).map_err(|why| (StatusCode::BAD_REQUEST, why))?;
        self.to.try_send(value).or_else(|_| refuse(StatusCode::SERVICE_UNAVAILABLE, "too much waits; come again"))
    }

    fn proved(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let given = headers.get(AUTHORIZATION).map(hyper::header::HeaderValue::as_bytes).unwrap_or_default();
        let given = given.strip_prefix(b"Bearer ").unwrap_or_default();
        // Every byte is compared, so that time tells nothing of how many were right; an empty token proves nothing.
        let differing = given.iter().zip(token.as_bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        !token.is_empty() && given.len() == token.len() && differing == 0
    }

    fn in_rate(&self) -> bool {
        let Ok(mut rate) = self.rate.lock() else { return false };
        if rate.0.elapsed() > RATE_SPAN {
            *rate = (Instant::now(), 0);
        }
        rate.1 = rate.1.saturating_add(1);
        rate.1 <= RATE
    }
}
