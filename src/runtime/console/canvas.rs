//! Draws the model into frames. Knows when a frame is due; must not know what is on it.

use std::time::{Duration, Instant};

use ratatui::Terminal;

use crate::app::model::Model;
use crate::app::view::scene::Scene;
use crate::runtime::terminal::{FrameBackend, Pen};
use crate::ui::draw_scene;
use crate::ui::theme::Theme;

/// At least this long between two frames that no key asked for: thirty a second are more than an eye wants.
const MIN_BETWEEN: Duration = Duration::from_millis(33);

/// What is on the screen.
pub struct Canvas {
    terminal: Terminal<FrameBackend>,
    theme: Theme,
    dirty: bool,
    last: Option<Instant>,
    /// What was drawn last in this size and theme: the same again needs no drawing.
    shown: Option<Scene>,
}

impl Canvas {
    /// An empty screen of this size.
    ///
    /// # Errors
    /// Never in practice: the backend is memory.
    pub fn new(size: (u16, u16), theme: Theme) -> std::io::Result<Self> {
        let terminal = Terminal::new(FrameBackend::new(size.0, size.1))?;
        Ok(Self { terminal, theme, dirty: true, last: None, shown: None })
    }

    /// The terminal has this size now.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.terminal.backend_mut().resize(size.0, size.1);
        self.shown = None;
        self.dirty = true;
    }

    /// Other colours.
    pub fn set_theme(&mut self, theme: Theme) {
        self.theme = theme;
        self.shown = None;
        self.dirty = true;
    }

    /// Something changed.
    pub const fn touch(&mut self) {
        self.dirty = true;
    }

    /// When the next frame is due; `None` when nothing changed.
    #[must_use]
    pub fn due(&self, now: Instant) -> Option<Duration> {
        if !self.dirty {
            return None;
        }
        Some(self.last.map_or(Duration::ZERO, |last| MIN_BETWEEN.saturating_sub(now.duration_since(last))))
    }

    /// Draws a frame's bytes; empty when nothing on it changed.
    ///
    /// # Errors
    /// Never in practice: the backend is memory.
    pub fn frame(&mut self, model: &Model) -> std::io::Result<Vec<u8>> {
        self.dirty = false;
        self.last = Some(Instant::now());
        let theme = &self.theme;
        let scene = Scene::of(model);
        if self.shown.as_ref() == Some(&scene) {
            return Ok(Vec::new());
        }
        self.terminal.draw(|frame| {
            if let Some(cursor) = draw_scene(frame.buffer_mut(), &scene, theme) {
                frame.set_cursor_position(cursor);
            }
        })?;
        self.shown = Some(scene);
        Ok(self.terminal.backend_mut().take())
    }

    /// Draws and hands over, when the line is free; else the change waits for the next time.
    ///
    /// # Errors
    /// Never in practice: the backend is memory.
    pub fn show(&mut self, model: &Model, pen: &mut Pen) -> std::io::Result<()> {
        if pen.is_busy() {
            return Ok(());
        }
        let cells = self.frame(model)?;
        if !cells.is_empty() {
            pen.write(&cells);
        }
        Ok(())
    }
}
