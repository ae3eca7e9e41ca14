//! The whole screen at every size, as it is read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use warroom::app::pane::Pane;
use warroom::app::view::scene::Scene;
use warroom::ui::draw_scene;
use warroom::ui::theme::{Theme, built_in};

use crate::screens_fixture::{incident, quiet};

fn drawn(scene: &Scene, width: u16, height: u16, theme: &Theme) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    draw_scene(&mut buf, scene, theme);
    buf
}

/// The screen as text, trailing spaces gone.
pub fn text(scene: &Scene, width: u16, height: u16) -> String {
    let buf = drawn(scene, width, height, &built_in("plain").unwrap());
    lines(&buf).join("\n")
}

pub fn lines(buf: &Buffer) -> Vec<String> {
    let width = usize::from(buf.area.width).max(1);
    let row = |cells: &[ratatui::buffer::Cell]| {
        let mut line = String::new();
        let mut skip = 0;
        for cell in cells {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            line.push_str(cell.symbol());
            skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
        }
        line.trim_end().to_owned()
    };
    buf.content.chunks(width).map(row).collect()
}

#[test]
fn show() {
    for (w, h) in [(120, 40), (80, 24), (160, 50), (60, 20), (40, 12), (20, 5)] {
        println!("== {w}x{h}\n{}", text(&incident(), w, h));
    }
    println!("== quiet\n{}", text(&quiet(), 80, 24));
    println!("== quiet\n{}", text(&quiet(), 120, 40));
}
