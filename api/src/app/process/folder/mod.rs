//! Taking in a folder of BPMN files whose names carry codes, as a landscape.
//!
//! Files are read and parsed aside while those before them are saved, so many in one write that the writer is not held for
//! long. What is saved stays when a later write fails; the answer lists it, and taking the folder in again goes on.

mod plan;
mod source;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::flow::bpmn;
use styr_domain::id::{AccountId, ProcessGroupId, ProcessId};
use styr_domain::{Fault, Language, Text};
use styr_persistence::{Store, actor, user};

use self::plan::Landscape;
pub use self::source::{Files, Folder, Zip};
use super::{NotCarried, not_carried};
use crate::app::aside::{aside, broken_off};
use crate::app::{App, Ctx, RequestInfo, Result};
use crate::config::{Limits, Proxies};

/// What to do with a file whose process is there already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Existing {
    /// Leave the process as it is.
    #[default]
    Skip,
    /// Give it the file's flow and title, as a new version.
    Replace,
}

/// What taking in a folder made.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Imported {
    /// The groups that it made.
    pub groups: Vec<MadeGroup>,
    /// What became of each file, in the folder's order.
    pub files: Vec<TakenFile>,
    /// Why it stopped before its end, if it did: what is listed is there, and doing it again goes on.
    pub stopped: Option<String>,
}

/// A group that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MadeGroup {
    /// Its id.
    pub id: ProcessGroupId,
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
}

/// What became of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TakenFile {
    /// Its name in the folder.
    pub path: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Its processes that were made or replaced, or the one that is there already.
    pub process_ids: Vec<ProcessId>,
    /// Why it was left out.
    pub reason: Option<String>,
    /// What its flow cannot hold.
    pub not_carried: Vec<NotCarried>,
}

/// The same directly in the database, as the account's owner, from a folder on the disk.
///
/// # Errors
/// As for [`import`].
pub async fn import_for(
    store: &Store,
    account_id: AccountId,
    folder: PathBuf,
    existing: Existing,
) -> Result<Imported> {
    let owner = user::owner(&store.read(), account_id).await?.ok_or_else(Fault::not_found)?;
    let loaded = actor::by_user(&store.read(), account_id, owner.id, store.ambient().now()).await?;
    let loaded = loaded.ok_or_else(Fault::not_found)?;
    let app = App::new(store.clone(), Limits::default(), Proxies::default());
    let request = RequestInfo {
        id: store.ambient().id().to_string(),
        language: Language::En,
        idempotency: None,
        rate: OnceLock::new(),
    };
    let ctx = Ctx::new(app, Arc::new(loaded.actor), Arc::new(request))?;
    let open = move || Folder::open(&folder).map(|folder| Box::new(folder) as Box<dyn Files>);
    import(&ctx, open, existing).await
}

/// What became of a file that was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It became new processes.
    Made,
    /// Its process has a new version.
    Replaced,
    /// Its process is there already, or may not be made or changed.
    Skipped,
    /// It could not be read.
    Unread,
}

/// A file that was read, or why not.
struct ReadFile {
    path: String,
    content: std::result::Result<Vec<bpmn::ImportedProcess>, String>,
    not_carried: Vec<NotCarried>,
}

/// The most files of one write.
const FILES_OF_A_WRITE: usize = 100;
/// The most bytes of one write's files.
const BYTES_OF_A_WRITE: usize = 8 << 20;
/// The most entries of an answer's `not_carried`, all files together.
const MOST_NOT_CARRIED: usize = 2_000;

/// Makes a landscape of the BPMN files of a folder.
///
/// # Errors
/// `forbidden`; `invalid` when the archive cannot be read, is too large, or names places outside itself.
pub async fn import(
    ctx: &Ctx<of::ProcessCreate>,
    open: impl FnOnce() -> Result<Box<dyn Files>, Fault> + Send + 'static,
    existing: Existing,
) -> Result<Imported> {
    if let Some(answer) = ctx.answered().await? {
        return Ok(answer);
    }
    let language = ctx.language();
    let files = aside(open).await??;
    let mut landscape = Landscape::of(&files.names(), existing);
    let (send, mut chunks) = tokio::sync::mpsc::channel(1);
    let reading = tokio::task::spawn_blocking(move || {
        read(files, language, &|chunk| send.blocking_send(chunk).is_ok());
    });
    let mut imported = Imported::default();
    let mut room = MOST_NOT_CARRIED;
    while let Some(chunk) = chunks.recv().await {
        let (mut unread, read): (Vec<_>, Vec<_>) =
            chunk.into_iter().enumerate().partition(|(_, file): &(usize, ReadFile)| file.content.is_err());
        let taken = if read.is_empty() { Ok(Default::default()) } else { landscape.take_in(ctx, read).await };
        match taken {
            Ok((groups, mut files)) => {
                files.extend(unread.drain(..).map(|(place, file)| (place, unreadable(file))));
                files.sort_by_key(|(place, _)| *place);
                imported.groups.extend(groups);
                for (_, mut file) in files {
                    file.not_carried.truncate(room);
                    room -= file.not_carried.len();
                    imported.files.push(file);
                }
            }
            Err(error) if imported.files.is_empty() => return Err(error),
            Err(error) => {
                imported.stopped = Some(error.into_fault().text.in_language(language).to_owned());
                break;
            }
        }
    }
    drop(chunks);
    reading.await.map_err(|error| broken_off(&error))?;
    if imported.stopped.is_some() {
        // Whoever sends it again with the same key wants the rest.
        return Ok(imported);
    }
    ctx.write(|_| async move { Ok(imported) }).await
}

fn unreadable(ReadFile { path, content, not_carried }: ReadFile) -> TakenFile {
    TakenFile { path, outcome: Outcome::Unread, process_ids: Vec::new(), reason: content.err(), not_carried }
}

/// Reads and parses the files, and hands them on in chunks until nobody takes them.
fn read(mut files: Box<dyn Files>, language: Language, hand_on: &dyn Fn(Vec<ReadFile>) -> bool) {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    for (number, path) in files.names().into_iter().enumerate() {
        if !is_model(&path) {
            continue;
        }
        let mut lost = Vec::new();
        let content = files.read(number).and_then(|xml| {
            bytes += xml.len();
            let bpmn::Import { processes, not_carried } = bpmn::import(&xml)?;
            lost = self::not_carried(not_carried, language);
            if processes.is_empty() { Err(without_process()) } else { Ok(processes) }
        });
        let content = content.map_err(|fault| reason(&fault, language));
        chunk.push(ReadFile { path, content, not_carried: lost });
        if chunk.len() >= FILES_OF_A_WRITE || bytes >= BYTES_OF_A_WRITE {
            if !hand_on(std::mem::take(&mut chunk)) {
                return;
            }
            bytes = 0;
        }
    }
    if !chunk.is_empty() {
        hand_on(chunk);
    }
}

/// What a fault says, with the first of its violations.
fn reason(fault: &Fault, language: Language) -> String {
    let first = fault.violations.first();
    let text = first.map_or(&fault.text, |violation| &violation.text).in_language(language);
    match first.and_then(|violation| violation.element.as_deref()) {
        Some(element) => format!("{element}: {text}"),
        None => text.to_owned(),
    }
}

fn without_process() -> Fault {
    Fault::conflict(
        "no_process",
        Text::fixed("Filen har ingen proces.", "Filen har ingen process.", "The file has no process."),
    )
}

/// Whether a file's name says that it is a BPMN model.
fn is_model(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| matches!(ending.as_str(), "bpmn" | "bpmn20" | "xml"))
}
