//! Any graph at all: no panic, no hang, and no token from nowhere.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use super::{Case, Command, Definition, Signal, Status, flow};
use crate::flow::Flow;

/// Tokens counted at each node from the sequence flows taken, by the nodes' own laws.
struct Ledger {
    flow: Flow,
    taken: HashMap<String, usize>,
    done: HashMap<String, usize>,
}

impl Ledger {
    fn record(&mut self, commands: &[Command]) {
        for command in commands {
            if let Command::Take { flow } = command {
                *self.taken.entry(flow.clone()).or_default() += 1;
            }
        }
    }

    fn check(&self, case: &Case) {
        for node in &self.flow.nodes {
            let count = |ids: Vec<&String>| -> Vec<usize> {
                ids.into_iter().map(|id| self.taken.get(id).copied().unwrap_or(0)).collect()
            };
            let flows = &self.flow.sequence_flows;
            let incoming: Vec<_> = flows.iter().filter(|f| f.target == node.id).map(|f| &f.id).collect();
            let outgoing: Vec<_> = flows.iter().filter(|f| f.source == node.id).map(|f| &f.id).collect();
            let waiting = |id: &String| case.state.waiting.iter().filter(|w| w.flow == **id).count();
            let held: Vec<usize> = incoming.iter().map(|id| waiting(id)).collect();
            let (came, went) = (count(incoming.clone()), count(outgoing.clone()));
            let total: usize = came.iter().sum();
            let passed: Vec<usize> = came.iter().zip(&held).map(|(came, held)| came - held).collect();
            match &node.id[..1] {
                "x" if !outgoing.is_empty() => assert_eq!(total, went.iter().sum::<usize>(), "{}", node.id),
                "t" => {
                    let resting = case.state.work.iter().filter(|w| w.element == node.id).count();
                    let done = self.done.get(&node.id).copied().unwrap_or(0);
                    assert_eq!(total, resting + done, "{}", node.id);
                    assert!(went.iter().all(|went| *went == done), "{}", node.id);
                }
                // Each firing takes one from every incoming flow and gives one to every outgoing flow.
                "+" if !incoming.is_empty() => {
                    assert!(passed.windows(2).all(|pair| pair[0] == pair[1]), "{}", node.id);
                    assert!(went.iter().all(|went| *went == passed[0]), "{}", node.id);
                }
                // Each firing takes at most one from every incoming flow and gives at least one.
                "o" if !incoming.is_empty() && !outgoing.is_empty() => {
                    let given: usize = went.iter().sum();
                    assert!(given >= *passed.iter().max().unwrap(), "{}", node.id);
                    assert!(given <= passed.iter().sum::<usize>() * outgoing.len(), "{}", node.id);
                }
                _ => {}
            }
        }
    }
}

fn graph() -> impl Strategy<Value = Flow> {
    let name = prop_oneof![
        4 => (0..6_u8).prop_map(|n| format!("t{n}")),
        2 => (0..4_u8).prop_map(|n| format!("x{n}")),
        2 => (0..3_u8).prop_map(|n| format!("+{n}")),
        2 => (0..3_u8).prop_map(|n| format!("o{n}")),
        1 => Just("e".to_owned()),
    ];
    let edges = proptest::collection::btree_set((name.clone(), name), 2..18);
    (edges, "[tx+o][0-3]").prop_map(|(edges, first)| {
        let mut lines = vec![format!("s>{first}")];
        for (at, (from, to)) in edges.iter().enumerate().filter(|(_, (from, _))| from != "e") {
            let last = !edges.iter().skip(at + 1).any(|(other, _)| other == from);
            let condition = match &from[..1] {
                "x" | "o" if last => ": *".to_owned(),
                "x" | "o" => format!(": c{} ", at % 4),
                _ => String::new(),
            };
            lines.push(format!("{from}>{to}{condition}"));
        }
        // What nothing leads to is left out.
        let mut flow = flow(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        loop {
            let loose = flow.nodes.iter().position(|node| {
                node.id != "s" && !flow.sequence_flows.iter().any(|edge| edge.target == node.id)
            });
            let Some(at) = loose else { break };
            let id = flow.nodes.remove(at).id;
            flow.sequence_flows.retain(|edge| edge.source != id);
        }
        flow
    })
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn tokens_are_conserved(flow in graph(), seeds in proptest::collection::vec(any::<u64>(), 30)) {
        prop_assume!(Definition::compile(&flow).is_ok());
        let mut case = Case::of(&flow);
        let mut ledger = Ledger { flow, taken: HashMap::new(), done: HashMap::new() };
        for (step, seed) in seeds.into_iter().enumerate() {
            case.variables = (0..4).map(|n| (format!("c{n}"), json!(seed >> n & 1 == 1))).collect();
            let variables = case.variables.clone();
            let result = if step == 0 {
                case.start()
            } else if case.state.status == Status::Running {
                let work = &case.state.work[usize::try_from(seed >> 4).unwrap() % case.state.work.len()];
                let (work, element) = (work.id, work.element.clone());
                let result = case.signal(Signal::Complete { work, variables });
                if result.is_ok() {
                    *ledger.done.entry(element).or_default() += 1;
                }
                result
            } else {
                break;
            };
            match result {
                Ok(()) => {
                    ledger.record(&case.commands);
                    ledger.check(&case);
                }
                Err(code) => prop_assert!(["flow_stuck", "flow_endless", "too_many_tokens"].contains(&code), "{}", code),
            }
        }
    }

    /// Even what was never meant to be a flow is refused or runs.
    #[test]
    fn nonsense_is_refused_or_runs(lines in proptest::collection::vec("[sextoy+!\\[][0-2][>{][sextoy+!\\[][0-2](: (c|\\*|[(]))?", 0..20)) {
        let flow = flow(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        if Definition::compile(&flow).is_ok() {
            let mut case = Case::of(&flow);
            if case.start().is_ok() {
                for _ in 0..10 {
                    let Some(work) = case.state.work.first() else { break };
                    let element = work.element.clone();
                    let _ = case.complete(&element);
                }
            }
        }
    }
}
