//! People in and out by file: what a file would change, and then the change.
//!
//! ```sh
//! cargo run --example user_import -- http://127.0.0.1:8080 styr_… people.csv
//! ```
//!
//! The token is one of somebody who holds `user.import`; address and token can also be in `STYR_URL` and `STYR_TOKEN`.
//! docs/users.md says what the file looks like. It stops where a file would deactivate suspiciously many.

#![expect(clippy::print_stdout, reason = "it tells what it does")]

use std::error::Error;
use std::path::Path;

use styr_sdk::{Client, Error as StyrError, types};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Shows what the file would change and imports it, unless that would be refused. Answers the import that was made.
pub(crate) async fn run(url: &str, token: &str, file: &Path) -> Result<Option<types::UserImportView>> {
    let client = Client::new(url, token)?;
    let csv = std::fs::read_to_string(file)?;
    let preview = match client.user_import_preview().body(csv.clone()).send().await {
        Ok(preview) => preview.into_inner(),
        Err(StyrError::Problem(problem)) => {
            for error in &problem.errors {
                // Line and column, as in `/12/email`.
                println!("{}: {}", error.pointer.as_deref().unwrap_or_default(), error.detail);
            }
            return Err(problem.detail.into());
        }
        Err(error) => return Err(error.into()),
    };
    for types::UserImportChangeView { action, reason, name, role, fields, .. } in &preview.changes {
        let what = role.clone().unwrap_or_else(|| fields.join(", "));
        println!("{action} {name} ({reason}) {what}");
    }
    if preview.left_out > 0 {
        println!("... and {} more changes.", preview.left_out);
    }
    if let Some(refusal) = preview.refusal {
        println!("{refusal}");
        return Ok(None);
    }
    let done = client.user_import_apply().body(csv).send().await?.into_inner();
    let counts = &done.counts;
    println!(
        "Imported: {} added, {} changed, {} reactivated, {} deactivated; roles: {} given, {} changed, {} taken.",
        counts.added,
        counts.changed,
        counts.reactivated,
        counts.deactivated,
        counts.roles_given,
        counts.roles_changed,
        counts.roles_taken
    );
    Ok(Some(done))
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match told().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("user_import: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn told() -> Result<()> {
    let usage = "usage: user_import URL TOKEN FILE, or set STYR_URL and STYR_TOKEN and name the FILE";
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let file = arguments.pop().ok_or(usage)?;
    let mut given = arguments.into_iter();
    let mut next = |variable: &str| given.next().or_else(|| std::env::var(variable).ok());
    let (Some(url), Some(token)) = (next("STYR_URL"), next("STYR_TOKEN")) else { return Err(usage.into()) };
    match run(&url, &token, Path::new(&file)).await? {
        Some(_) => Ok(()),
        None => Err("nothing was imported".into()),
    }
}
