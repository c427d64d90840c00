//! Links by which anybody reads a process in force.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use styr_domain::access::of;
use styr_domain::file::File;
use styr_domain::flow::{Flow, draw};
use styr_domain::id::{ActivityId, FileId, ProcessId, ShareId};
use styr_domain::process::{ActivityContent, Attachment, Process, ProcessContent, Share, ShareElement};
use styr_domain::{Fault, Language, Text, Violation};
use styr_persistence::attachment::{self, On};
use styr_persistence::version::{self as versions, Version};
use styr_persistence::{Page, PageRequest, account, find, get, share};
use zeroize::Zeroizing;

use super::flow::{Titles, bpmn_of, resolve};
use super::{editable, version};
use crate::app::aside::aside;
use crate::app::{App, Ctx, Result, secret};

/// What a link is made with.
#[derive(Debug, Clone)]
pub struct ShareInput {
    /// What it shows besides the title.
    pub shows: BTreeSet<ShareElement>,
    /// From when on it shows nothing; none when never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Makes a link to a process. Answers it with its secret, which is never shown again but to a repetition of this request.
///
/// # Errors
/// `not_found`, `forbidden`; `invalid` for a time that has passed.
pub async fn create(
    ctx: &Ctx<of::ProcessEdit>,
    id: ProcessId,
    ShareInput { shows, expires_at }: ShareInput,
) -> Result<(Share, Zeroizing<String>)> {
    let made = ctx
        .write(|tx| async move {
            let (process, permit) = editable(ctx, &*tx, id, None).await?;
            if expires_at.is_some_and(|at| at <= tx.now()) {
                return Err(Fault::invalid(vec![past()]).into());
            }
            let secret = Zeroizing::new(Share::secret(&tx.random()));
            let share = Share {
                id: ShareId(tx.id()),
                account_id: ctx.account_id(),
                process_id: process.id,
                hash: Share::hash_of(&secret).to_vec(),
                shows,
                expires_at,
                created_by: ctx.actor().user_id,
                created_at: tx.now(),
            };
            tx.insert(&permit, &share, "share.created").await?;
            secret::seal(&tx, share, &secret).await
        })
        .await?;
    secret::show(ctx, made).await
}

fn past() -> Violation {
    let text = Text::fixed(
        "Tidspunktet er passeret. Vælg et, der kommer.",
        "Tidpunkten har passerat. Välj en som kommer.",
        "The time has passed. Choose one to come.",
    );
    Violation::at("/expires_at", "in_the_past", text)
}

/// One page of the links to a process.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn list(ctx: &Ctx<of::ProcessEdit>, id: ProcessId, page: PageRequest) -> Result<Page<Share>> {
    let read = ctx.read();
    let (process, _permit) = editable(ctx, &read, id, None).await?;
    share::shares(&read, ctx.account_id(), process.id, page).await
}

/// Revokes a link: it shows nothing from now on.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn delete(ctx: &Ctx<of::ProcessEdit>, id: ProcessId, share_id: ShareId) -> Result<()> {
    ctx.write(|tx| async move {
        let (process, permit) = editable(ctx, &*tx, id, None).await?;
        let share: Share = get(&*tx, ctx.account_id(), share_id).await?;
        if share.process_id != process.id {
            return Err(Fault::not_found().into());
        }
        tx.delete(&permit, &share, "share.deleted").await
    })
    .await
}

/// What a link shows.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The process; of it, only what [`Shared::shows`] names is to be told.
    pub process: Process,
    /// The version in force.
    pub version: Version,
    /// What it was called when that version was published.
    pub title: String,
    /// What it was for then.
    pub purpose: String,
    flow: Flow,
    shows: BTreeSet<ShareElement>,
    read_at: DateTime<Utc>,
}

/// An activity of a process, as a link shows it.
#[derive(Debug, Clone)]
pub struct SharedActivity {
    /// The elements of the flow that show it.
    pub elements: Vec<String>,
    /// What it is called and how it is done, as it is in force.
    pub content: ActivityContent,
    /// What is attached to it.
    pub attachments: Vec<Attachment>,
}

impl Shared {
    /// Whether it shows this.
    #[must_use]
    pub fn shows(&self, element: ShareElement) -> bool {
        self.shows.contains(&element)
    }

    /// The flow as an SVG picture.
    ///
    /// # Errors
    /// `not_found` when the link does not show it.
    pub async fn diagram(self, language: Language) -> Result<String> {
        self.must_show(ShareElement::Diagram)?;
        let title = Some(self.title);
        let options = draw::DrawOptions { title, language, ..draw::DrawOptions::default() };
        Ok(aside(move || draw::svg(&self.flow, &options)).await?)
    }

    /// The flow as BPMN 2.0 XML, without what it names of its account.
    ///
    /// # Errors
    /// `not_found` when the link does not show it.
    pub async fn bpmn(self) -> Result<String> {
        self.must_show(ShareElement::Bpmn)?;
        let purpose = if self.shows(ShareElement::Purpose) { self.purpose } else { String::new() };
        Ok(aside(move || bpmn_of("process", &self.title, &purpose, &self.flow.for_outsiders())).await?)
    }

    fn must_show(&self, element: ShareElement) -> Result<(), Fault> {
        if self.shows(element) { Ok(()) } else { Err(Fault::not_found()) }
    }

    /// The activities in the order of the flow, and what is attached to the process itself, as far as the link shows them.
    ///
    /// # Errors
    /// The database fails.
    pub async fn parts(&self, app: &App) -> Result<(Vec<SharedActivity>, Vec<Attachment>)> {
        let (read, account_id) = (app.store().read(), self.process.account_id);
        let mut contents = BTreeMap::new();
        if self.shows(ShareElement::Instructions) {
            let found = version::activities_of(&read, account_id, &self.flow, self.read_at).await?;
            contents.extend(found.into_iter().map(|(id, _, content)| (id, content)));
        }
        let (mut own, mut theirs) = (Vec::new(), BTreeMap::<ActivityId, Vec<Attachment>>::new());
        for attachment in attachment::of_any(&read, account_id, &self.with_attachments(), None).await? {
            match attachment.activity_id {
                Some(id) => theirs.entry(id).or_default().push(attachment),
                None => own.push(attachment),
            }
        }
        let mut activities: Vec<SharedActivity> = Vec::new();
        let mut places: BTreeMap<ActivityId, usize> = BTreeMap::new();
        for node in &self.flow.nodes {
            let Some(id) = node.activity_id else { continue };
            if let Some(content) = contents.remove(&id) {
                places.insert(id, activities.len());
                let attachments = theirs.remove(&id).unwrap_or_default();
                activities.push(SharedActivity { elements: Vec::new(), content, attachments });
            }
            if let Some(place) = places.get(&id) {
                activities[*place].elements.push(node.id.clone());
            }
        }
        Ok((activities, own))
    }

    /// What the link shows the attachments of.
    fn with_attachments(&self) -> Vec<On> {
        let process = self.shows(ShareElement::Attachments).then_some(On::Process(self.process.id));
        let nodes = self.flow.nodes.iter().filter(|_| self.shows(ShareElement::Instructions));
        let activities: BTreeSet<ActivityId> = nodes.filter_map(|node| node.activity_id).collect();
        process.into_iter().chain(activities.into_iter().map(On::Activity)).collect()
    }

    /// A file that is attached to something whose attachments the link shows.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn file(&self, app: &App, id: FileId) -> Result<File> {
        let (read, account_id) = (app.store().read(), self.process.account_id);
        if attachment::of_any(&read, account_id, &self.with_attachments(), Some(id)).await?.is_empty() {
            return Err(Fault::not_found().into());
        }
        get(&read, account_id, id).await
    }
}

/// What the link with this secret shows.
///
/// # Errors
/// `not_found` when there is no such link, or it shows nothing now: it has expired, the process is not in force, or the
/// account is locked down.
pub async fn read(app: &App, secret: &str) -> Result<Shared> {
    let read = app.store().read();
    let share = share::by_hash(&read, &Share::hash_of(secret)).await?.ok_or_else(Fault::not_found)?;
    let Share { account_id, process_id, .. } = share;
    let process = find::<Process>(&read, account_id, process_id).await?.ok_or_else(Fault::not_found)?;
    let open = account::get(&read, account_id).await?.locked_down_at.is_none();
    let read_at = app.store().ambient().now();
    let Some(number) = process.published_version.filter(|_| open && share.shows_at(&process, read_at)) else {
        return Err(Fault::not_found().into());
    };
    let (version, content) =
        versions::get::<Process, ProcessContent>(&read, account_id, &process, number).await?;
    let ProcessContent { title, purpose, mut flow } = content;
    resolve(&read, account_id, &mut flow, Titles::InForce).await?;
    Ok(Shared { process, version, title, purpose, flow, shows: share.shows, read_at })
}
