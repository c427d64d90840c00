//! Tokens on the move.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

use super::definition::{Definition, Kind};
use super::{Command, Scope, ScopeId, Signal, State, Status, Trail, Waiting, Work, WorkId};
use crate::{Fault, FaultKind, Violation, text};

/// Nodes that one signal may make tokens pass.
const MOST_MOVES: usize = 10_000;
/// Tokens at rest in one case.
const MOST_TOKENS: usize = 500;

const TOP: ScopeId = ScopeId(0);

/// A token about to enter a node.
struct Token {
    /// The sequence flow it comes by; none at a start.
    flow: Option<usize>,
    node: usize,
    scope: ScopeId,
    trail: Trail,
}

struct Machine<'a> {
    definition: &'a Definition,
    variables: &'a Map<String, Value>,
    state: State,
    commands: Vec<Command>,
    moving: VecDeque<Token>,
    moves: usize,
    /// The trails of the tokens that ended last in each scope.
    ended: BTreeMap<ScopeId, Trail>,
}

pub(super) fn advance(
    definition: &Definition,
    state: State,
    signal: &Signal,
) -> Result<(State, Vec<Command>), Fault> {
    let none = Map::new();
    let variables = match signal {
        Signal::Start { variables } | Signal::Complete { variables, .. } => variables,
        Signal::SendBack { .. } | Signal::Cancel => &none,
    };
    let mut machine = Machine {
        definition,
        variables,
        state,
        commands: Vec::new(),
        moving: VecDeque::new(),
        moves: 0,
        ended: BTreeMap::new(),
    };
    let status = machine.state.status;
    match signal {
        Signal::Start { .. } if status != Status::New => return Err(already_started()),
        Signal::Start { .. } => machine.start(),
        _ if status != Status::Running => return Err(not_running()),
        Signal::Complete { work, .. } => machine.complete(*work)?,
        Signal::SendBack { work } => machine.send_back(*work)?,
        Signal::Cancel => {
            machine.withdraw(TOP);
            machine.state.status = Status::Cancelled;
        }
    }
    machine.settle()?;
    Ok((machine.state, machine.commands))
}

impl Machine<'_> {
    fn start(&mut self) {
        self.state.status = Status::Running;
        self.enter(&self.definition.starts, TOP, Trail::default());
    }

    fn complete(&mut self, work: WorkId) -> Result<(), Fault> {
        let Work { element, scope, mut trail, .. } = self.take_work(work)?;
        let node = self.node(&element)?;
        trail.push(element);
        self.leave(node, scope, trail)
    }

    /// The token goes back to the step that it came from. Since a trail ends where branches part or meet, it is
    /// the only token between there and here, and the scopes it leaves hold nothing else.
    fn send_back(&mut self, work: WorkId) -> Result<(), Fault> {
        let Work { element, mut scope, mut trail, .. } = self.take_work(work)?;
        let node = self.node(&element)?;
        match &self.definition.nodes[node].kind {
            Kind::Task { step, .. } if step.may_send_back == Some(true) => {}
            _ => return Err(send_back_not_allowed(&element)),
        }
        let Some(before) = trail.steps.pop() else {
            return Err(if trail.branched { branches_before(&element) } else { nothing_before(&element) });
        };
        let before = self.node(&before)?;
        let mut around = Vec::new();
        let mut outer = self.definition.nodes[before].parent;
        while let Some(sub_process) = outer {
            around.push(sub_process);
            outer = self.definition.nodes[sub_process].parent;
        }
        while let Some(at) = self.state.scopes.iter().position(|open| open.id == scope) {
            let sub_process = self.node(&self.state.scopes[at].element)?;
            if let Some(common) = around.iter().position(|around| *around == sub_process) {
                around.truncate(common);
                break;
            }
            scope = self.state.scopes.remove(at).parent;
        }
        for sub_process in around.into_iter().rev() {
            scope = self.open(sub_process, scope, false);
        }
        self.commands.push(Command::CancelWork { work });
        self.create_work(before, scope, trail, true);
        Ok(())
    }

    /// Lets every token go on until all are at rest.
    fn settle(&mut self) -> Result<(), Fault> {
        loop {
            while let Some(token) = self.moving.pop_front() {
                self.moves += 1;
                if self.moves > MOST_MOVES {
                    return Err(endless(&self.definition.nodes[token.node].id));
                }
                self.arrive(token)?;
                if self.state.work.len() + self.state.waiting.len() + self.moving.len() > MOST_TOKENS {
                    return Err(too_many_tokens());
                }
            }
            if !self.close_scope()? && !self.join_inclusive()? {
                break;
            }
        }
        if self.state.status != Status::Running || !self.state.work.is_empty() {
            return Ok(());
        }
        if !self.state.waiting.is_empty() {
            return Err(stuck(self.definition, &self.state.waiting));
        }
        self.state.status = Status::Completed;
        self.commands.push(Command::Complete);
        Ok(())
    }

    fn arrive(&mut self, token: Token) -> Result<(), Fault> {
        let Token { flow, node, scope, trail } = token;
        let definition = self.definition;
        match &definition.nodes[node].kind {
            // Clause 13.4, exclusive gateway: each token passes by itself.
            Kind::Pass | Kind::Exclusive => self.leave(node, scope, trail),
            Kind::Task { .. } => {
                self.create_work(node, scope, trail, false);
                Ok(())
            }
            // Clause 13.3, sub-process: it is instantiated for each token.
            Kind::SubProcess { starts } => {
                let scope = self.open(node, scope, starts.len() > 1);
                self.enter(starts, scope, trail);
                Ok(())
            }
            Kind::Parallel | Kind::Inclusive { .. } => match flow {
                Some(flow) if definition.nodes[node].incoming.len() > 1 => {
                    let flow = definition.flows[flow].id.clone();
                    self.state.waiting.push(Waiting { flow, scope, trail });
                    self.join_parallel(node, scope)
                }
                _ => self.leave(node, scope, trail),
            },
            Kind::End => {
                self.ended.insert(scope, trail);
                Ok(())
            }
            // Clause 13.5, end events: the scope ends with all in it; what is around it goes on.
            Kind::Terminate => {
                self.withdraw(scope);
                self.ended.insert(scope, trail);
                Ok(())
            }
        }
    }

    /// Clause 13.4, parallel gateway: one token from each incoming flow, then one to each outgoing flow.
    fn join_parallel(&mut self, node: usize, scope: ScopeId) -> Result<(), Fault> {
        let definition = self.definition;
        if !matches!(definition.nodes[node].kind, Kind::Parallel) {
            return Ok(());
        }
        let mut ready = Vec::with_capacity(definition.nodes[node].incoming.len());
        for flow in &definition.nodes[node].incoming {
            match self.position(*flow, scope) {
                Some(at) => ready.push(at),
                None => return Ok(()),
            }
        }
        self.join(node, scope, ready)
    }

    /// Clause 13.4, inclusive gateway: joins what is there once no other token could still come by an empty incoming
    /// flow, save those that could as well come by one that already has a token.
    fn join_inclusive(&mut self) -> Result<bool, Fault> {
        let definition = self.definition;
        let mut seen = Vec::new();
        for at in 0..self.state.waiting.len() {
            let Waiting { flow, scope, .. } = &self.state.waiting[at];
            let (scope, flow) = (*scope, self.flow(flow)?);
            let gateway = definition.flows[flow].target;
            let Kind::Inclusive { reach } = &definition.nodes[gateway].kind else { continue };
            if seen.contains(&(gateway, scope)) {
                continue;
            }
            seen.push((gateway, scope));
            let mut ready = Vec::new();
            let (mut filled, mut empty) = (Vec::new(), Vec::new());
            for (flow, reach) in definition.nodes[gateway].incoming.iter().zip(reach) {
                match self.position(*flow, scope) {
                    Some(at) => {
                        ready.push(at);
                        filled.push(reach);
                    }
                    None => empty.push(reach),
                }
            }
            let mut awaited = false;
            if !empty.is_empty() {
                for node in self.occupied(scope)? {
                    let may_come =
                        |sets: &[&super::definition::NodeSet]| sets.iter().any(|set| set.contains(node));
                    awaited |= may_come(&empty) && !may_come(&filled);
                }
            }
            if !awaited {
                self.join(gateway, scope, ready)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The nodes of a scope in which tokens rest.
    fn occupied(&self, scope: ScopeId) -> Result<Vec<usize>, Fault> {
        let mut nodes = Vec::new();
        for work in self.state.work.iter().filter(|work| work.scope == scope) {
            nodes.push(self.node(&work.element)?);
        }
        for waiting in self.state.waiting.iter().filter(|waiting| waiting.scope == scope) {
            nodes.push(self.definition.flows[self.flow(&waiting.flow)?].target);
        }
        for inner in self.state.scopes.iter().filter(|inner| inner.parent == scope) {
            nodes.push(self.node(&inner.element)?);
        }
        Ok(nodes)
    }

    /// Where the oldest token that came by `flow` waits.
    fn position(&self, flow: usize, scope: ScopeId) -> Option<usize> {
        let flow = &self.definition.flows[flow].id;
        self.state.waiting.iter().position(|waiting| waiting.scope == scope && waiting.flow == *flow)
    }

    /// Makes one token of those waiting at `ready`, and lets it leave.
    fn join(&mut self, node: usize, scope: ScopeId, mut ready: Vec<usize>) -> Result<(), Fault> {
        ready.sort_unstable();
        let mut trail = Trail::branched();
        let alone = ready.len() == 1;
        for at in ready.into_iter().rev() {
            let waiting = self.state.waiting.remove(at);
            if alone {
                trail = waiting.trail;
            }
        }
        self.leave(node, scope, trail)
    }

    /// Clause 13.3, sequence flow considerations, and the gateways' choices.
    fn leave(&mut self, node: usize, scope: ScopeId, trail: Trail) -> Result<(), Fault> {
        let taken = self.choose(node)?;
        if taken.is_empty() {
            // An implicit end.
            self.ended.insert(scope, trail);
            return Ok(());
        }
        let alone = taken.len() == 1;
        if !alone && let Some(scope) = self.state.scopes.iter_mut().find(|open| open.id == scope) {
            scope.split = true;
        }
        let mut trail = if alone { trail } else { Trail::branched() };
        for flow in taken {
            let edge = &self.definition.flows[flow];
            self.commands.push(Command::Take { flow: edge.id.clone() });
            if !self.state.passed.contains(&edge.id) {
                self.state.passed.insert(edge.id.clone());
            }
            let trail = if alone { std::mem::take(&mut trail) } else { trail.clone() };
            self.moving.push_back(Token { flow: Some(flow), node: edge.target, scope, trail });
        }
        Ok(())
    }

    fn choose(&self, node: usize) -> Result<Vec<usize>, Fault> {
        let element = &self.definition.nodes[node];
        let activity = match element.kind {
            Kind::Exclusive | Kind::Inclusive { .. } => false,
            Kind::Task { .. } | Kind::SubProcess { .. } => true,
            _ => return Ok(element.outgoing.clone()),
        };
        let mut taken = Vec::new();
        let mut chosen = false;
        for flow in element.outgoing.iter().filter(|flow| element.default != Some(**flow)) {
            let conditional = self.definition.flows[*flow].condition.is_some();
            if self.holds(*flow)? {
                taken.push(*flow);
                chosen |= conditional || !activity;
                if matches!(element.kind, Kind::Exclusive) {
                    break;
                }
            }
        }
        if !chosen {
            taken.extend(element.default);
        }
        if taken.is_empty() && !element.outgoing.is_empty() {
            return Err(no_branch(&element.id));
        }
        Ok(taken)
    }

    fn holds(&self, flow: usize) -> Result<bool, Fault> {
        let edge = &self.definition.flows[flow];
        let Some(condition) = &edge.condition else { return Ok(true) };
        condition.evaluate_condition(self.variables).map_err(|fault| Fault {
            violations: vec![Violation::of_element(edge.id.clone(), fault.code, fault.text)],
            ..condition_failed(&edge.id)
        })
    }

    fn enter(&mut self, starts: &[usize], scope: ScopeId, trail: Trail) {
        let trail = if starts.len() > 1 { Trail::branched() } else { trail };
        for node in starts {
            self.moving.push_back(Token { flow: None, node: *node, scope, trail: trail.clone() });
        }
    }

    fn number(&mut self) -> u32 {
        self.state.last_number += 1;
        self.state.last_number
    }

    fn open(&mut self, node: usize, parent: ScopeId, split: bool) -> ScopeId {
        let id = ScopeId(self.number());
        self.state.scopes.push(Scope { id, element: self.definition.nodes[node].id.clone(), parent, split });
        id
    }

    /// Closes one sub-process that no token is left in, and lets its token leave.
    fn close_scope(&mut self) -> Result<bool, Fault> {
        // Inner scopes stand after outer ones.
        let empty = self.state.scopes.iter().rposition(|scope| {
            !self.state.work.iter().any(|work| work.scope == scope.id)
                && !self.state.waiting.iter().any(|waiting| waiting.scope == scope.id)
                && !self.state.scopes.iter().any(|inner| inner.parent == scope.id)
        });
        let Some(at) = empty else { return Ok(false) };
        let Scope { id, element, parent, split } = self.state.scopes.remove(at);
        let node = self.node(&element)?;
        let trail = self.ended.remove(&id).filter(|_| !split).unwrap_or(Trail::branched());
        self.leave(node, parent, trail)?;
        Ok(true)
    }

    /// Takes away everything in a scope.
    fn withdraw(&mut self, scope: ScopeId) {
        let mut gone = vec![scope];
        // Inner scopes stand after outer ones.
        for inner in &self.state.scopes {
            if gone.contains(&inner.parent) {
                gone.push(inner.id);
            }
        }
        self.state.scopes.retain(|inner| inner.id == scope || !gone.contains(&inner.id));
        self.state.waiting.retain(|waiting| !gone.contains(&waiting.scope));
        self.moving.retain(|token| !gone.contains(&token.scope));
        let commands = &mut self.commands;
        self.state.work.retain(|work| {
            let stays = !gone.contains(&work.scope);
            if !stays {
                // Work that came and went within one signal never reaches the caller.
                let created = commands
                    .iter()
                    .position(|c| matches!(c, Command::CreateWork { work: id, .. } if *id == work.id));
                match created {
                    Some(at) => drop(commands.remove(at)),
                    None => commands.push(Command::CancelWork { work: work.id }),
                }
            }
            stays
        });
    }

    fn create_work(&mut self, node: usize, scope: ScopeId, trail: Trail, returned: bool) {
        let element = &self.definition.nodes[node];
        let Kind::Task { name, step } = &element.kind else { return };
        let (name, step, element) = (name.clone(), step.clone(), element.id.clone());
        let work = WorkId(self.number());
        self.state.work.push(Work { id: work, element: element.clone(), scope, trail });
        self.commands.push(Command::CreateWork { work, element, name, step, returned });
    }

    fn take_work(&mut self, work: WorkId) -> Result<Work, Fault> {
        let at = self.state.work.iter().position(|waiting| waiting.id == work);
        at.map(|at| self.state.work.remove(at)).ok_or_else(work_not_waiting)
    }

    fn node(&self, id: &str) -> Result<usize, Fault> {
        self.definition.node(id).ok_or_else(|| other_flow(id))
    }

    fn flow(&self, id: &str) -> Result<usize, Fault> {
        self.definition.flow(id).ok_or_else(|| other_flow(id))
    }
}

fn already_started() -> Fault {
    Fault::conflict(
        "case_already_started",
        text!(
            "Sagen er allerede startet. Start en ny, hvis der skal være en til.",
            "Ärendet är redan startat. Starta ett nytt om det ska finnas ett till.",
            "The case is already started. Start a new one if there is to be another.",
        ),
    )
}

fn not_running() -> Fault {
    Fault::conflict(
        "case_not_running",
        text!(
            "Sagen er ikke i gang, så der er intet at gøre i den. Hent den igen for at se, hvordan den endte.",
            "Ärendet pågår inte, så det finns inget att göra i det. Hämta det igen för att se hur det slutade.",
            "The case is not running, so there is nothing to do in it. Fetch it again to see how it ended.",
        ),
    )
}

fn work_not_waiting() -> Fault {
    Fault::conflict(
        "work_not_waiting",
        text!(
            "Opgaven venter ikke længere: den er udført, sendt tilbage eller bortfaldet. Hent sagen igen for at se, hvad der venter nu.",
            "Uppgiften väntar inte längre: den är utförd, återsänd eller borttagen. Hämta ärendet igen för att se vad som väntar nu.",
            "The task no longer waits: it was done, sent back or withdrawn. Fetch the case again to see what waits now.",
        ),
    )
}

fn send_back_not_allowed(element: &str) -> Fault {
    at_element(
        "send_back_not_allowed",
        element,
        text!(
            "Fra trinnet »{element}« må sagen ikke sendes tilbage. Udfør det, eller slå det til i arbejdsgangens skabelon.",
            "Från steget ”{element}” får ärendet inte skickas tillbaka. Utför det, eller tillåt det i arbetsgångens mall.",
            "From the step “{element}” the case may not be sent back. Complete it, or allow it in the workflow's template.",
        ),
    )
}

fn nothing_before(element: &str) -> Fault {
    at_element(
        "nothing_before",
        element,
        text!(
            "Før trinnet »{element}« er der intet, sagen kan sendes tilbage til. Udfør det, eller annuller sagen.",
            "Före steget ”{element}” finns inget som ärendet kan skickas tillbaka till. Utför det eller avbryt ärendet.",
            "Before the step “{element}” there is nothing to send the case back to. Complete it, or cancel the case.",
        ),
    )
}

fn branches_before(element: &str) -> Fault {
    at_element(
        "branches_before",
        element,
        text!(
            "Før trinnet »{element}« skilles eller mødes parallelle grene, så der er ikke ét trin at sende tilbage til. Udfør det, eller lad en løkke i flowet føre tilbage.",
            "Före steget ”{element}” delas eller möts parallella grenar, så det finns inte ett enda steg att skicka tillbaka till. Utför det, eller låt en slinga i flödet leda tillbaka.",
            "Before the step “{element}” parallel branches part or meet, so there is no single step to send back to. Complete it, or let a loop in the flow lead back.",
        ),
    )
}

fn condition_failed(flow: &str) -> Fault {
    Fault::conflict(
        "condition_failed",
        text!(
            "Betingelsen på »{flow}« kan ikke afgøres med de udfyldte felter. Ret felterne, og prøv igen; intet er ændret.",
            "Villkoret på ”{flow}” kan inte avgöras med de ifyllda fälten. Rätta fälten och försök igen; inget har ändrats.",
            "The condition on “{flow}” cannot be decided with the fields filled in. Mend the fields and try again; nothing has changed.",
        ),
    )
}

fn no_branch(element: &str) -> Fault {
    at_element(
        "no_branch",
        element,
        text!(
            "Ingen af betingelserne på vejene ud af »{element}« er opfyldt, og der er ingen standardvej. Ret felterne, og prøv igen; intet er ændret.",
            "Inget av villkoren på vägarna ut ur ”{element}” är uppfyllt, och det finns ingen standardväg. Rätta fälten och försök igen; inget har ändrats.",
            "None of the conditions on the ways out of “{element}” holds, and there is no default. Mend the fields and try again; nothing has changed.",
        ),
    )
}

fn endless(element: &str) -> Fault {
    at_element(
        "flow_endless",
        element,
        text!(
            "Flowet kører i ring ved »{element}« uden at vente på nogen. Ret betingelserne eller flowet; intet er ændret.",
            "Flödet går runt vid ”{element}” utan att vänta på någon. Rätta villkoren eller flödet; inget har ändrats.",
            "The flow runs in circles at “{element}” without waiting for anyone. Mend the conditions or the flow; nothing has changed.",
        ),
    )
}

fn too_many_tokens() -> Fault {
    Fault::conflict(
        "too_many_tokens",
        text!(
            "Sagen ville vente over {MOST_TOKENS} steder på én gang. Flowet deler sig, uden at grenene mødes igen; saml dem med en gateway.",
            "Ärendet skulle vänta på över {MOST_TOKENS} ställen samtidigt. Flödet delar sig utan att grenarna möts igen; samla dem med en grind.",
            "The case would wait in more than {MOST_TOKENS} places at once. The flow parts without its branches meeting again; join them by a gateway.",
        ),
    )
}

fn stuck(definition: &Definition, waiting: &[Waiting]) -> Fault {
    let mut gateways: Vec<&str> = waiting
        .iter()
        .filter_map(|waiting| definition.flow(&waiting.flow))
        .map(|flow| definition.nodes[definition.flows[flow].target].id.as_str())
        .collect();
    gateways.dedup();
    gateways.truncate(5);
    let names = gateways.join(", ");
    at_element(
        "flow_stuck",
        gateways.first().copied().unwrap_or_default(),
        text!(
            "Sagen ville gå i stå: ved {names} ventes der på grene, som ikke længere kan komme. Ret felterne, så en anden vej vælges, eller flowet; intet er ændret.",
            "Ärendet skulle köra fast: vid {names} väntas på grenar som inte längre kan komma. Rätta fälten så att en annan väg väljs, eller flödet; inget har ändrats.",
            "The case would get stuck: {names} waits for branches that can no longer come. Mend the fields so that another way is chosen, or the flow; nothing has changed.",
        ),
    )
}

fn other_flow(id: &str) -> Fault {
    Fault::new(
        FaultKind::Internal,
        "state_of_other_flow",
        text!(
            "Sagens tilstand nævner »{id}«, som ikke findes i dens flow.",
            "Ärendets tillstånd nämner ”{id}”, som inte finns i dess flöde.",
            "The case's state names “{id}”, which is not in its flow.",
        ),
    )
}

fn at_element(code: &'static str, element: &str, text: crate::Text) -> Fault {
    Fault {
        violations: vec![Violation::of_element(element, code, text.clone())],
        ..Fault::conflict(code, text)
    }
}
