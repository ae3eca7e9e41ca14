//! A server on loopback that misbehaves on purpose: plain threads, no HTTP library. Ends with the test that made it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How it misbehaves, or does not.
#[derive(Clone, Debug)]
pub enum Mode {
    /// Accepts and never answers.
    Hang,
    /// Breaks the connection before it answers (a reset: what was asked stays unread).
    Reset,
    /// Promises a whole body and closes in the middle.
    HalfBody(String),
    /// A web page.
    Html,
    /// 50 MB, with their length told or not.
    Huge { told: bool },
    /// One byte every 100 ms, for ever.
    Drip,
    /// No HTTP at all.
    Noise,
    /// A status without anything usable.
    Status(u16),
    /// Every request gets this JSON.
    Json(String),
    /// Each path (or, for POST, a method found in the body) its own JSON; everything else 404.
    Routes(Vec<(String, String)>),
}

/// The server.
pub struct Faulty {
    port: u16,
    mode: Arc<Mutex<Mode>>,
    over: Arc<AtomicBool>,
    /// Bytes that were written.
    pub sent: Arc<AtomicU64>,
    /// Requests that came.
    pub asked: Arc<AtomicU64>,
}

impl Faulty {
    /// Listens on a port of the system's choosing.
    pub fn start(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let made = Self {
            port,
            mode: Arc::new(Mutex::new(mode)),
            over: Arc::default(),
            sent: Arc::default(),
            asked: Arc::default(),
        };
        let (mode, over, sent, asked) = (made.mode.clone(), made.over.clone(), made.sent.clone(), made.asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (mode, over) = (mode.clone(), over.clone());
                let (sent, asked) = (sent.clone(), asked.clone());
                std::thread::spawn(move || serve(&stream, &mode, &over, &sent, &asked));
            }
        });
        made
    }

    /// A URL at which nobody listens.
    pub fn refused() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// From now on it behaves like this.
    pub fn become_mode(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn serve(mut stream: &TcpStream, mode: &Mutex<Mode>, over: &AtomicBool, sent: &AtomicU64, asked: &AtomicU64) {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    loop {
        let mode_now = mode.lock().unwrap().clone();
        if matches!(mode_now, Mode::Reset) {
            // Closing with unread bytes makes the kernel send a reset.
            drop(stream.peek(&mut [0; 1]));
            return;
        }
        let Some(request) = read_request(stream) else { return };
        asked.fetch_add(1, Ordering::Relaxed);
        let mut write = |bytes: &[u8]| {
            sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            stream.write_all(bytes).is_ok()
        };
        let alive = match mode.lock().unwrap().clone() {
            Mode::Json(body) => write(&reply(200, "application/json", body.as_bytes())),
            Mode::Html => write(&reply(200, "text/html; charset=utf-8", b"<!DOCTYPE html><html>sign in</html>")),
            Mode::Status(code) => write(&reply(code, "text/plain", b"no")),
            Mode::Routes(routes) => {
                let found = routes.iter().find(|(key, _)| request.contains(key.as_str()));
                write(&found.map_or_else(
                    || reply(404, "text/plain", b"no"),
                    |(_, body)| reply(200, "application/json", body.as_bytes()),
                ))
            }
            Mode::HalfBody(body) => {
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = write(head.as_bytes()) && write(&body.as_bytes()[..body.len() / 2]);
                false
            }
            Mode::Noise => {
                write(b"220 mail.example ESMTP\r\n");
                false
            }
            Mode::Huge { told } => {
                write_huge(&mut write, told);
                false
            }
            Mode::Drip => drip(&mut write, over),
            Mode::Hang | Mode::Reset => wait_for_end(stream, over),
        };
        if !alive {
            return;
        }
    }
}

fn reply(code: u16, kind: &str, body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {code} Said\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    out.push_str(std::str::from_utf8(body).unwrap());
    out.into_bytes()
}

fn write_huge(write: &mut impl FnMut(&[u8]) -> bool, told: bool) -> bool {
    let size = 50 * 1024 * 1024;
    let head = if told { format!("content-length: {size}\r\n") } else { String::new() };
    let mut alive = write(format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{head}\r\n").as_bytes());
    let piece = vec![b' '; 64 * 1024];
    let mut left = size;
    while alive && left > 0 {
        alive = write(&piece);
        left -= piece.len();
    }
    alive
}

fn drip(write: &mut impl FnMut(&[u8]) -> bool, over: &AtomicBool) -> bool {
    let mut alive = write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n");
    while alive && !over.load(Ordering::Relaxed) {
        alive = write(b" ");
        std::thread::park_timeout(Duration::from_millis(100));
    }
    false
}

fn wait_for_end(mut stream: &TcpStream, over: &AtomicBool) -> bool {
    while !over.load(Ordering::Relaxed) && stream.read(&mut [0; 512]).is_ok_and(|n| n > 0) {}
    false
}

/// Head and body of one request, as text; `None` when the other side is gone.
fn read_request(mut stream: &TcpStream) -> Option<String> {
    let mut got = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&got).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text.to_ascii_lowercase();
            let length = length.split("content-length: ").nth(1).and_then(|l| l.split("\r\n").next()?.parse().ok());
            if got.len() >= end + 4 + length.unwrap_or(0) {
                return Some(text);
            }
        }
        let n = stream.read(&mut piece).ok().filter(|n| *n > 0)?;
        got.extend_from_slice(&piece[..n]);
    }
}
