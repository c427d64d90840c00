//! How fast flows run: `cargo bench -p styr-domain`.
//!
//! A step is one sequence flow that a token goes along, its node entered and left. Signals (calls of `advance`,
//! each cloning the state as a caller does who keeps the old one) are counted apart.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::{Map, json};
use styr_domain::flow::run::{Command, Definition, Signal, State, Status, advance};
use styr_domain::flow::{Flow, Node, NodeKind, SequenceFlow};

const NODES: [(&str, NodeKind); 20] = [
    ("start", NodeKind::StartEvent),
    ("apply", NodeKind::UserTask),
    ("large", NodeKind::ExclusiveGateway),
    ("approve", NodeKind::UserTask),
    ("approved", NodeKind::ExclusiveGateway),
    ("both", NodeKind::ParallelGateway),
    ("inform", NodeKind::UserTask),
    ("pay", NodeKind::UserTask),
    ("met", NodeKind::ParallelGateway),
    ("some", NodeKind::InclusiveGateway),
    ("visit", NodeKind::UserTask),
    ("write", NodeKind::UserTask),
    ("call", NodeKind::UserTask),
    ("joined", NodeKind::InclusiveGateway),
    ("close", NodeKind::SubProcess),
    ("begin", NodeKind::StartEvent),
    ("check", NodeKind::UserTask),
    ("archive", NodeKind::UserTask),
    ("finish", NodeKind::EndEvent),
    ("end", NodeKind::EndEvent),
];

const FLOWS: [(&str, &str, Option<&str>); 22] = [
    ("start", "apply", None),
    ("apply", "large", None),
    ("large", "approve", Some("amount > 1000")),
    ("large", "approved", None),
    ("approve", "approved", None),
    ("approved", "both", None),
    ("both", "inform", None),
    ("both", "pay", None),
    ("inform", "met", None),
    ("pay", "met", None),
    ("met", "some", None),
    ("some", "visit", Some("amount > 500 && town == 'Aarhus'")),
    ("some", "write", Some("has(contact.address)")),
    ("some", "call", None),
    ("visit", "joined", None),
    ("write", "joined", None),
    ("call", "joined", None),
    ("joined", "close", None),
    ("begin", "check", None),
    ("check", "archive", None),
    ("archive", "finish", None),
    ("close", "end", None),
];

fn definition() -> Definition {
    let nodes = NODES.map(|(id, kind)| Node {
        id: id.into(),
        kind,
        parent: ["begin", "check", "archive", "finish"].contains(&id).then(|| "close".into()),
        default_flow: match id {
            "large" => Some("large-approved".into()),
            "some" => Some("some-call".into()),
            _ => None,
        },
        ..Node::default()
    });
    let sequence_flows = FLOWS.map(|(source, target, condition)| SequenceFlow {
        id: format!("{source}-{target}"),
        source: source.into(),
        target: target.into(),
        condition: condition.map(Into::into),
        ..SequenceFlow::default()
    });
    let flow = Flow { nodes: nodes.into(), sequence_flows: sequence_flows.into(), ..Flow::default() };
    Definition::compile(&flow).expect("the flow can run")
}

fn main() {
    let definition = definition();
    let variables = json!({"amount": 1500.5, "town": "Aarhus", "contact": {"address": "Å 1"}});
    let variables: Map<_, _> = variables.as_object().cloned().unwrap_or_default();
    let (mut signals, mut steps, mut cases) = (0_u64, 0_u64, 0_u64);
    let begun = Instant::now();
    let mut signal = Signal::Start { variables: variables.clone() };
    let mut state = State::default();
    while begun.elapsed() < Duration::from_secs(3) {
        let (next, commands) = advance(&definition, black_box(&state), &signal).expect("the case runs");
        signals += 1;
        steps += commands.iter().filter(|command| matches!(command, Command::Take { .. })).count() as u64;
        state = if next.status == Status::Completed { State::default() } else { next };
        signal = match state.work.first() {
            Some(work) => Signal::Complete { work: work.id, variables: variables.clone() },
            None => {
                cases += 1;
                Signal::Start { variables: variables.clone() }
            }
        };
    }
    let seconds = begun.elapsed().as_secs_f64();
    let rate = |count: u64| count as f64 / seconds;
    println!("steps/s   {:>12.0}", rate(steps));
    println!("signals/s {:>12.0}", rate(signals));
    println!("cases/s   {:>12.0}", rate(cases));
}
