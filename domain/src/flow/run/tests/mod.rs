mod blocks;
mod graphs;
mod models;

use serde_json::{Map, Value, json};

use super::{Command, Definition, Signal, State, Status, WorkId, advance, replay};
use crate::flow::{EventDefinition, EventKind, Flow, Node, NodeKind, Repeat, SequenceFlow, UserStep};

/// A flow from lines like `start>a`, `gate>b: x > 1`, `gate>c: *` (the default) and `sub{inner` (lies in).
/// A name's first letter says what it is: `s`tart, `e`nd, `!` terminate, `x` exclusive, `o` inclusive, `+`
/// parallel, `[` sub-process; else a task.
fn flow(lines: &[&str]) -> Flow {
    let mut flow = Flow::default();
    for line in lines {
        let (path, condition) = line.split_once(": ").map_or((*line, None), |(path, c)| (path, Some(c)));
        if let Some((outer, inner)) = path.split_once('{') {
            for id in inner.split(' ') {
                node(&mut flow, id).parent = Some(outer.into());
            }
            node(&mut flow, outer);
            continue;
        }
        let names: Vec<_> = path.split('>').collect();
        for name in &names {
            node(&mut flow, name);
        }
        for (at, pair) in names.windows(2).enumerate() {
            let id = pair.join(">");
            // The last sequence flow of the line is the one with the condition.
            let condition = condition.filter(|_| at + 2 == names.len());
            if condition == Some("*") {
                node(&mut flow, pair[0]).default_flow = Some(id.clone());
            }
            flow.sequence_flows.push(SequenceFlow {
                id,
                source: pair[0].into(),
                target: pair[1].into(),
                condition: condition.filter(|c| *c != "*").map(Into::into),
                ..SequenceFlow::default()
            });
        }
    }
    flow
}

fn node<'a>(flow: &'a mut Flow, id: &str) -> &'a mut Node {
    if let Some(at) = flow.nodes.iter().position(|node| node.id == id) {
        return &mut flow.nodes[at];
    }
    let kind = match &id[..1] {
        "s" => NodeKind::StartEvent,
        "e" | "!" => NodeKind::EndEvent,
        "x" => NodeKind::ExclusiveGateway,
        "o" => NodeKind::InclusiveGateway,
        "+" => NodeKind::ParallelGateway,
        "[" => NodeKind::SubProcess,
        _ => NodeKind::UserTask,
    };
    let event = (&id[..1] == "!")
        .then(|| EventDefinition { kind: EventKind::Terminate, ..EventDefinition::default() });
    let step =
        (kind == NodeKind::UserTask).then(|| UserStep { may_send_back: Some(true), ..UserStep::default() });
    flow.nodes.push(Node { id: id.into(), kind, event, step, ..Node::default() });
    flow.nodes.last_mut().unwrap()
}

/// A case under test: keeps its signals, and checks each step's promises.
struct Case {
    definition: Definition,
    state: State,
    signals: Vec<Signal>,
    variables: Map<String, Value>,
    commands: Vec<Command>,
}

impl Case {
    fn of(flow: &Flow) -> Self {
        let definition = Definition::compile(flow).unwrap_or_else(|v| panic!("{v:?}\n{flow:?}"));
        let (state, variables) = (State::default(), Map::new());
        Self { definition, state, signals: Vec::new(), variables, commands: Vec::new() }
    }

    fn started(lines: &[&str], variables: Value) -> Self {
        let mut case = Self::of(&flow(lines));
        case.variables = variables.as_object().unwrap().clone();
        case.start().unwrap();
        case
    }

    fn signal(&mut self, signal: Signal) -> Result<(), &'static str> {
        let before = self.state.clone();
        let (state, commands) = advance(&self.definition, &before, &signal).map_err(|fault| fault.code)?;
        self.signals.push(signal.clone());
        let stored = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&stored).unwrap(), state);
        assert_eq!(replay(&self.definition, &self.signals).unwrap(), state);
        // What the commands tell is what happened to the work.
        let mut work: Vec<WorkId> = before.work.iter().map(|work| work.id).collect();
        if let Signal::Complete { work: done, .. } = signal {
            work.retain(|work| *work != done);
        }
        for command in &commands {
            match command {
                Command::CreateWork { work: new, .. } => work.push(*new),
                Command::CancelWork { work: gone } => {
                    assert!(work.contains(gone));
                    work.retain(|work| work != gone);
                }
                Command::Take { .. } | Command::Complete => {}
            }
        }
        assert_eq!(work, state.work.iter().map(|work| work.id).collect::<Vec<_>>());
        let completed = state.status == Status::Completed;
        assert_eq!(commands.contains(&Command::Complete), completed);
        if completed {
            assert!(state.work.is_empty() && state.waiting.is_empty() && state.scopes.is_empty());
        }
        (self.state, self.commands) = (state, commands);
        Ok(())
    }

    fn start(&mut self) -> Result<(), &'static str> {
        self.signal(Signal::Start { variables: self.variables.clone() })
    }

    fn work(&self, element: &str) -> WorkId {
        self.state.work.iter().find(|work| work.element == element).unwrap_or_else(|| panic!("{element}")).id
    }

    fn complete(&mut self, element: &str) -> Result<(), &'static str> {
        self.signal(Signal::Complete { work: self.work(element), variables: self.variables.clone() })
    }

    fn send_back(&mut self, element: &str) -> Result<(), &'static str> {
        self.signal(Signal::SendBack { work: self.work(element) })
    }

    fn active(&self) -> String {
        let mut names: Vec<_> = self.state.work.iter().map(|work| work.element.as_str()).collect();
        names.sort_unstable();
        names.join(" ")
    }

    /// Completes each of these in turn, with what then waits: `a=b c`.
    fn expect(&mut self, steps: &[&str]) {
        for step in steps {
            let (done, active) = step.split_once('=').unwrap();
            self.complete(done).unwrap();
            assert_eq!(self.active(), active, "after {done}");
        }
        if self.state.work.is_empty() {
            assert_eq!(self.state.status, Status::Completed);
        }
    }
}

#[test]
fn what_follows_what() {
    let cases: &[(&[&str], Value, &str, &[&str])] = &[
        (&["s>a>b>e"], json!({}), "a", &["a=b", "b="]),
        // Implicit start and end.
        (&["a>b", "c"], json!({}), "a c", &["a=b c", "c=b", "b="]),
        // Exclusive: the first that holds, in order; else the default.
        (&["s>x>a: n > 1", "x>b: n > 0", "x>c: *"], json!({"n": 2}), "a", &["a="]),
        (&["s>x>a: n > 1", "x>b: n > 0", "x>c: *"], json!({"n": 1}), "b", &["b="]),
        (&["s>x>a: n > 1", "x>b: n > 0", "x>c: *"], json!({}), "c", &["c="]),
        // An exclusive merge, and an activity with several incoming flows, pass each token by itself.
        (&["s>+1>a>x2>c", "+1>b>x2"], json!({}), "a b", &["a=b c", "b=c c", "c=c", "c="]),
        (&["s>+1>a>c", "+1>b>c"], json!({}), "a b", &["a=b c", "b=c c", "c=c", "c="]),
        // Parallel split and join; a gateway may do both.
        (&["s>+1>a>+2>c>e", "+1>b>+2"], json!({}), "a b", &["a=b", "b=c", "c="]),
        (&["s>+1>a>+2>c", "+1>b>+2>d"], json!({}), "a b", &["b=a", "a=c d", "c=d", "d="]),
        // Inclusive: as many as hold, and the join waits for just these.
        (
            &["s>o1>a: a", "o1>b: b", "o1>c: *", "a>o2", "b>o2", "c>o2>d"],
            json!({"a": true, "b": true}),
            "a b",
            &["a=b", "b=d", "d="],
        ),
        (
            &["s>o1>a: a", "o1>b: b", "o1>c: *", "a>o2", "b>o2", "c>o2>d"],
            json!({"b": true}),
            "b",
            &["b=d", "d="],
        ),
        (&["s>o1>a: a", "o1>b: b", "o1>c: *", "a>o2", "b>o2", "c>o2>d"], json!({}), "c", &["c=d", "d="]),
        // The inclusive join is not local: it waits while b might still come, not once it cannot.
        (
            &["s>+1>a>o2>d", "+1>b>x3>c: go", "x3>o2: *", "c>e"],
            json!({"go": true}),
            "a b",
            &["a=b", "b=c d", "d=c", "c="],
        ),
        (
            &["s>+1>a>o2>d", "+1>b>x3>c: go", "x3>o2: *", "c>e"],
            json!({"go": false}),
            "a b",
            &["a=b", "b=d", "d="],
        ),
        // A token that could as well come by a filled flow is not waited for (13.4, inclusive gateway).
        (
            &["s>+1>a>x5>o2>d", "+1>b>x3>x5: go", "x3>o2: *"],
            json!({}),
            "a b",
            &["a=b d", "b=d d", "d=d", "d="],
        ),
        // Nor is one that must pass the join itself first.
        (&["s>o1>a>x2>o1: again", "x2>b: *"], json!({"again": false}), "a", &["a=b", "b="]),
        // Several flows out of an activity: an implicit split, conditions and default included.
        (&["s>a>b", "a>c", "b>e", "c>e"], json!({}), "a", &["a=b c", "b=c", "c="]),
        (&["s>a>b: yes", "a>c: *", "a>d"], json!({"yes": true}), "a", &["a=b d", "b=d", "d="]),
        (&["s>a>b: yes", "a>c: *", "a>d"], json!({}), "a", &["a=c d", "c=d", "d="]),
        // Loops back.
        (&["s>x1>a>x2>x1: size('') > 0", "x2>e: *"], json!({}), "a", &["a="]),
        // Sub-processes, their implicit starts and ends, and empty ways through.
        (&["s>[p>z>e", "[p{s1 a e1", "s1>a>e1"], json!({}), "a", &["a=z", "z="]),
        (&["s>[p>z", "[p{a b"], json!({}), "a b", &["b=a", "a=z", "z="]),
        (&["s>[p>z", "[p{[q", "[q{a b", "a>b"], json!({}), "a", &["a=b", "b=z", "z="]),
        (&["s>[p>z", "[p{s1 x1 a", "s1>x1>a: deep", "x1>e1: *", "[p{e1"], json!({}), "z", &["z="]),
        // Terminate ends its own scope and no more.
        (&["s>+1>a>!", "+1>b>e"], json!({}), "a b", &["a="]),
        (
            &["s>+1>[p>z", "+1>y", "[p{+2 a b !", "+2>a>!", "+2>b"],
            json!({}),
            "a b y",
            &["a=y z", "y=z", "z="],
        ),
    ];
    for (lines, variables, first, steps) in cases {
        let mut case = Case::started(lines, variables.clone());
        assert_eq!(case.active(), *first, "{lines:?}");
        case.expect(steps);
        assert_eq!(case.state.status, Status::Completed, "{lines:?}");
    }
}

#[test]
fn a_flow_without_work_completes_at_once() {
    let case = Case::started(&["s>+1>x1>e", "+1>e"], json!({}));
    assert_eq!(case.state.status, Status::Completed);
}

#[test]
fn loops_run_until_the_condition_says_so() {
    let mut case = Case::started(&["s>x1>a>x2>b: again", "b>x1", "x2>e: *"], json!({"again": true}));
    case.expect(&["a=b", "b=a", "a=b", "b=a"]);
    case.variables.insert("again".into(), json!(false));
    case.expect(&["a="]);
}

#[test]
fn work_is_described() {
    let mut flow = flow(&["s>a"]);
    flow.nodes[1].name = Some("Approve".into());
    let mut case = Case::of(&flow);
    case.start().unwrap();
    let [Command::Take { flow: taken }, Command::CreateWork { work, element, name, step, returned }] =
        &case.commands[..]
    else {
        panic!("{:?}", case.commands)
    };
    assert_eq!((taken.as_str(), *work, element.as_str(), *returned), ("s>a", WorkId(1), "a", false));
    assert_eq!((name.as_deref(), step.may_send_back), (Some("Approve"), Some(true)));
}

#[test]
fn faults_change_nothing_and_can_be_mended() {
    let mut case = Case::started(&["s>a>x>b: n > 1", "x>c: n == 1"], json!({"n": "much"}));
    assert_eq!(case.complete("a"), Err("condition_failed"));
    case.variables.insert("n".into(), json!(0));
    assert_eq!(case.complete("a"), Err("no_branch"));
    case.variables.insert("n".into(), json!(1));
    assert_eq!(case.complete("a"), Ok(()));
    assert_eq!(case.active(), "c");

    let mut case = Case::started(&["s>a>x1>b: one", "x1>c: *", "b>+2", "c>+2>e"], json!({}));
    case.expect(&["a=c"]);
    assert_eq!(case.complete("c"), Err("flow_stuck"));
    assert_eq!(case.active(), "c");
}

#[test]
fn signals_that_do_not_fit() {
    let mut case = Case::of(&flow(&["s>a>e"]));
    assert_eq!(case.signal(Signal::Cancel), Err("case_not_running"));
    case.start().unwrap();
    assert_eq!(case.start(), Err("case_already_started"));
    let complete = |work| Signal::Complete { work: WorkId(work), variables: Map::new() };
    assert_eq!(case.signal(complete(9)), Err("work_not_waiting"));
    assert_eq!(case.signal(complete(1)), Ok(()));
    assert_eq!(case.signal(complete(1)), Err("case_not_running"));
}

#[test]
fn cancelling_takes_everything_away() {
    let mut case = Case::started(&["s>+1>[p>+2", "+1>b>+2>e", "+1>c>+2", "[p{a"], json!({}));
    case.complete("b").unwrap();
    case.signal(Signal::Cancel).unwrap();
    assert_eq!(case.state.status, Status::Cancelled);
    assert_eq!(case.commands.len(), 2);
    assert!(case.state.work.is_empty() && case.state.waiting.is_empty() && case.state.scopes.is_empty());
}

#[test]
fn work_that_terminate_withdraws_at_once_is_never_told() {
    let case = Case::started(&["s>+1>a", "+1>!"], json!({}));
    assert_eq!(case.state.status, Status::Completed);
    assert!(
        !case.commands.iter().any(|c| matches!(c, Command::CreateWork { .. } | Command::CancelWork { .. }))
    );
}

#[test]
fn sending_back() {
    // Step by step, through gateways that chose, to the beginning.
    let mut case = Case::started(&["s>a>x>b: *", "x>c: other", "b>d"], json!({}));
    case.expect(&["a=b", "b=d"]);
    case.send_back("d").unwrap();
    assert_eq!(case.active(), "b");
    assert!(matches!(
        case.commands[..],
        [Command::CancelWork { .. }, Command::CreateWork { returned: true, .. }]
    ));
    case.send_back("b").unwrap();
    assert_eq!(case.send_back("a"), Err("nothing_before"));
    case.variables.insert("other".into(), json!(true));
    case.expect(&["a=c"]);
    case.send_back("c").unwrap();
    case.expect(&["a=c", "c="]);
}

#[test]
fn sending_back_among_branches() {
    let mut case = Case::started(&["s>a>+1>b>c>+2>f", "+1>d>+2"], json!({}));
    case.expect(&["a=b d", "b=c d"]);
    // Within a branch there is one step before; where branches part or meet there is not.
    case.send_back("c").unwrap();
    assert_eq!(case.active(), "b d");
    assert_eq!(case.send_back("b"), Err("branches_before"));
    assert_eq!(case.send_back("d"), Err("branches_before"));
    case.expect(&["b=c d", "c=d", "d=f"]);
    assert_eq!(case.send_back("f"), Err("branches_before"));
    case.expect(&["f="]);
}

#[test]
fn sending_back_into_and_out_of_sub_processes() {
    let mut case = Case::started(&["s>a>[p>c", "[p{[q", "[q{b d", "b>d"], json!({}));
    case.expect(&["a=b"]);
    case.send_back("b").unwrap();
    assert_eq!((case.active().as_str(), case.state.scopes.len()), ("a", 0));
    case.expect(&["a=b", "b=d", "d=c"]);
    case.send_back("c").unwrap();
    assert_eq!((case.active().as_str(), case.state.scopes.len()), ("d", 2));
    case.send_back("d").unwrap();
    case.expect(&["b=d", "d=c", "c="]);
    // A sub-process with branches in it is not entered backwards.
    let mut case = Case::started(&["s>[p>c", "[p{a b"], json!({}));
    case.expect(&["a=b", "b=c"]);
    assert_eq!(case.send_back("c"), Err("branches_before"));
}

#[test]
fn sending_back_where_the_step_does_not_allow_it() {
    let mut flow = flow(&["s>a>b"]);
    node(&mut flow, "b").step = None;
    let mut case = Case::of(&flow);
    case.start().unwrap();
    case.complete("a").unwrap();
    assert_eq!(case.send_back("b"), Err("send_back_not_allowed"));
}

#[test]
fn what_cannot_run_is_refused_at_its_element() {
    let refused = |flow: &Flow| -> Vec<(String, &'static str)> {
        let violations = Definition::compile(flow).expect_err("refused");
        violations.into_iter().map(|v| (v.element.unwrap_or_default(), v.code)).collect()
    };
    let cases: &[(&[&str], &str, &str)] = &[
        (&[], "", "no_start"),
        (&["s>a", "s2>a"], "s2", "several_starts"),
        (&["s>a", "b"], "b", "nothing_leads_here"),
        (&["s>[p", "[p{s1 s2"], "s2", "several_starts"),
        (&["s>x>a", "x>b: n > 1"], "x>a", "condition_missing"),
        (&["s>o>a", "o>b: *"], "o>a", "condition_missing"),
        (&["s>x>a: n >", "x>b: *"], "x>a", "expression_syntax"),
        (&["s>a>s"], "a>s", "against_event"),
        (&["s>e>a"], "e>a", "against_event"),
        (&["s>a", "[p{b", "a>b"], "a>b", "crosses_sub_process"),
        (&["s>a", "a{b"], "b", "unknown_element"),
        (&["s>a", "[p{[p"], "[p", "unknown_element"),
        (&["s>x1>x2>x1: n", "x2>e: *"], "x1", "flow_endless"),
        (&["s>x1>[p>x2>x1: n", "x2>e: *", "[p{e1"], "x1", "flow_endless"),
    ];
    for (lines, element, code) in cases {
        let found = refused(&flow(lines));
        assert!(found.iter().any(|v| v.0 == *element && v.1 == *code), "{lines:?}: {found:?}");
    }
    for kind in [
        NodeKind::ServiceTask,
        NodeKind::SendTask,
        NodeKind::ReceiveTask,
        NodeKind::ScriptTask,
        NodeKind::BusinessRuleTask,
        NodeKind::CallActivity,
        NodeKind::Transaction,
        NodeKind::AdHocSubProcess,
        NodeKind::EventBasedGateway,
        NodeKind::ComplexGateway,
        NodeKind::IntermediateCatchEvent,
        NodeKind::BoundaryEvent,
    ] {
        let mut flow = flow(&["s>a"]);
        flow.nodes[1].kind = kind;
        assert_eq!(refused(&flow), [("a".to_owned(), "cannot_be_run")], "{kind:?}");
    }
    let changes: [fn(&mut Flow); 8] = [
        |flow| {
            flow.nodes[0].event =
                Some(EventDefinition { kind: EventKind::Timer, ..EventDefinition::default() });
        },
        |flow| {
            flow.nodes[2].event =
                Some(EventDefinition { kind: EventKind::Error, ..EventDefinition::default() });
        },
        |flow| flow.nodes[1].repeat = Some(Repeat::MultiInstanceParallel),
        |flow| flow.nodes[1].for_compensation = Some(true),
        |flow| flow.nodes[1].parent = Some("nowhere".into()),
        |flow| flow.nodes[1].default_flow = Some("s>a".into()),
        |flow| flow.sequence_flows[0].target = "nowhere".into(),
        |flow| flow.nodes[1].id = "s".into(),
    ];
    for change in changes {
        let mut flow = flow(&["s>a>e"]);
        change(&mut flow);
        assert!(!refused(&flow).is_empty());
    }
}

#[test]
fn what_never_rests_or_never_stops_growing_is_caught() {
    // The sub-process could hold a task, but never does.
    let lines = ["s>a>x1>[p>x2>x1: true", "x2>e: *", "[p{s1 x3 b", "s1>x3>b: false", "x3>e1: *", "[p{e1"];
    let mut case = Case::started(&lines, json!({}));
    assert_eq!(case.complete("a"), Err("flow_endless"));
    let doubling: Vec<String> = (0..20)
        .flat_map(|n| {
            let (from, to) = (format!("+{n}"), format!("x{n}"));
            [format!("{from}>{to}"), format!("{from}>y{n}>{to}"), format!("{to}>+{}", n + 1)]
        })
        .collect();
    let mut lines: Vec<&str> = doubling.iter().map(String::as_str).collect();
    lines.extend(["s>a>+0", "+20>z"]);
    let mut flow = flow(&lines);
    // Let the detours pass at once.
    flow.nodes.iter_mut().filter(|n| n.id.starts_with('y')).for_each(|n| n.kind = NodeKind::ExclusiveGateway);
    let mut case = Case::of(&flow);
    case.start().unwrap();
    assert!(matches!(case.complete("a"), Err("too_many_tokens" | "flow_endless")));
}

#[test]
fn a_state_of_another_flow_is_refused() {
    let case = Case::started(&["s>a>b"], json!({}));
    let other = Definition::compile(&flow(&["s>c"])).unwrap();
    let complete = Signal::Complete { work: WorkId(1), variables: Map::new() };
    assert_eq!(advance(&other, &case.state, &complete).unwrap_err().code, "state_of_other_flow");
}
