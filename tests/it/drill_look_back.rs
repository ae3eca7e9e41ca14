//! Looking back in a drill shows nodes as they were then; what comes meanwhile belongs to the present.

use warroom::app::model::{Me, Model, Watch};
use warroom::app::msg::{DrillMsg, Msg, Past};
use warroom::app::update;
use warroom::domain::observation::{Answer, Family, Observation, Reading};
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Span};
use warroom::domain::watch::NodeSpec;

fn seen(second: i64, slot: f64) -> Observation {
    let readings = vec![Reading::number(SignalId::HEIGHT, slot, "headers")];
    let at = At::from_secs(1_000).plus(Span::from_secs(second));
    Observation { node: "val-1".into(), at, outcome: Ok(Answer { readings, ..Answer::default() }) }
}

fn slot(model: &Model) -> Option<f64> {
    let view = model.watch.board.views(&model.watch.judge).next()?;
    view.get(SignalId::HEIGHT)?.value().number()
}

#[test]
fn nodes_stand_as_they_stood_and_the_present_goes_on() {
    let me = Me { person: "ines".into(), host: "h".into(), user: "u".into(), home: "/".into() };
    let mut model = Model::new(me, At::from_secs(1_000), (80, 24), "dark");
    model.watch = Watch::of(&[NodeSpec::new("val-1", Family::EthereumBeacon, "", "fjord")]);
    let _ = update(&mut model, Msg::Observed(seen(60, 105.0)));
    let back = Past { entries: Vec::new(), seen: vec![seen(0, 100.0)], peers: Vec::new() };
    let _ = update(&mut model, Msg::Drill(DrillMsg::LookBack(Some(Box::new(back)))));
    assert_eq!(slot(&model), Some(100.0));
    let _ = update(&mut model, Msg::Observed(seen(72, 106.0)));
    assert_eq!(slot(&model), Some(100.0), "the past does not move");
    let further = Past { entries: Vec::new(), seen: vec![seen(-12, 99.0)], peers: Vec::new() };
    let _ = update(&mut model, Msg::Drill(DrillMsg::LookBack(Some(Box::new(further)))));
    assert_eq!(slot(&model), Some(99.0));
    let _ = update(&mut model, Msg::Drill(DrillMsg::LookBack(None)));
    assert_eq!(slot(&model), Some(106.0), "nothing of the present was missed");
    assert!(model.past.is_none());
}
