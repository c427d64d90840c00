//! The landscape as a whole on the wire: searching it, ready ones, and taking in a folder.

use poem_openapi::param::{Path, Query};
use poem_openapi::{Enum, Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::Language;
use styr_domain::access::of;
use styr_domain::id::{ActivityId, ProcessGroupId, ProcessId};
use styr_domain::process::search::SearchKind;
use styr_domain::process::skeleton::{SKELETONS, Skeleton};
use styr_persistence::search::Found as Place;
use uuid::Uuid;

use super::{ImportedView, NotCarriedView};
use crate::app::Ctx;
use crate::app::process::folder::{self, Existing, Imported, MadeGroup, Outcome, TakenFile, Zip};
use crate::app::process::search::{self, Highlight, Hit};
use crate::app::process::skeleton::{self, Applied};
use crate::http::Tag;
use crate::http::answer::{Answer, Found};
use crate::http::body::{Body, ZipBody};
use crate::http::page;

/// Something that a search of the landscape found.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct SearchHitView {
    /// What it is.
    kind: SearchKind,
    /// Its id.
    id: Uuid,
    /// What it is called; a comment as its process is.
    title: String,
    /// The process that it is or belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    process_id: Option<ProcessId>,
    /// The activity that it is or belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    activity_id: Option<ActivityId>,
    /// The process groups above it, from the top.
    path: Vec<GroupOfPathView>,
    /// Where the words stand in it.
    highlights: Vec<HighlightView>,
}

/// A process group on the way to something.
#[derive(Debug, Object, Serialize)]
pub(crate) struct GroupOfPathView {
    /// Its id.
    id: ProcessGroupId,
    /// Its title.
    title: String,
}

/// Where words stand in a field.
#[derive(Debug, Object, Serialize)]
pub(crate) struct HighlightView {
    /// The field.
    field: String,
    /// The part of its text around them, of at most 200 characters, with `…` where it is cut.
    text: String,
    /// Where they stand in that part.
    matches: Vec<MatchView>,
}

/// A part of a text that was searched for.
#[derive(Debug, Object, Serialize)]
pub(crate) struct MatchView {
    /// The number of its first character, from 0, counted in Unicode's code points.
    start: u32,
    /// The number of the first character after it.
    end: u32,
}

impl From<Hit> for SearchHitView {
    fn from(Hit { kind, id, title, process_id, activity_id, path, highlights }: Hit) -> Self {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let highlights = highlights.into_iter().map(|Highlight { field, snippet }| HighlightView {
            field: field.to_owned(),
            text: snippet.text,
            matches: snippet
                .matches
                .into_iter()
                .map(|range| MatchView { start: number(range.start), end: number(range.end) })
                .collect(),
        });
        Self {
            kind,
            id,
            title,
            process_id,
            activity_id,
            path: path.into_iter().map(|(id, title)| GroupOfPathView { id, title }).collect(),
            highlights: highlights.collect(),
        }
    }
}

/// One page of what a search of the landscape found. It may hold fewer than asked for, or nothing, and yet not be the last:
/// `next_cursor` says so.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct SearchPage {
    /// What was found.
    items: Vec<SearchHitView>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A ready landscape to start from.
#[derive(Debug, Object, Serialize)]
pub(crate) struct SkeletonView {
    /// Its name in addresses.
    name: String,
    /// What it is.
    title: String,
    /// What it is for.
    description: String,
    /// How many process groups it has.
    groups: u32,
    /// How many processes it has.
    processes: u32,
}

/// The ready landscapes.
#[derive(Debug, Object, Serialize)]
pub(crate) struct SkeletonListView {
    /// The ready landscapes.
    items: Vec<SkeletonView>,
}

/// Where a ready landscape is put, and in which language.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SkeletonBody {
    /// The process group to put it in. The top when absent.
    parent_id: Option<ProcessGroupId>,
    /// The language of its titles. That of `Accept-Language` when absent.
    language: Option<LanguageName>,
}

/// A language that Styr speaks.
#[derive(Debug, Clone, Copy, Enum, Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum LanguageName {
    /// Danish.
    Da,
    /// Swedish.
    Sv,
    /// English.
    En,
}

impl From<LanguageName> for Language {
    fn from(name: LanguageName) -> Self {
        match name {
            LanguageName::Da => Self::Da,
            LanguageName::Sv => Self::Sv,
            LanguageName::En => Self::En,
        }
    }
}

/// What a ready landscape became.
#[derive(Debug, Object, Serialize)]
pub(crate) struct SkeletonAppliedView {
    /// The process groups at its top.
    group_ids: Vec<ProcessGroupId>,
    /// How many process groups were made.
    groups: u64,
    /// How many processes were made, as drafts.
    processes: u64,
}

/// What to do with a file whose process is there already.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "snake_case")]
pub(crate) enum ExistingName {
    /// Leave the process as it is.
    Skip,
    /// Give it the file's flow and title, as a new version.
    Replace,
}

/// What taking in a folder made.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct FolderImportView {
    /// The process groups that were made.
    groups: Vec<MadeGroupView>,
    /// What became of each file, in the folder's order.
    files: Vec<TakenFileView>,
    /// Why it stopped before its end, if it did. What is listed is there; sending the folder again goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
}

/// A process group that was made for a code.
#[derive(Debug, Object, Serialize)]
pub(crate) struct MadeGroupView {
    /// Its id.
    id: ProcessGroupId,
    /// Its code.
    code: String,
    /// Its title: what the folder calls the code, or else the code.
    title: String,
}

/// What became of a file.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct TakenFileView {
    /// Its name in the folder.
    path: String,
    /// What became of it.
    outcome: OutcomeName,
    /// Its processes that were made or replaced, or the one that is there already.
    processes: Vec<ImportedView>,
    /// Why it was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What its flow cannot hold.
    not_carried: Vec<NotCarriedView>,
}

/// What became of a file that was taken in.
#[derive(Debug, Clone, Copy, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum OutcomeName {
    /// It became new processes.
    Made,
    /// Its process has a new version.
    Replaced,
    /// Its process is there already, or may not be made or changed.
    Skipped,
    /// It could not be read.
    Unread,
}

impl From<TakenFile> for TakenFileView {
    fn from(TakenFile { path, outcome, process_ids, reason, not_carried }: TakenFile) -> Self {
        Self {
            path,
            outcome: match outcome {
                Outcome::Made => OutcomeName::Made,
                Outcome::Replaced => OutcomeName::Replaced,
                Outcome::Skipped => OutcomeName::Skipped,
                Outcome::Unread => OutcomeName::Unread,
            },
            processes: process_ids.into_iter().map(|id| ImportedView { id }).collect(),
            reason,
            not_carried: not_carried.into_iter().map(Into::into).collect(),
        }
    }
}

/// The operations on the landscape as a whole.
pub(crate) struct LandscapeApi;

#[OpenApi(tag = "Tag::Process")]
impl LandscapeApi {
    /// Search the landscape
    ///
    /// Finds process groups, processes, activities, process roles, labels, components, attachments and comments that the
    /// caller may see, by the words in them: each word asked for must begin one of theirs, however it is spelt in Danish
    /// or Swedish. Codes such as `8.7.4` are found by how they begin. What is found by its title, name or code comes first.
    #[oai(path = "/landscape/search", method = "get", operation_id = "landscape_search")]
    async fn search(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// The words.
        #[oai(validator(max_length = 500))]
        q: Query<String>,
        /// Only things of this kind.
        kind: Query<Option<SearchKind>>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<SearchPage>> {
        let after = cursor.0.as_deref().map(after).transpose()?;
        let limit = usize::try_from(limit.0.unwrap_or(page::DEFAULT_LIMIT)).unwrap_or(usize::MAX);
        let (hits, next) = search::find(&ctx, &q.0, kind.0, limit, after).await?;
        let next = next.map(|next| serde_json::to_vec(&next).map(|place| page::cursor(&place)));
        Ok(Found(SearchPage {
            items: hits.into_iter().map(Into::into).collect(),
            next_cursor: next.and_then(Result::ok),
        }))
    }

    /// List ready landscapes
    ///
    /// Skeletons of process groups and processes to start from, in our own words.
    #[oai(path = "/landscape/skeletons", method = "get", operation_id = "landscape_skeleton_list")]
    async fn skeletons(&self, ctx: Ctx<of::ProcessSee>) -> Answer<Found<SkeletonListView>> {
        let language = ctx.language();
        let view = |skeleton: &Skeleton| {
            let count = |groups| skeleton.lines(language).filter(|line| line.holds_others == groups).count();
            let number = |groups| u32::try_from(count(groups)).unwrap_or(u32::MAX);
            SkeletonView {
                name: skeleton.name.to_owned(),
                title: skeleton.title.in_language(language).to_owned(),
                description: skeleton.description.in_language(language).to_owned(),
                groups: number(true),
                processes: number(false),
            }
        };
        Ok(Found(SkeletonListView { items: SKELETONS.iter().map(view).collect() }))
    }

    /// Apply a ready landscape
    ///
    /// Makes its process groups, and its processes as drafts that the caller owns, all at once.
    #[oai(
        path = "/landscape/skeletons/:name/apply",
        method = "post",
        operation_id = "landscape_skeleton_apply"
    )]
    async fn apply(
        &self,
        ctx: Ctx<of::ProcessCreate>,
        name: Path<String>,
        body: Body<SkeletonBody>,
    ) -> Answer<Found<SkeletonAppliedView>> {
        let SkeletonBody { parent_id, language } = body.0;
        let applied = skeleton::apply(&ctx, &name.0, parent_id, language.map(Into::into)).await?;
        let Applied { group_ids, groups, processes } = applied;
        Ok(Found(SkeletonAppliedView { group_ids, groups, processes }))
    }

    /// Take in a folder of BPMN files
    ///
    /// Takes a ZIP archive of BPMN 2.0 files whose names carry codes, such as `8.7.4. Title.bpmn`, in folders or not. Makes
    /// the process groups of the codes above (`8`, `8.7`) where they are not there, and a draft of each file. A file that
    /// cannot be read does not keep the others out: the answer says what became of each. Files are saved about a hundred
    /// at a time; should it stop in the midst, the answer lists what is there, and sending the folder again goes on.
    #[oai(path = "/landscape/import", method = "post", operation_id = "landscape_import")]
    async fn import(
        &self,
        ctx: Ctx<of::ProcessCreate>,
        /// What to do where a process of a file's code is in its place already. `skip` when absent.
        existing: Query<Option<ExistingName>>,
        body: ZipBody,
    ) -> Answer<Found<FolderImportView>> {
        let existing = match existing.0 {
            Some(ExistingName::Replace) => Existing::Replace,
            Some(ExistingName::Skip) | None => Existing::Skip,
        };
        let bytes = body.0;
        let open = move || Zip::open(bytes).map(|zip| Box::new(zip) as Box<dyn folder::Files>);
        let Imported { groups, files, stopped } = folder::import(&ctx, open, existing).await?;
        let group = |MadeGroup { id, code, title }| MadeGroupView { id, code, title };
        Ok(Found(FolderImportView {
            groups: groups.into_iter().map(group).collect(),
            files: files.into_iter().map(Into::into).collect(),
            stopped,
        }))
    }
}

/// The place of a search that a cursor stands for.
fn after(cursor: &str) -> Result<Place, styr_domain::Fault> {
    serde_json::from_slice(&page::place(cursor)?).map_err(|_| page::bad_cursor())
}
