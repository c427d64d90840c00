//! Activities: steps that processes share, each with a work instruction.

use serde::{Deserialize, Serialize};
use styr_domain::access::{
    ActivityFacts, ActivityFilter, Permit, ProcessEditFilter, ProcessFilter, create_activity, edit_activity,
    of, see_activity,
};
use styr_domain::event::{EntityKind, NotificationKind};
use styr_domain::id::{ActivityId, UserId};
use styr_domain::process::{Activity, ActivityContent};
use styr_domain::user::User;
use styr_domain::{Fault, text};
use styr_persistence::activity::{self, ActivityQuery, Standing};
use styr_persistence::attachment::{self as attachments, On};
use styr_persistence::notification::{self, News};
use styr_persistence::version::{NewVersion, Version};
use styr_persistence::{Page, PageRequest, Source, Tx, find, version};

use super::version::{Publishing, shown};
use super::{Tagged, missing, tagged};
use crate::app::{Ctx, IfMatch, Result};

/// What an activity is made or replaced with.
#[derive(Debug, Clone)]
pub struct ActivityInput {
    /// The title.
    pub title: String,
    /// How the work is done, in Markdown.
    pub instruction: String,
    /// Who answers for it; the caller when none is named.
    pub owner_id: Option<UserId>,
}

/// An activity as its caller reads it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ActivityWithContent {
    /// The activity.
    pub activity: Activity,
    /// What the version says that they read: the newest for who may edit it, the one in force for everybody else.
    pub content: ActivityContent,
}

/// An activity that the caller may see.
pub(super) struct SeenActivity {
    pub(super) activity: Activity,
    facts: ActivityFacts,
    /// Whether they see what is drafted of it.
    pub(super) drafts: bool,
}

/// What the rules need to know of an activity.
pub(crate) fn facts(activity: &Activity, Standing { sees_any, edits_all }: Standing) -> ActivityFacts {
    ActivityFacts {
        account_id: activity.account_id,
        owner_id: activity.owner_id,
        seen_in_process: sees_any,
        edits_all_uses: edits_all,
    }
}

/// Loads an activity that the caller may see.
pub(super) async fn visible<R>(ctx: &Ctx<R>, source: &impl Source, id: ActivityId) -> Result<SeenActivity> {
    let activity: Activity = styr_persistence::get(source, ctx.account_id(), id).await?;
    let standings = activity::standings(source, &ProcessEditFilter::of(ctx.actor()), [id]).await?;
    let facts = facts(&activity, standings.get(&id).copied().unwrap_or_default());
    let _seen = see_activity(ctx.actor(), &facts)?;
    let drafts = edit_activity(ctx.actor(), &facts).is_ok();
    Ok(SeenActivity { activity, facts, drafts })
}

/// Loads an activity that the caller may change, in the revision they know.
pub(super) async fn editable<R>(
    ctx: &Ctx<R>,
    tx: &Tx,
    id: ActivityId,
    if_match: Option<&IfMatch>,
) -> Result<(Activity, Permit<of::ProcessEdit>)> {
    let SeenActivity { activity, facts, .. } = visible(ctx, tx, id).await?;
    let permit = edit_activity(ctx.actor(), &facts)?;
    if let Some(if_match) = if_match {
        if_match.check(activity.revision)?;
    }
    Ok((activity, permit))
}

/// One page of the activities that the caller may see. Those of others are called as they are in force.
///
/// # Errors
/// The database fails.
pub async fn list(
    ctx: &Ctx<of::ProcessSee>,
    query: &ActivityQuery,
    page: PageRequest,
) -> Result<Page<Activity>> {
    activity::activities(&ctx.read(), &ActivityFilter::of(ctx.actor()), query, page).await
}

/// An activity.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn get(ctx: &Ctx<of::ProcessSee>, id: ActivityId) -> Result<ActivityWithContent> {
    let read = ctx.read();
    let SeenActivity { activity, drafts, .. } = visible(ctx, &read, id).await?;
    let number =
        if drafts { activity.version } else { activity.published_version.unwrap_or(activity.version) };
    let (_, content) = version::get(&read, ctx.account_id(), &activity, number).await?;
    Ok(ActivityWithContent { activity, content })
}

/// Makes an activity that no process uses yet.
///
/// # Errors
/// `forbidden`; `invalid` when the owner is not there.
pub async fn create(ctx: &Ctx<of::ProcessEdit>, input: ActivityInput) -> Result<ActivityWithContent> {
    ctx.write(|tx| async move {
        let permit = create_activity(ctx.actor())?;
        check(&tx, input.owner_id).await?;
        let ActivityInput { title, instruction, owner_id } = input;
        let activity = Activity {
            id: ActivityId(tx.id()),
            account_id: ctx.account_id(),
            title: title.clone(),
            owner_id: owner_id.unwrap_or(ctx.actor().user_id),
            version: 1,
            published_version: None,
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        tx.insert(&permit, &activity, "activity.created").await?;
        let content = ActivityContent { title, instruction };
        save_version(ctx, &tx, &permit, &activity, &content, None).await?;
        Ok(ActivityWithContent { activity, content })
    })
    .await
}

async fn save_version<R>(
    ctx: &Ctx<R>,
    tx: &Tx,
    permit: &Permit<of::ProcessEdit>,
    activity: &Activity,
    content: &ActivityContent,
    restored_from: Option<i32>,
) -> Result<()> {
    let author_id = ctx.actor().user_id;
    let new = NewVersion { number: activity.version, note: "", author_id, restored_from, content };
    version::insert(tx, permit, activity, new).await
}

/// Whether the owner that the input names is there.
async fn check(tx: &Tx, owner_id: Option<UserId>) -> Result<()> {
    match owner_id {
        Some(id) if find::<User>(tx, tx.account_id(), id).await?.is_none() => {
            Err(Fault::invalid(vec![missing("/owner_id")]).into())
        }
        _ => Ok(()),
    }
}

/// Replaces an activity, as a new version. Those who only read it see it once that is published.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `invalid`.
pub async fn replace(
    ctx: &Ctx<of::ProcessEdit>,
    id: ActivityId,
    if_match: &IfMatch,
    input: ActivityInput,
) -> Result<ActivityWithContent> {
    ctx.write(|tx| async move {
        let (before, permit) = editable(ctx, &tx, id, Some(if_match)).await?;
        check(&tx, input.owner_id).await?;
        let ActivityInput { title, instruction, owner_id } = input;
        let after = Activity {
            title: title.clone(),
            owner_id: owner_id.unwrap_or(before.owner_id),
            version: before.version + 1,
            ..before.clone()
        };
        let activity = tx.update(&permit, &before, after, "activity.changed").await?;
        let content = ActivityContent { title, instruction };
        save_version(ctx, &tx, &permit, &activity, &content, None).await?;
        Ok(ActivityWithContent { activity, content })
    })
    .await
}

/// Deletes an activity that no process uses or had in force, with its versions and attachments. Its events stay.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `activity_in_use`, `activity_was_in_force`.
pub async fn delete(ctx: &Ctx<of::ProcessEdit>, id: ActivityId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let (activity, permit) = editable(ctx, &tx, id, Some(if_match)).await?;
        let count = activity::count_uses(&*tx, ctx.account_id(), id).await?;
        if count > 0 {
            return Err(in_use(count).into());
        }
        let count = activity::count_in_force(&*tx, ctx.account_id(), id).await?;
        if count > 0 {
            return Err(was_in_force(count).into());
        }
        version::delete_all(&tx, &permit, &activity).await?;
        let files = attachments::let_go(&tx, On::Activity(id)).await?;
        tx.delete(&permit, &activity, "activity.deleted").await?;
        attachments::sweep(&tx, &permit, &files).await
    })
    .await
}

fn in_use(count: u64) -> Fault {
    let text = text!(
        "Aktiviteten bruges i {count} processer. Tag den ud af dem først; se /usage.",
        "Aktiviteten används i {count} processer. Ta bort den ur dem först; se /usage.",
        "The activity is used in {count} processes. Take it out of them first; see /usage."
    );
    Fault::conflict("activity_in_use", text)
}

fn was_in_force(count: u64) -> Fault {
    let text = text!(
        "Aktiviteten har været i kraft i {count} processer og skal kunne ses, når det skal vises, hvad der gjaldt hvornår. Den kan slettes, når de er det.",
        "Aktiviteten har gällt i {count} processer och ska kunna ses när det ska visas vad som gällde när. Den kan raderas när de är det.",
        "The activity was in force in {count} processes, and must be there to tell what was in force when. It can be deleted once they are."
    );
    Fault::conflict("activity_was_in_force", text)
}

/// Puts the newest version in force.
///
/// # Errors
/// `not_found`, `forbidden`, `already_published`.
pub async fn publish(
    ctx: &Ctx<of::ProcessEdit>,
    id: ActivityId,
    publishing: Publishing,
) -> Result<ActivityWithContent> {
    ctx.write(|tx| async move {
        let (before, permit) = editable(ctx, &tx, id, None).await?;
        let after = Activity { published_version: Some(before.version), ..before.clone() };
        let activity = tx.update(&permit, &before, after, "activity.changed").await?;
        let how = publishing.publication();
        version::publish(&tx, &permit, &activity, activity.version, how, "activity.published").await?;
        if publishing.notify {
            let told = activity::people(&*tx, ctx.account_id(), id).await?;
            let news = News {
                kind: NotificationKind::Published,
                entity: EntityKind::Activity,
                entity_id: id.0,
                actor_id: ctx.actor().user_id,
                note: publishing.note.as_deref().unwrap_or_default(),
            };
            notification::tell(&tx, &told, news).await?;
        }
        let (_, content) = version::get(&*tx, ctx.account_id(), &activity, activity.version).await?;
        Ok(ActivityWithContent { activity, content })
    })
    .await
}

/// One page of an activity's versions, newest first: all for who may edit it, those that are or were in force for
/// everybody else.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn versions(
    ctx: &Ctx<of::ProcessSee>,
    id: ActivityId,
    before: Option<i32>,
    limit: u64,
) -> Result<(Vec<Version>, Option<i32>)> {
    let read = ctx.read();
    let SeenActivity { activity, drafts, .. } = visible(ctx, &read, id).await?;
    version::list(&read, ctx.account_id(), &activity, shown(drafts), before, limit).await
}

/// A version with its content.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn version(
    ctx: &Ctx<of::ProcessSee>,
    id: ActivityId,
    number: i32,
) -> Result<(Version, ActivityContent)> {
    let read = ctx.read();
    let seen = visible(ctx, &read, id).await?;
    read_version(&read, &seen, number).await
}

async fn read_version(
    source: &impl Source,
    SeenActivity { activity, drafts, .. }: &SeenActivity,
    number: i32,
) -> Result<(Version, ActivityContent)> {
    let (version, content): (Version, ActivityContent) =
        version::get(source, activity.account_id, activity, number).await?;
    // What was never published is readable all the same while nothing of the activity is in force.
    let read = number == activity.version && activity.published_version.is_none();
    if version.published_at.is_none() && !drafts && !read {
        return Err(Fault::not_found().into());
    }
    Ok((version, content))
}

/// The contents of two versions, the earlier one first: `since`, or the last before that the caller sees, and `number`.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn compare(
    ctx: &Ctx<of::ProcessSee>,
    id: ActivityId,
    number: i32,
    since: Option<i32>,
) -> Result<(ActivityContent, ActivityContent)> {
    let read = ctx.read();
    let seen = visible(ctx, &read, id).await?;
    let (_, after) = read_version(&read, &seen, number).await?;
    let since = match since {
        Some(since) => Some(since).filter(|since| *since != 0),
        None => {
            let shown = shown(seen.drafts);
            let earlier =
                version::list(&read, ctx.account_id(), &seen.activity, shown, Some(number), 1).await?;
            earlier.0.first().map(|version| version.number)
        }
    };
    let before = match since {
        Some(since) => read_version(&read, &seen, since).await?.1,
        None => ActivityContent::default(),
    };
    Ok((before, after))
}

/// Brings a version's content back, as a new version.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn restore(ctx: &Ctx<of::ProcessEdit>, id: ActivityId, number: i32) -> Result<ActivityWithContent> {
    ctx.write(|tx| async move {
        let (before, permit) = editable(ctx, &tx, id, None).await?;
        let (_, content): (_, ActivityContent) =
            version::get(&*tx, ctx.account_id(), &before, number).await?;
        let after = Activity { title: content.title.clone(), version: before.version + 1, ..before.clone() };
        let activity = tx.update(&permit, &before, after, "activity.restored").await?;
        save_version(ctx, &tx, &permit, &activity, &content, Some(number)).await?;
        Ok(ActivityWithContent { activity, content })
    })
    .await
}

/// One page of the processes with the activity in their newest flow or the one in force, as far as the caller sees them.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn usage(ctx: &Ctx<of::ProcessSee>, id: ActivityId, page: PageRequest) -> Result<Page<Tagged>> {
    let read = ctx.read();
    visible(ctx, &read, id).await?;
    let Page { items, next } = activity::uses(&read, &ProcessFilter::of(ctx.actor()), id, page).await?;
    Ok(Page { items: tagged(&read, ctx.account_id(), items).await?, next })
}
