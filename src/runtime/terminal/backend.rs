//! A ratatui backend that collects one frame's bytes in memory. A frame in which nothing changed has no bytes at all.

use std::io;

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// The largest screen that is drawn; more columns and rows than this stay empty. 500 x 300 cells take about 8 MB.
pub const MAX_SIZE: Size = Size { width: 500, height: 300 };

/// Collects a frame.
#[derive(Debug)]
pub struct FrameBackend {
    inner: CrosstermBackend<Vec<u8>>,
    size: Size,
    changed: bool,
    cursor: Option<Position>,
    shown: bool,
}

impl FrameBackend {
    /// For a screen of this size.
    #[must_use]
    pub fn new(width: u16, height: u16) -> Self {
        let mut backend = Self {
            inner: CrosstermBackend::new(Vec::new()),
            size: Size::ZERO,
            changed: false,
            cursor: None,
            shown: false,
        };
        backend.resize(width, height);
        backend
    }

    /// The terminal has this size now.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.size = Size { width: width.min(MAX_SIZE.width), height: height.min(MAX_SIZE.height) };
    }

    /// The bytes of the frame just drawn; empty when nothing changed.
    pub fn take(&mut self) -> Vec<u8> {
        let bytes = std::mem::take(self.inner.writer_mut());
        if std::mem::take(&mut self.changed) { bytes } else { Vec::new() }
    }
}

impl Backend for FrameBackend {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.changed = true;
        // The cells leave the terminal's cursor somewhere; a shown one is put back by the next position.
        self.cursor = None;
        // Terminals disagree on how wide a sign of several characters is: after each one the cursor is told anew where it is, so
        // that a text from outside never moves what stands beside it.
        let mut run = Vec::new();
        for cell in content {
            run.push(cell);
            if cell.2.symbol().chars().nth(1).is_some() {
                self.inner.draw(run.drain(..))?;
            }
        }
        if run.is_empty() { Ok(()) } else { self.inner.draw(run.into_iter()) }
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.shown) {
            return Ok(());
        }
        self.changed = true;
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.shown, true) {
            return Ok(());
        }
        self.changed = true;
        self.inner.show_cursor()
    }

    /// The terminal is never asked; nobody here needs to know.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor == Some(position) {
            return Ok(());
        }
        self.cursor = Some(position);
        self.changed = true;
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.changed = true;
        self.inner.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
