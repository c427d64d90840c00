//! From a drawing to an anonymized case: the whole thread, by the SDK alone.
//!
//! ```sh
//! cargo run --example quickstart -- http://127.0.0.1:8080 styr_… [FOLDER]
//! ```
//!
//! The token is the account owner's; both can also be in `STYR_URL` and `STYR_TOKEN`. The drawing and the receipt of the
//! anonymization are written to the folder, `quickstart-out` unless named. It can be run again and again: everything that
//! must be unique is named after the process it makes. All people in it are invented.

#![expect(clippy::print_stdout, reason = "it tells what it does")]

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};
use styr_sdk::{Client, read, types};
use uuid::Uuid;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const MODEL: &str = include_str!("grant.bpmn");

/// What [`run`] made.
pub(crate) struct Summary {
    /// The process that was imported.
    pub(crate) process_id: Uuid,
    /// The workflow that was activated.
    pub(crate) workflow_id: Uuid,
    /// The case that was gone through and anonymized.
    pub(crate) case_id: Uuid,
    /// The application that was filled in.
    pub(crate) submission_id: Uuid,
    /// The anonymization run.
    pub(crate) run_id: Uuid,
    /// Who applied.
    pub(crate) citizen: Citizen,
}

/// An invented citizen.
pub(crate) struct Citizen {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) cpr: String,
}

impl Citizen {
    /// One whom nobody else is like, made of an id.
    pub(crate) fn of(id: Uuid) -> Self {
        const SYLLABLES: [&str; 16] =
            ["ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "ju", "sa"];
        let random = id.as_u64_pair().1 % (1 << 48);
        let digits = |below: u64, shift: u32| (random >> shift) % below;
        let syllable = |place: u32| SYLLABLES[usize::try_from(digits(16, 4 * place)).unwrap_or_default()];
        let first = format!("X{}{}{}", syllable(0), syllable(1), syllable(2));
        let last = format!("Q{}{}{}{}", syllable(3), syllable(4), syllable(5), syllable(6));
        // Born from 1940 to 1989: the seventh digit is 0 to 3.
        let (day, month, year) = (1 + digits(28, 3), 1 + digits(12, 7), 40 + digits(50, 11));
        Self {
            name: format!("{first} {last}"),
            email: format!("{first}.{last}@example.org").to_lowercase(),
            phone: format!("+4520{:06}", digits(1_000_000, 17)),
            cpr: format!("{day:02}{month:02}{year:02}{:04}", digits(4_000, 29)),
        }
    }

    /// Their application for a grant.
    pub(crate) fn application(&self, amount: u64) -> Map<String, Value> {
        let Self { name, email, phone, cpr } = self;
        map(json!({ "name": name, "email": email, "phone": phone, "cpr": cpr, "amount": amount }))
    }
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Goes through the thread at this address, as the owner of the account, and says so on standard output.
pub(crate) async fn run(url: &str, token: &str, folder: &Path) -> Result<Summary> {
    let owner = Client::new(url, token)?;
    let account = owner.me_get().send().await?.into_inner().account;
    println!("Signed in to the account {} at {url}.", account.name);
    std::fs::create_dir_all(folder)?;

    let process_id = import(&owner, folder).await?;
    let suffix = process_id.simple().to_string().split_off(20);
    let application_id = form(&owner, "Application", application_fields()?).await?;
    let decision_id = form(&owner, "Decision", decision_fields()?).await?;

    let (group_id, employee, worker) = people(&owner, url, &suffix).await?;
    let workflow_id = workflow(&owner, process_id, application_id, decision_id, group_id).await?;

    let citizen = Citizen::of(process_id);
    let (case_id, submission_id) = go_through(&employee, &worker, workflow_id, &citizen).await?;

    for query in [&citizen.name, &citizen.cpr] {
        let hits = search(&owner, query).await?;
        println!("Searched for {query}, places found: {}.", hits.len());
        if !hits.iter().any(|hit| hit.entity_id == submission_id) {
            return Err(format!("the search for {query} does not find the application").into());
        }
    }
    let run_id = anonymize(&owner, case_id, folder).await?;
    for query in [&citizen.name, &citizen.cpr] {
        if !search(&owner, query).await?.is_empty() {
            return Err(format!("{query} is still to be found").into());
        }
        println!("Searched for {query} again: not found anywhere.");
    }
    let proof = owner.event_verify().send().await?.into_inner();
    if let Some(fault) = proof.first_fault {
        return Err(format!("the chain of events is broken at {}", fault.sequence).into());
    }
    println!(
        "The chain of {} events verifies; {} of them have had their personal values erased.",
        proof.events, proof.erased
    );
    Ok(Summary { process_id, workflow_id, case_id, submission_id, run_id, citizen })
}

/// Imports the model, publishes it and keeps its drawing.
async fn import(owner: &Client, folder: &Path) -> Result<Uuid> {
    let import = owner.process_import().body(MODEL).send().await?.into_inner();
    let process_id = import.processes.first().ok_or("nothing was imported")?.id;
    let left = import.not_carried.iter().filter(|left| !left.kept).count();
    owner.process_publish().id(process_id).send().await?;
    let svg = read(owner.process_diagram().id(process_id).send().await?).await?;
    let file = folder.join("process.svg");
    std::fs::write(&file, svg)?;
    println!(
        "Imported a BPMN model as the process {process_id}, leaving out {left} elements; its drawing is in {}.",
        file.display()
    );
    Ok(process_id)
}

fn field(key: &str, kind: types::FieldType, label: &str) -> types::builder::Field {
    let label = types::LocalText { en: Some(label.to_owned()), ..types::LocalText::default() };
    types::Field::builder()
        .key(key)
        .type_(kind)
        .label(label)
        .class(types::DataClass::None)
        .required(true)
        .encrypted(false)
        .multiple(false)
        .choices(Vec::new())
}

fn application_fields() -> Result<Vec<types::Field>> {
    use types::{DataClass, FieldType};
    Ok(vec![
        field("name", FieldType::ShortText, "Your name").class(DataClass::Personal).try_into()?,
        field("email", FieldType::Email, "Your e-mail address").class(DataClass::Personal).try_into()?,
        field("phone", FieldType::Phone, "Your phone number").class(DataClass::Personal).try_into()?,
        field("cpr", FieldType::DanishPersonNumber, "Your CPR number")
            .class(DataClass::PersonNumber)
            .encrypted(true)
            .try_into()?,
        field("amount", FieldType::Integer, "The amount you apply for, in kroner")
            .min("1".to_owned())
            .try_into()?,
    ])
}

fn decision_fields() -> Result<Vec<types::Field>> {
    use types::{DataClass, FieldType};
    Ok(vec![
        field("grant", FieldType::YesNo, "Is the grant given?").try_into()?,
        field("reason", FieldType::LongText, "Why?").class(DataClass::Personal).try_into()?,
    ])
}

/// Makes a form and publishes it.
async fn form(owner: &Client, title: &str, fields: Vec<types::Field>) -> Result<Uuid> {
    let definition = types::FormDefinition { country: Some(types::Country::Dk), fields };
    let form = owner.form_create().body_map(|body| body.title(title).definition(definition)).send().await?;
    owner.form_publish().id(form.id).send().await?;
    println!("Made and published the form {title}.");
    Ok(form.id)
}

/// Makes an employee, and a case worker in a rights group. Answers the group and a client for each of the two.
async fn people(owner: &Client, url: &str, suffix: &str) -> Result<(Uuid, Client, Client)> {
    use types::Right;
    let roles = owner.role_list().limit(200_u64).send().await?.into_inner();
    let employees =
        roles.items.iter().find(|role| role.api_name == "employee").ok_or("there is no role of employees")?;
    let rights = vec![Right::CaseSearchGroups, Right::CaseSearchInvolved, Right::SubmissionSee];
    let name = format!("Case worker {suffix}");
    let workers =
        owner.role_create().body_map(|body| body.name(name).rights(rights)).send().await?.into_inner();
    let name = format!("Grants {suffix}");
    let group_id = owner.group_create().body_map(|body| body.name(name)).send().await?.id;

    let (_, employee) = person(owner, url, "Employee", suffix, employees.id).await?;
    let (worker_id, worker) = person(owner, url, "Worker", suffix, workers.id).await?;
    owner.group_member_add().id(group_id).body_map(|body| body.user_id(worker_id)).send().await?;
    println!("Made an employee, and a case worker in a rights group, each with a role and a token.");
    Ok((group_id, employee, worker))
}

async fn person(
    owner: &Client,
    url: &str,
    name: &str,
    suffix: &str,
    role_id: Uuid,
) -> Result<(Uuid, Client)> {
    let email = format!("{name}.{suffix}@example.com").to_lowercase();
    let user = owner
        .user_create()
        .body_map(|body| body.name(format!("{name} {suffix}")).email(email).licence(types::Licence::Pro))
        .send()
        .await?;
    owner.user_role_assign().id(user.id).body_map(|body| body.role_id(role_id)).send().await?;
    let token = owner.token_create().body_map(|body| body.name("Quickstart").user_id(user.id)).send().await?;
    Ok((user.id, Client::new(url, token.into_inner().secret)?))
}

/// Makes a workflow that runs the process's flow with the forms, publishes and activates it.
async fn workflow(
    owner: &Client,
    process_id: Uuid,
    application: Uuid,
    decision: Uuid,
    group: Uuid,
) -> Result<Uuid> {
    let mut flow = owner.process_flow_get().id(process_id).send().await?.into_inner();
    let assignee =
        types::Assignee { type_: Some(types::AssigneeKind::Group), group_id: Some(group), user_id: None };
    for node in &mut flow.nodes {
        node.step = match node.id.as_str() {
            "apply" => Some(types::UserStep { form_id: Some(application), ..types::UserStep::default() }),
            "decide" => Some(types::UserStep {
                form_id: Some(decision),
                assignee: Some(assignee.clone()),
                may_send_back: Some(true),
            }),
            _ => continue,
        };
    }
    let workflow = owner
        .workflow_create()
        .body_map(|body| body.title("Application for a grant").flow(flow))
        .send()
        .await?;
    owner.workflow_publish().id(workflow.id).send().await?;
    owner.workflow_activate().id(workflow.id).send().await?;
    println!("Made a workflow of the same flow, with the forms as its steps, and activated it.");
    Ok(workflow.id)
}

/// The employee starts a case and fills in the application; the case worker claims and makes the decision. Answers the
/// case and the application.
async fn go_through(
    employee: &Client,
    worker: &Client,
    workflow_id: Uuid,
    citizen: &Citizen,
) -> Result<(Uuid, Uuid)> {
    let case =
        employee.case_start().body_map(|body| body.workflow_id(workflow_id)).send().await?.into_inner();
    let task = case.open_tasks.iter().flatten().next().ok_or("the case waits for nobody")?;
    println!("The employee started the case {}, which waits at: {}.", case.id, task.name);
    let values = citizen.application(25_000);
    let done =
        employee.task_complete().id(task.id).body_map(|body| body.values(values)).send().await?.into_inner();
    let submission_id = done.task.submission_id.ok_or("nothing was submitted")?;
    println!("The employee filled in the application of {}.", citizen.name);

    let waiting = worker.me_task_list().send().await?.into_inner();
    let task = waiting.items.iter().find(|task| task.case_id == case.id).ok_or("the group has no task")?;
    worker.task_claim().id(task.id).send().await?;
    let values = map(json!({ "grant": true, "reason": format!("{} meets all conditions.", citizen.name) }));
    let done =
        worker.task_complete().id(task.id).body_map(|body| body.values(values)).send().await?.into_inner();
    if done.case.status != types::CaseStatus::Completed {
        return Err("the case has not ended".into());
    }
    println!("The case worker claimed the task {} and completed it; the case has ended.", task.name);
    Ok((case.id, submission_id))
}

async fn search(owner: &Client, query: &str) -> Result<Vec<types::PersonHitView>> {
    let page = owner.person_search().body_map(|body| body.query(query)).send().await?;
    Ok(page.into_inner().items)
}

/// Shows what anonymizing the case would do, does it, waits for it, and keeps the receipt.
pub(crate) async fn anonymize(owner: &Client, case_id: Uuid, folder: &Path) -> Result<Uuid> {
    let targets = vec![types::TargetBody { entity: types::TargetKind::Case, id: case_id }];
    let preview = owner
        .anonymization_run_preview()
        .body_map(|body| body.targets(targets.clone()))
        .send()
        .await?
        .into_inner();
    println!(
        "Anonymizing would take this many things: {}, and touch {} columns.",
        preview.items.len(),
        preview.columns.len()
    );
    let mut run =
        owner.anonymization_run_start().body_map(|body| body.targets(targets)).send().await?.into_inner();
    for _ in 0..600 {
        if run.status != types::RunStatus::Running {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        run = owner.anonymization_run_get().id(run.id).send().await?.into_inner();
    }
    if run.status != types::RunStatus::Completed {
        return Err("the anonymization was not completed within a minute".into());
    }
    let receipt = owner.anonymization_receipt().id(run.id).send().await?.into_inner();
    let file = folder.join("receipt.json");
    std::fs::write(&file, serde_json::to_string_pretty(&receipt)?)?;
    let erased = &run.counts.erased;
    println!(
        "Anonymized the case with {} submissions, {} events' personal values and {} search terms; the signed receipt is in {}.",
        erased.submissions,
        erased.events,
        erased.terms,
        file.display()
    );
    Ok(run.id)
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match told().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn told() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given =
        |place: usize, variable: &str| arguments.get(place).cloned().or_else(|| std::env::var(variable).ok());
    let (Some(url), Some(token)) = (given(0, "STYR_URL"), given(1, "STYR_TOKEN")) else {
        return Err("usage: quickstart URL TOKEN [FOLDER], or set STYR_URL and STYR_TOKEN".into());
    };
    let folder = arguments.get(2).map_or("quickstart-out", String::as_str);
    let Summary { process_id, workflow_id, case_id, submission_id, run_id, citizen } =
        run(&url, &token, Path::new(folder)).await?;
    println!(
        "Done: process {process_id}, workflow {workflow_id}, case {case_id}, application {submission_id}, anonymization {run_id}. Nothing is left of {}.",
        citizen.name
    );
    Ok(())
}
