//! The `styr` program.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use styr_api::app::first_start::{create_token_for, first_start};
use styr_api::app::process::folder::{self, Existing};
use styr_api::app::user::import::{self, MAX_DEACTIVATED_PERCENT, Preview};
use styr_api::app::{App, demo, event};
use styr_api::config::{ConfigFile, LogFormat, Serve, Storage, with_file};
use styr_api::server;
use styr_api::trace::Traces;
use styr_domain::Violation;
use styr_domain::event::{ChainFault, Verification, hex};
use styr_domain::id::AccountId;
use styr_domain::token::TokenSecret;
use styr_domain::user::import::{ImportAction, ImportChange, ImportCounts};
use styr_persistence::{Ambient as _, Database, Error, Store, System, account};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Processes, forms, workflows, roles and anonymization behind one API
#[derive(Parser)]
#[command(name = "styr", version)]
struct Cli {
    #[command(flatten)]
    file: ConfigFile,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run Styr
    Serve(Box<Serve>),
    /// Make the database's tables, or bring them up to date
    Migrate(Storage),
    /// Print the OpenAPI document
    Openapi,
    /// The audit trail
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// API tokens
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// People
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Fill the landscape
    Process {
        #[command(subcommand)]
        command: ProcessCommand,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Verify the chain of events of every account
    Verify {
        /// The database: sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME
        #[arg(long, env = "STYR_DATABASE", default_value = "sqlite://styr.db", hide_env_values = true)]
        database: Database,
    },
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Print a well-formed token and store nothing, for STYR_BOOTSTRAP_TOKEN
    Generate,
    /// Make a token for a user, directly in the database, and print it this once
    Create {
        #[command(flatten)]
        storage: Storage,
        /// The user's e-mail address, or: owner
        #[arg(long)]
        user: String,
        /// What the token is for
        #[arg(long, default_value = "Command line")]
        name: String,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Import a CSV file of users, directly in the database. Exits with 3 for a faulty file, with 4 when it would
    /// deactivate too many
    Import(ImportArguments),
}

#[derive(Subcommand)]
enum ProcessCommand {
    /// Take in a folder of BPMN files whose names carry codes, directly in the database, as the account's owner. Exits with 3
    /// when files were left out
    Import(FolderArguments),
}

#[derive(Args)]
struct FolderArguments {
    #[command(flatten)]
    storage: Storage,
    /// The folder
    folder: PathBuf,
    /// Give processes that are there already the files' flows, as new versions
    #[arg(long)]
    replace: bool,
    /// The id of the account, where there are several
    #[arg(long)]
    account: Option<Uuid>,
}

#[derive(Args)]
struct ImportArguments {
    #[command(flatten)]
    storage: Storage,
    /// The file
    file: PathBuf,
    /// Say what the import would do, and do nothing
    #[arg(long)]
    preview: bool,
    /// How much of those who came by imports may be deactivated, in percent
    #[arg(long, default_value_t = MAX_DEACTIVATED_PERCENT, value_parser = clap::value_parser!(u8).range(0..=100))]
    max_deactivated_percent: u8,
    /// The id of the account, where there are several
    #[arg(long)]
    account: Option<Uuid>,
}

/// Why a command failed, and what its caller is told by the exit code.
struct Failure {
    text: String,
    code: u8,
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self { text, code: 1 }
    }
}

/// The exit code for a file at fault.
const FAULTY_FILE: u8 = 3;
/// The exit code for a file that would deactivate too many.
const BRAKED: u8 = 4;

fn main() -> ExitCode {
    let cli = match with_file(Cli::command(), std::env::args_os().collect()) {
        Ok(arguments) => Cli::parse_from(arguments),
        Err(text) => return fail(&text),
    };
    let traces = match &cli.command {
        Command::Serve(config) => match log(config) {
            Ok(traces) => traces,
            Err(text) => return fail(&text),
        },
        _ => None,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("no threads could be started: {error}")),
    };
    let result = runtime.block_on(async {
        let done = match cli.command {
            Command::Serve(config) => serve(*config).await,
            Command::Migrate(storage) => migrate(&storage).await,
            Command::Openapi => say(&format!("{:#}", styr_api::document())),
            Command::Audit { command: AuditCommand::Verify { database } } => verify(&database).await,
            Command::Token { command: TokenCommand::Generate } => {
                let mut random = [0; 32];
                System::default().random(&mut random);
                say(TokenSecret::new(random).expose())
            }
            Command::Token { command: TokenCommand::Create { storage, user, name } } => {
                create_token(&storage, &user, &name).await
            }
            Command::User { command: UserCommand::Import(arguments) } => {
                return import_users(arguments).await;
            }
            Command::Process { command: ProcessCommand::Import(arguments) } => {
                return import_folder(arguments).await;
            }
        };
        done.map_err(Failure::from)
    });
    drop(runtime);
    if let Some(traces) = traces {
        traces.finish();
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { text, code }) => {
            fail(&text);
            ExitCode::from(code)
        }
    }
}

fn fail(text: &str) -> ExitCode {
    eprintln!("styr: {text}");
    ExitCode::FAILURE
}

#[expect(clippy::unnecessary_wraps, reason = "the end of a command")]
#[expect(clippy::print_stdout, reason = "what a command is for")]
fn say(text: &str) -> Result<(), String> {
    println!("{text}");
    Ok(())
}

async fn migrate(storage: &Storage) -> Result<(), String> {
    server::open(storage, Arc::new(System::default())).await?;
    say("The tables are up to date.")
}

async fn create_token(storage: &Storage, user: &str, name: &str) -> Result<(), String> {
    let store = server::open(storage, Arc::new(System::default())).await?;
    let secret = create_token_for(&store, user, name).await.map_err(|error| match error {
        Error::Fault(fault) => fault.text.en.into_owned(),
        error => format!("the token could not be made: {error}"),
    })?;
    say(secret.expose())
}

async fn import_users(arguments: ImportArguments) -> Result<(), Failure> {
    let ImportArguments { storage, file, preview, max_deactivated_percent: max, account } = arguments;
    let csv = std::fs::read(&file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let store = server::open(&storage, Arc::new(System::default())).await?;
    let account_id = account_named(&store, account).await?;
    let failed = |error| import_failed(&file, error);
    if preview {
        let preview = import::preview_for(&store, account_id, csv, max).await.map_err(failed)?;
        return show_preview(preview);
    }
    let imported = import::apply_for(&store, account_id, csv, max).await.map_err(failed)?;
    say(&format!("Imported, as {}.", imported.id))?;
    show_counts(imported.counts)?;
    store.close().await.map_err(|error| Failure::from(format!("the database could not be closed: {error}")))
}

async fn import_folder(arguments: FolderArguments) -> Result<(), Failure> {
    let FolderArguments { storage, folder: path, replace, account } = arguments;
    let store = server::open(&storage, Arc::new(System::default())).await?;
    let account_id = account_named(&store, account).await?;
    let existing = if replace { Existing::Replace } else { Existing::Skip };
    let failed = |error: Error| format!("nothing was taken in: {}", error.into_fault().text.en);
    let imported = folder::import_for(&store, account_id, path, existing).await.map_err(failed)?;
    let mut left_out = 0;
    for file in &imported.files {
        if let Some(reason) = &file.reason {
            left_out += 1;
            say(&format!("left out: {}: {reason}", file.path))?;
        }
    }
    let (files, groups) = (imported.files.len(), imported.groups.len());
    say(&format!("{} of {files} files were taken in, and {groups} process groups made.", files - left_out))?;
    store
        .close()
        .await
        .map_err(|error| Failure::from(format!("the database could not be closed: {error}")))?;
    match imported.stopped {
        Some(why) => Err(format!("stopped before the end; do it again to go on: {why}").into()),
        None if left_out > 0 => {
            Err(Failure { text: format!("{left_out} files were left out"), code: FAULTY_FILE })
        }
        None => Ok(()),
    }
}

/// The account of this id, or the only one.
async fn account_named(store: &Store, named: Option<Uuid>) -> Result<AccountId, String> {
    let failed = |error: Error| format!("the accounts could not be read: {error}");
    let ids = account::ids(&store.read()).await.map_err(failed)?;
    match (named, ids.as_slice()) {
        (Some(named), ids) if ids.contains(&AccountId(named)) => return Ok(AccountId(named)),
        (None, [only]) => return Ok(*only),
        (_, []) => return Err("the database has no account yet; start Styr once: styr serve".to_owned()),
        _ => {}
    }
    let mut text = "name one of the accounts by --account:".to_owned();
    for id in ids {
        let name = account::get(&store.read(), id).await.map_err(failed)?.name;
        text += &format!("\n  {id} {name}");
    }
    Err(text)
}

fn import_failed(file: &Path, error: Error) -> Failure {
    let fault = match error {
        Error::Fault(fault) => fault,
        error => return format!("nothing was imported: {error}").into(),
    };
    if fault.violations.is_empty() {
        let code = if fault.code == "too_many_deactivations" { BRAKED } else { 1 };
        return Failure { text: fault.text.en.into_owned(), code };
    }
    let mut text = format!("nothing was imported; mend these lines of {} and try again:", file.display());
    for Violation { pointer, text: why, .. } in fault.violations {
        let place: Vec<&str> = pointer.split('/').skip(1).collect();
        let place = match place.as_slice() {
            [line] => format!("line {line}: "),
            [line, column, ..] => format!("line {line}, {column}: "),
            [] => String::new(),
        };
        text += &format!("\n  {place}{}", why.en);
    }
    Failure { text, code: FAULTY_FILE }
}

fn show_preview(Preview { counts, refusal, changes, left_out }: Preview) -> Result<(), Failure> {
    for ImportChange { action, line, external_id, name, fields, role, .. } in changes {
        let what = match action {
            ImportAction::Deactivate => "deactivate",
            ImportAction::TakeRole => "take role",
            ImportAction::GiveRole => "give role",
            ImportAction::ChangeRole => "change role",
            ImportAction::Reactivate => "reactivate",
            ImportAction::Change => "change",
            ImportAction::Add => "add",
        };
        let place = line.map_or_else(|| "not in the file".to_owned(), |line| format!("line {line}"));
        let key = external_id.unwrap_or_default();
        let detail = role.unwrap_or_else(|| fields.join(", "));
        say(format!("{what:12} {key} {name} ({place}) {detail}").trim_end())?;
    }
    if left_out > 0 {
        say(&format!("... and {left_out} more changes"))?;
    }
    show_counts(counts)?;
    match refusal {
        None => Ok(()),
        Some(fault) => Err(Failure { text: fault.text.en.into_owned(), code: BRAKED }),
    }
}

fn show_counts(counts: ImportCounts) -> Result<(), String> {
    let ImportCounts {
        added,
        changed,
        reactivated,
        deactivated,
        unchanged,
        roles_given,
        roles_changed,
        roles_taken,
        imported_before,
    } = counts;
    say(&format!(
        "Users: {added} added, {changed} changed, {reactivated} reactivated, {unchanged} unchanged, {deactivated} \
         deactivated of {imported_before} imported before. Roles: {roles_given} given, {roles_changed} changed, \
         {roles_taken} taken."
    ))
}

async fn verify(database: &Database) -> Result<(), String> {
    let failed = |error: Error| format!("the events could not be read: {error}");
    let store = server::open_to_look(database, Arc::new(System::default())).await?;
    let mut broken = 0;
    for account_id in account::ids(&store.read()).await.map_err(failed)? {
        let Verification { events, erased, head, first_fault } =
            event::verify(&store, account_id).await.map_err(failed)?;
        match first_fault {
            None => {
                let hash = hex::encode(&head.hash);
                say(&format!(
                    "{account_id}: {events} events, {erased} with erased values, sound up to {hash}"
                ))?;
            }
            Some(ChainFault { sequence, event_id, kind }) => {
                broken += 1;
                let event = event_id.map_or_else(String::new, |id| format!(" (event {id})"));
                eprintln!(
                    "{account_id}: broken at sequence {sequence}{event}: {kind}; {events} events before it are sound"
                );
            }
        }
    }
    store.close().await.map_err(failed)?;
    if broken == 0 { Ok(()) } else { Err(format!("the audit trail of {broken} accounts is broken")) }
}

async fn serve(config: Serve) -> Result<(), String> {
    let store = server::open(&config.storage, Arc::new(System::default())).await?;
    let first = first_start(&store, &config.account_name, config.bootstrap_token.clone())
        .await
        .map_err(|error| format!("the first account could not be made: {error}"))?;
    let app = App::new(store, config.limits.clone(), config.proxies.clone());
    // Said before anything else can fail, since tokens are shown once.
    show_tokens(&app, &config, first).await?;
    let shutdown = Duration::from_secs(config.shutdown_seconds);
    let mut running = server::start(app, config.listen, shutdown).await.map_err(|error| {
        format!("cannot listen on {}; choose another address by --listen: {error}", config.listen)
    })?;
    say(&format!("Styr listens on http://{}; try it at http://{}/docs", running.address, running.address))?;
    tokio::select! {
        error = running.failed() => return Err(error),
        () = told_to_stop() => {}
    }
    tracing::info!("stopping");
    tokio::select! {
        stopped = running.stop() => stopped,
        // Whoever says it twice does not want to wait for those who are served.
        () = told_to_stop() => Err("stopped before all requests were finished".to_owned()),
    }
}

/// Shows the tokens that the first start made, after filling the database for a demonstration if that is asked for.
async fn show_tokens(
    app: &App,
    config: &Serve,
    first: Option<(AccountId, TokenSecret)>,
) -> Result<(), String> {
    let Some((account_id, owner)) = first else {
        if config.demo {
            tracing::warn!(
                "the database is not empty, so that --demo leaves it as it is; for a token, run: styr token create \
                 --user owner"
            );
        }
        return Ok(());
    };
    // A token that was given is known to whoever gave it.
    let owner = config.bootstrap_token.is_none().then(|| owner.expose().to_owned());
    if !config.demo {
        return owner.map_or(Ok(()), |token| say(&format!("The owner's token, shown this once: {token}")));
    }
    let personas = demo::fill(app, account_id).await.map_err(|error| {
        format!("the demonstration could not be made; start again with another database: {error}")
    })?;
    say(&format!(
        "{} is there to try things in. Its people and their tokens, shown this once:\n",
        demo::NAME
    ))?;
    for demo::Persona { name, part, to_try, token } in personas {
        let token = token.as_ref().map(|token| token.as_str()).or(owner.as_deref());
        let token = token.unwrap_or("(the token that Styr was started with)");
        say(&format!("  {name}, {part}: {to_try}\n    {token}"))?;
    }
    say("")
}

/// Begins to log, and to send traces if that is asked for.
fn log(config: &Serve) -> Result<Option<Traces>, String> {
    let traces = config.otlp_endpoint.as_deref().map(Traces::new).transpose()?;
    let logs = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let logs = match config.log_format {
        LogFormat::Text => logs.boxed(),
        LogFormat::Json => logs.json().boxed(),
    };
    let logs = logs.with_filter(EnvFilter::new(format!("sea_orm_migration=warn,{}", config.log)));
    tracing_subscriber::registry().with(logs).with(traces.as_ref().map(Traces::layer)).init();
    Ok(traces)
}

/// Waits for the signal to stop.
async fn told_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        return;
    }
    // Without a signal to wait for, Styr runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
