//! Where the processes of a folder's files go, and putting them there.

use std::collections::{BTreeSet, HashMap, HashSet};

use styr_domain::access::{
    Permit, ProcessState, ProcessVisibility, create_process, edit_process, of, see_process,
};
use styr_domain::flow::Flow;
use styr_domain::flow::bpmn::ImportedProcess;
use styr_domain::id::{ProcessGroupId, ProcessId};
use styr_domain::process::{
    FileName, MAX_TITLE, Process, ProcessContent, ProcessGroup, codes_above, file_name,
};
use styr_domain::{Fault, Text};
use styr_persistence::process::Whole;
use styr_persistence::{LandscapeTree, Tx, landscape, process, version};

use super::super::flow::{Gone, not_linked, note_uses, settle};
use super::super::group::{place_among, refuse_deep};
use super::super::{Origin, facts, imported_purpose, not_carried, refuse_frozen, save_version};
use super::{Existing, MadeGroup, Outcome, ReadFile, TakenFile, is_model, reason};
use crate::app::{Ctx, Result};

/// What is known of the landscape while a folder is taken in.
pub(super) struct Landscape {
    existing: Existing,
    /// What the folder calls each code.
    titles: HashMap<String, String>,
    there: There,
    /// The processes that files of this folder have become or replaced.
    taken: HashSet<ProcessId>,
}

/// What a write found there, and what it made: others may change it before the next.
#[derive(Default)]
struct There {
    /// The groups with codes that the folder names; none before they are looked for.
    groups: Option<HashMap<String, Vec<ProcessGroup>>>,
    tree: Option<LandscapeTree>,
    /// How deep the groups lie that were made.
    depths: HashMap<ProcessGroupId, usize>,
    /// The processes that the caller sees in the groups that files went to, by code, or by title where they have none.
    present: HashMap<(Option<ProcessGroupId>, Key), ProcessId>,
    loaded: HashSet<Option<ProcessGroupId>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Code(String),
    Title(String),
}

fn key(code: Option<&str>, title: &str) -> Key {
    code.map_or_else(|| Key::Title(title.to_owned()), |code| Key::Code(code.to_owned()))
}

/// A file's own name, and the codes of the groups that it goes below, from the top.
fn placed(path: &str) -> Option<(FileName, Vec<String>)> {
    let mut segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let stem = segments.pop()?.rsplit_once('.')?.0;
    let name = file_name(stem)?;
    let above: Vec<String> = name.code.iter().flat_map(|code| codes_above(code)).map(str::to_owned).collect();
    if !above.is_empty() {
        return Some((name, above));
    }
    let folder = segments.iter().rev().filter_map(|segment| file_name(segment)?.code);
    // A folder of the same code is the file's own group.
    let folder = folder.into_iter().find(|code| name.code.as_ref() != Some(code));
    let chain = folder.map(|code| codes_above(&code).map(str::to_owned).chain([code.clone()]).collect());
    Some((name, chain.unwrap_or_default()))
}

type Taken = (Vec<MadeGroup>, Vec<(usize, TakenFile)>);

/// A process that a file becomes.
struct New {
    process: Process,
    content: ProcessContent,
}

impl Landscape {
    pub(super) fn of(names: &[String], existing: Existing) -> Self {
        let mut titles = HashMap::new();
        let folders = names.iter().flat_map(|name| {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            folder.split('/').filter_map(file_name)
        });
        let files = names.iter().filter(|name| is_model(name)).filter_map(|name| Some(placed(name)?.0));
        for FileName { code, title } in folders.chain(files) {
            if let Some(code) = code {
                titles.entry(code).or_insert(title);
            }
        }
        Self { existing, titles, there: There::default(), taken: HashSet::new() }
    }

    /// Saves what these files hold, in one write.
    pub(super) async fn take_in(
        &mut self,
        ctx: &Ctx<of::ProcessCreate>,
        mut files: Vec<(usize, ReadFile)>,
    ) -> Result<Taken> {
        self.there = There::default();
        let this = self;
        let work = ctx.write_part(|tx, ctx| async move {
            let ctx = &*ctx;
            let flows = files.iter_mut().flat_map(|(_, file)| file.content.iter_mut().flatten());
            let flows = flows.map(|process| &mut process.flow).collect();
            let mut unlinked = settle(ctx, &tx, flows, Gone::UnlinkedUnlessSeen).await?.into_iter();
            for (_, file) in &mut files {
                let of_file = unlinked.by_ref().take(file.content.iter().flatten().count());
                let lost = not_linked(of_file.flatten().collect());
                file.not_carried.splice(..0, not_carried(lost, ctx.language()));
            }
            let mut made = Vec::new();
            let mut new: Vec<New> = Vec::new();
            let mut taken = Vec::with_capacity(files.len());
            let mut permit = None;
            for (place, file) in files {
                let file = this.take_file(ctx, &tx, file, &mut made, &mut new, &mut permit).await?;
                taken.push((place, file));
            }
            if !new.is_empty() {
                let Some(permit) = permit else { return Err(Fault::not_found().into()) };
                let processes: Vec<Process> = new.iter().map(|new| new.process.clone()).collect();
                tx.insert_many(&permit, &processes, "process.created").await?;
                let new: Vec<_> = new.into_iter().map(|new| (new.process, new.content)).collect();
                version::insert_first(&tx, &permit, ctx.actor().user_id, &new).await?;
                for (process, content) in &new {
                    note_uses(&tx, &permit, process, &content.flow).await?;
                }
            }
            Ok((made, taken))
        });
        work.await
    }

    async fn take_file(
        &mut self,
        ctx: &Ctx<of::ProcessCreate>,
        tx: &Tx,
        ReadFile { path, content, not_carried }: ReadFile,
        made: &mut Vec<MadeGroup>,
        new: &mut Vec<New>,
        permit: &mut Option<Permit<of::ProcessCreate>>,
    ) -> Result<TakenFile> {
        let language = ctx.language();
        let mut file =
            TakenFile { path, outcome: Outcome::Skipped, process_ids: Vec::new(), reason: None, not_carried };
        let because = |fault: &Fault| Some(fault.text.in_language(language).to_owned());
        let (Ok(processes), Some((name, chain))) = (content, placed(&file.path)) else {
            (file.outcome, file.reason) = (Outcome::Unread, because(&nameless()));
            return Ok(file);
        };
        let group_id = match self.group_for(ctx, tx, &chain, made).await? {
            Ok((group_id, granted)) => {
                *permit = Some(granted);
                group_id
            }
            Err(fault) => {
                file.reason = because(&fault);
                return Ok(file);
            }
        };
        if self.there.loaded.insert(group_id) {
            let (account_id, user_id) = (ctx.account_id(), ctx.actor().user_id);
            let there = landscape::processes_in(tx, account_id, &BTreeSet::from([group_id])).await?;
            let ids: Vec<ProcessId> = there.iter().map(|process| process.id).collect();
            let people = process::people_of_many(tx, account_id, &ids).await?;
            for process in there {
                let of_process = people.get(&process.id).cloned().unwrap_or_default();
                if see_process(ctx.actor(), &facts(&process, &of_process, user_id)).is_ok() {
                    let key = key(process.code.as_deref(), &process.title);
                    self.there.present.entry((group_id, key)).or_insert(process.id);
                }
            }
        }
        file.outcome = Outcome::Made;
        for (number, imported) in processes.into_iter().enumerate() {
            let ImportedProcess { bpmn_id, name: own_name, documentation, flow } = imported;
            let own_name = own_name.filter(|name| !name.trim().is_empty()).unwrap_or(bpmn_id.clone());
            // The file's name is the name of its first process; others in it keep their own.
            let (code, title) = match number {
                0 => (name.code.clone(), name.title.clone()),
                _ => (None, format!("{}: {own_name}", name.title).chars().take(MAX_TITLE).collect()),
            };
            let key = key(code.as_deref(), &title);
            let purpose = match imported_purpose(&bpmn_id, documentation) {
                Ok(purpose) => purpose,
                Err(fault) => {
                    if number == 0 {
                        (file.outcome, file.reason) = (Outcome::Unread, Some(reason(&fault, language)));
                    }
                    continue;
                }
            };
            if let Some(id) = self.there.present.get(&(group_id, key.clone())) {
                let again = self.taken.contains(id);
                file.process_ids.push(*id);
                let fault = match self.existing {
                    _ if again => Some(twice()),
                    Existing::Skip => Some(present()),
                    Existing::Replace => {
                        let purpose = Some(purpose).filter(|purpose| !purpose.is_empty());
                        replace(ctx, tx, *id, title, purpose, flow).await?.err()
                    }
                };
                if fault.is_none() {
                    self.taken.insert(*id);
                }
                if number == 0 {
                    (file.outcome, file.reason) = match fault {
                        Some(fault) => (Outcome::Skipped, because(&fault)),
                        None => (Outcome::Replaced, None),
                    };
                }
                continue;
            }
            let process = Process {
                id: ProcessId(tx.id()),
                account_id: ctx.account_id(),
                group_id,
                code,
                title: title.clone(),
                purpose: purpose.clone(),
                state: ProcessState::Draft,
                visibility: ProcessVisibility::Public,
                owner_id: ctx.actor().user_id,
                version: 1,
                published_version: None,
                revision: 1,
                created_at: tx.now(),
                updated_at: tx.now(),
            };
            file.process_ids.push(process.id);
            self.taken.insert(process.id);
            self.there.present.insert((group_id, key), process.id);
            new.push(New { process, content: ProcessContent { title, purpose, flow } });
        }
        Ok(file)
    }

    /// The group at the end of a chain of codes, made where it is not there; or why the caller may not put a process there.
    async fn group_for(
        &mut self,
        ctx: &Ctx<of::ProcessCreate>,
        tx: &Tx,
        chain: &[String],
        made: &mut Vec<MadeGroup>,
    ) -> Result<std::result::Result<(Option<ProcessGroupId>, Permit<of::ProcessCreate>), Fault>> {
        if let Err(fault) = refuse_deep(0, chain.len()) {
            return Ok(Err(fault));
        }
        if self.there.groups.is_none() {
            let mut codes: BTreeSet<String> = self.titles.keys().cloned().collect();
            for code in self.titles.keys() {
                codes.extend(codes_above(code).map(str::to_owned));
            }
            let mut groups: HashMap<String, Vec<ProcessGroup>> = HashMap::new();
            for group in landscape::groups_by_code(tx, ctx.account_id(), &codes).await? {
                if let Some(code) = group.code.clone().filter(|_| ctx.actor().sees_process_group(group.id)) {
                    groups.entry(code).or_default().push(group);
                }
            }
            self.there.groups = Some(groups);
        }
        let groups = self.there.groups.get_or_insert_default();
        let mut parent_id: Option<ProcessGroupId> = None;
        // What is made here lies below what was there, by whose rules it may be made.
        let mut found: Option<ProcessGroupId> = None;
        let (mut missing, mut depth) = (Vec::new(), 0);
        for code in chain {
            let of_code = groups.get(code).map_or(&[][..], Vec::as_slice);
            let below = of_code.iter().find(|group| group.parent_id == parent_id).or(of_code.first());
            match below.filter(|_| missing.is_empty()) {
                Some(group) => {
                    parent_id = Some(group.id);
                    let own = made.iter().any(|made| made.id == group.id);
                    found = if own { found } else { parent_id };
                }
                None => missing.push(code),
            }
        }
        let permit = match create_process(ctx.actor(), found) {
            Ok(permit) => permit,
            Err(fault) => return Ok(Err(fault)),
        };
        if let Some(parent_id) = parent_id.filter(|_| !missing.is_empty()) {
            if self.there.tree.is_none() {
                self.there.tree = Some(LandscapeTree::load(tx, ctx.account_id()).await?);
            }
            let known = self.there.tree.as_ref().map_or(0, |tree| tree.with_all_above(parent_id).len());
            let above = self.there.depths.get(&parent_id).copied().unwrap_or(known);
            if let Err(fault) = refuse_deep(above, missing.len()) {
                return Ok(Err(fault));
            }
            depth = above;
        }
        for code in missing {
            let position = place_among(&landscape::siblings(tx, ctx.account_id(), parent_id).await?);
            let title = self.titles.get(code).unwrap_or(code).clone();
            let group = ProcessGroup {
                id: ProcessGroupId(tx.id()),
                account_id: ctx.account_id(),
                parent_id,
                code: Some(code.clone()),
                title: title.clone(),
                position,
                revision: 1,
                created_at: tx.now(),
            };
            tx.insert(&permit, &group, "process_group.created").await?;
            tx.access_changed();
            parent_id = Some(group.id);
            depth += 1;
            self.there.depths.insert(group.id, depth);
            made.push(MadeGroup { id: group.id, code: code.clone(), title });
            groups.entry(code.clone()).or_default().push(group);
        }
        Ok(Ok((parent_id, permit)))
    }
}

/// Gives a process that is there a file's flow and title, and its purpose if it says one; or why the caller may not.
async fn replace(
    ctx: &Ctx<of::ProcessCreate>,
    tx: &Tx,
    id: ProcessId,
    title: String,
    purpose: Option<String>,
    flow: Flow,
) -> Result<std::result::Result<(), Fault>> {
    let Whole { process: before, people, .. } = process::whole(tx, ctx.account_id(), id).await?;
    let permit = match edit_process(ctx.actor(), &facts(&before, &people, ctx.actor().user_id)) {
        Ok(permit) => permit,
        Err(fault) => return Ok(Err(fault)),
    };
    if let Err(fault) = refuse_frozen(&before) {
        return Ok(Err(fault));
    }
    let content = ProcessContent { title, purpose: purpose.unwrap_or_else(|| before.purpose.clone()), flow };
    let after = Process {
        title: content.title.clone(),
        purpose: content.purpose.clone(),
        version: before.version + 1,
        ..before.clone()
    };
    let process = tx.update(&permit, &before, after, "process.changed").await?;
    save_version(tx, &permit, &process, &content, ctx.actor().user_id, Origin::default()).await?;
    Ok(Ok(()))
}

fn twice() -> Fault {
    Fault::conflict(
        "file_twice",
        Text::fixed(
            "En anden fil i mappen har samme kode, eller samme navn uden kode, og er taget ind. Giv denne sin egen.",
            "En annan fil i mappen har samma kod, eller samma namn utan kod, och har tagits in. Ge den här en egen.",
            "Another file of the folder has the same code, or the same name without one, and was taken in. Give this one its own.",
        ),
    )
}

fn present() -> Fault {
    Fault::conflict(
        "process_present",
        Text::fixed(
            "En proces med den kode er der allerede. Send mappen med existing=replace (--replace på kommandolinjen) for at give den filens flow.",
            "En process med den koden finns redan. Skicka mappen med existing=replace (--replace på kommandoraden) för att ge den filens flöde.",
            "A process of this code is there already. Send the folder with existing=replace (--replace on the command line) to give it the file's flow.",
        ),
    )
}

fn nameless() -> Fault {
    Fault::conflict(
        "file_nameless",
        Text::fixed(
            "Filens navn siger ikke, hvad processen hedder.",
            "Filens namn säger inte vad processen heter.",
            "The file's name does not say what the process is called.",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_below_their_codes_or_their_folders() {
        let chain = |path: &str| placed(path).map(|(name, chain)| (name.code, chain.join(" ")));
        let code = |code: &str| Some(code.to_owned());
        assert_eq!(chain("8.7.4. Install.bpmn"), Some((code("8.7.4"), "8 8.7".to_owned())));
        assert_eq!(chain("x/8.7 Deploy/8.7.4 Install.bpmn"), Some((code("8.7.4"), "8 8.7".to_owned())));
        assert_eq!(chain("8.7 Deploy/Install.bpmn"), Some((None, "8 8.7".to_owned())));
        assert_eq!(chain("8 IT/8. IT.bpmn"), Some((code("8"), String::new())));
        assert_eq!(chain("Install.bpmn"), Some((None, String::new())));
        assert_eq!(chain(" - .bpmn"), None);
    }
}
