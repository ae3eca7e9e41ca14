//! Follows the recorder of this host: its observations as if we had asked ourselves.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc::Sender;

use crate::domain::observation::Observation;
use crate::runtime::recorder::lock::SocketFolder;
use crate::telemetry::wire;

/// Reads observations until the recorder ends.
///
/// # Errors
/// When it cannot be reached, or says what is none.
pub async fn follow(folder: &SocketFolder, to: &Sender<Observation>) -> io::Result<()> {
    let mut lines = BufReader::new(UnixStream::connect(folder.socket()).await?);
    let mut line = Vec::new();
    let limit = wire::LINE_LIMIT as u64;
    loop {
        line.clear();
        let read = (&mut lines).take(limit).read_until(b'\n', &mut line).await?;
        if read == 0 {
            return Ok(());
        }
        let text = std::str::from_utf8(&line).map_err(io::Error::other)?;
        let seen = wire::decode(text.trim_end()).map_err(io::Error::other)?;
        if to.send(seen).await.is_err() {
            return Ok(());
        }
    }
}
