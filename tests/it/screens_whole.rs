//! The whole screen at every size, as it is read.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use rstest::rstest;
use warroom::app::pane::Pane;
use warroom::app::view::scene::Scene;
use warroom::ui::draw_scene;
use warroom::ui::theme::{Theme, built_in};

use crate::screens_fixture::{incident, quiet};
use crate::support::attacks::{ATTACKS, steers};

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

/// The screen with its styles: `[fg/bg+bold]text`, where the style changes.
fn styled(scene: &Scene, width: u16, height: u16, theme: &str) -> String {
    let buf = drawn(scene, width, height, &built_in(theme).unwrap());
    let mut out = String::new();
    for row in buf.content.chunks(usize::from(width)) {
        let mut last = None;
        let mut line = String::new();
        for cell in row {
            let style = (cell.fg, cell.bg, cell.modifier);
            if last != Some(style) {
                let mods: Vec<String> = cell.modifier.iter_names().map(|(n, _)| n.to_lowercase()).collect();
                line.push_str(&format!(
                    "[{}/{}{}]",
                    cell.fg,
                    cell.bg,
                    if mods.is_empty() { String::new() } else { format!("+{}", mods.join("+")) }
                ));
                last = Some(style);
            }
            line.push_str(cell.symbol());
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.replace("Reset", "-")
}

#[rstest]
#[case(160, 50)]
#[case(120, 40)]
#[case(80, 24)]
#[case(60, 20)]
#[case(40, 12)]
#[case(20, 5)]
fn an_incident(#[case] width: u16, #[case] height: u16) {
    insta::assert_snapshot!(format!("incident_{width}x{height}"), text(&incident(), width, height));
}

#[rstest]
#[case(160, 50)]
#[case(120, 40)]
#[case(80, 24)]
#[case(40, 12)]
fn a_quiet_day(#[case] width: u16, #[case] height: u16) {
    insta::assert_snapshot!(format!("quiet_{width}x{height}"), text(&quiet(), width, height));
}

#[rstest]
#[case(Pane::Health)]
#[case(Pane::Timeline)]
#[case(Pane::Roster)]
fn each_pane_alone(#[case] pane: Pane) {
    let mut scene = incident();
    scene.focus = pane;
    scene.contexts = vec![warroom::app::keymap::Context::Pane(pane), warroom::app::keymap::Context::Everywhere];
    insta::assert_snapshot!(format!("alone_{}_80x24", pane.title()), text(&scene, 80, 24));
}

#[rstest]
#[case("dark")]
#[case("high-contrast")]
#[case("plain")]
fn with_and_without_colour(#[case] theme: &str) {
    insta::assert_snapshot!(format!("styles_{theme}_80x24"), styled(&incident(), 80, 24, theme));
}

#[test]
fn a_zoomed_pane_stands_alone_and_says_how_to_return() {
    let mut scene = incident();
    scene.zoom = true;
    let shown = text(&scene, 120, 40);
    assert!(shown.contains("z: all panes") && !shown.contains("1 health"), "{shown}");
}

#[test]
fn no_room_at_all_is_no_fault() {
    for (w, h) in [(0, 0), (1, 1), (0, 5), (5, 0), (2, 3), (19, 3), (300, 2), (3, 300)] {
        text(&incident(), w, h);
        text(&quiet(), w, h);
    }
    assert_eq!(text(&incident(), 11, 2), "finality −7\nneeds 40x12");
}

#[test]
fn drawing_twice_changes_nothing() {
    let theme = built_in("dark").unwrap();
    let mut buf = drawn(&incident(), 120, 40, &theme);
    let once = buf.clone();
    draw_scene(&mut buf, &incident(), &theme);
    assert_eq!(buf, once);
    assert!(buf.content.iter().any(|c| c.modifier.contains(Modifier::BOLD)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Any size, any pane, any cursor: no panic, and nothing that could steer the terminal.
    #[test]
    fn any_size(width in 0u16..220, height in 0u16..70, pane in 0usize..4, zoom: bool, cursor in 0usize..40, hostile: bool) {
        let mut scene = incident();
        scene.focus = Pane::ALL[pane];
        scene.zoom = zoom;
        scene.cursors = [cursor; 4];
        if hostile {
            for (row, payload) in scene.timeline.rows.iter_mut().zip(ATTACKS.iter().map(|(_, payload)| *payload)) {
                row.text = (*payload).into();
                row.who = (*payload).into();
            }
            for (node, payload) in scene.health.nodes.iter_mut().zip(ATTACKS.iter().map(|(_, payload)| *payload)) {
                node.id = (*payload).into();
                node.why = vec!["東".repeat(500).into(), (*payload).into()];
            }
        }
        let buf = drawn(&scene, width, height, &built_in("dark").unwrap());
        prop_assert_eq!(buf.content.iter().find_map(|c| steers(c.symbol())), None);
    }
}
