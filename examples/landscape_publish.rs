//! A folder of BPMN files, in force and on a page: takes the folder into the landscape, publishes its processes, shares
//! each by a link, and writes a page that shows their diagrams, fit for an intranet.
//!
//! ```sh
//! cargo run --example landscape_publish -- http://127.0.0.1:8080 styr_… my-processes page.html
//! ```
//!
//! The token is one of somebody who holds `process.create` and `process.edit`; address and token can also be in `STYR_URL`
//! and `STYR_TOKEN`. docs/processes.md says what the files' names mean. Sending a folder again leaves what is there as it is.

#![expect(clippy::print_stdout, reason = "it tells what it does")]

use std::error::Error;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use styr_sdk::{Client, Error as StyrError, types};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// How many processes are published by one request.
const AT_ONCE: usize = 500;

/// Takes the folder in, publishes what came of it, and writes the page. Answers how many processes it shows.
pub(crate) async fn run(url: &str, token: &str, folder: &Path, page: &Path) -> Result<usize> {
    let client = Client::new(url, token)?;
    let taken = client.landscape_import().body(archive(folder)?).send().await?.into_inner();
    for file in &taken.files {
        let reason = file.reason.as_deref().unwrap_or_default();
        println!("{} {} {reason}", file.outcome, file.path);
    }
    if let Some(stopped) = taken.stopped {
        return Err(stopped.into());
    }
    let made = taken.files.iter().filter(|file| file.outcome == types::OutcomeName::Made);
    let ids: Vec<_> = made.flat_map(|file| &file.processes).map(|process| process.id).collect();
    for ids in ids.chunks(AT_ONCE) {
        let body = |body: types::builder::ProcessBulkBody| {
            body.process_ids(ids.to_vec())
                .action(types::ProcessBulkAction::Publish)
                .note("Taken in from a folder".to_owned())
        };
        if let Err(StyrError::Problem(problem)) = client.process_bulk_change().body_map(body).send().await {
            for error in &problem.errors {
                println!("{}: {}", error.pointer.as_deref().unwrap_or_default(), error.detail);
            }
            return Err(problem.detail.into());
        }
    }
    let mut html = String::from("<!doctype html>\n<meta charset=\"utf-8\">\n<title>Processes</title>\n");
    for id in &ids {
        let process = client.process_get().id(*id).send().await?;
        let share = client.process_share().id(*id).body_map(|body| body).send().await?;
        let code = process.code.as_deref().unwrap_or_default();
        let title = escaped(format!("{code} {}", process.title).trim());
        let picture = format!("{}{}/diagram.svg", url.trim_end_matches('/'), share.path);
        writeln!(
            html,
            "<figure><img src=\"{picture}\" alt=\"{title}\"><figcaption>{title}</figcaption></figure>"
        )?;
    }
    std::fs::write(page, html)?;
    println!("{} processes are in force, and on {}.", ids.len(), page.display());
    Ok(ids.len())
}

/// The folder as a ZIP archive.
fn archive(folder: &Path) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let mut entries = std::fs::read_dir(next)?.collect::<std::io::Result<Vec<_>>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "bpmn") {
                let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
                zip.start_file(name, SimpleFileOptions::default())?;
                zip.write_all(&std::fs::read(path)?)?;
            }
        }
    }
    Ok(zip.finish()?.into_inner())
}

/// A text as HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match told().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("landscape_publish: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn told() -> Result<()> {
    let usage = "usage: landscape_publish URL TOKEN FOLDER PAGE, or set STYR_URL and STYR_TOKEN and name FOLDER and PAGE";
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let page = arguments.pop().ok_or(usage)?;
    let folder = arguments.pop().ok_or(usage)?;
    let mut given = arguments.into_iter();
    let mut next = |variable: &str| given.next().or_else(|| std::env::var(variable).ok());
    let (Some(url), Some(token)) = (next("STYR_URL"), next("STYR_TOKEN")) else { return Err(usage.into()) };
    run(&url, &token, Path::new(&folder), Path::new(&page)).await?;
    Ok(())
}
