//! How fast a flow of 100 elements is drawn: `cargo bench --workspace --bench draw`.
//!
//! The flow has three lanes and about as many nodes as lines; it is drawn once with places and once without, when it is laid out first.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

use std::hint::black_box;
use std::time::Instant;

use styr_domain::flow::draw::{DrawOptions, layout, svg};
use styr_domain::flow::{Flow, Lane, Node, NodeKind, SequenceFlow};

const ROUNDS: u32 = 1_000;

/// Blocks of a choice between two tasks, one after another.
fn flow() -> Flow {
    let mut flow = Flow::default();
    for lane in 0..3 {
        flow.lanes.push(Lane {
            id: format!("lane{lane}"),
            name: Some(format!("Role {lane}")),
            ..Lane::default()
        });
    }
    let mut node = |id: String, kind, lane: usize| {
        let name = Some(format!("Check what {id} says about the application"));
        flow.nodes.push(Node { id, kind, name, lane: Some(format!("lane{}", lane % 3)), ..Node::default() });
    };
    node("start".into(), NodeKind::StartEvent, 0);
    for block in 0..12 {
        node(format!("choose{block}"), NodeKind::ExclusiveGateway, block);
        node(format!("yes{block}"), NodeKind::UserTask, block);
        node(format!("no{block}"), NodeKind::ServiceTask, block + 1);
        node(format!("join{block}"), NodeKind::ExclusiveGateway, block);
    }
    node("end".into(), NodeKind::EndEvent, 0);
    let mut line = |source: &str, target: &str| {
        let id = format!("flow{}", flow.sequence_flows.len());
        let (source, target) = (source.to_owned(), target.to_owned());
        flow.sequence_flows.push(SequenceFlow { id, source, target, ..SequenceFlow::default() });
    };
    let mut last = "start".to_owned();
    for block in 0..12 {
        let [choose, yes, no, join] = ["choose", "yes", "no", "join"].map(|name| format!("{name}{block}"));
        line(&last, &choose);
        for task in [yes, no].iter().take(if block == 11 { 1 } else { 2 }) {
            line(&choose, task);
            line(task, &join);
        }
        last = join;
    }
    line(&last, "end");
    flow
}

fn measure(name: &str, flow: &Flow) {
    let options = DrawOptions::default();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        black_box(svg(black_box(flow), &options));
    }
    println!("{name:<32} {:>9.3} ms", start.elapsed().as_secs_f64() * 1000.0 / f64::from(ROUNDS));
}

fn main() {
    let flow = flow();
    let drawn = layout(&flow);
    println!("{} elements, {ROUNDS} rounds", flow.nodes.len() + flow.sequence_flows.len() + flow.lanes.len());
    measure("svg of a drawn flow", &drawn);
    measure("layout and svg", &flow);
}
