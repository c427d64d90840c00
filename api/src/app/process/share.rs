//! Links by which anybody reads a process in force.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use styr_domain::access::of;
use styr_domain::flow::{Flow, draw};
use styr_domain::id::{ProcessId, ShareId};
use styr_domain::process::{Process, ProcessContent, Share, ShareElement};
use styr_domain::{Fault, Language, Text, Violation};
use styr_persistence::version::Version;
use styr_persistence::{Page, PageRequest, account, find, get, share, version};
use zeroize::Zeroizing;

use super::{bpmn_of, editable};
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
    /// What it was for when that version was published.
    pub purpose: String,
    flow: Flow,
    shows: BTreeSet<ShareElement>,
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
    pub fn diagram(&self, language: Language) -> Result<String> {
        self.must_show(ShareElement::Diagram)?;
        let title = Some(self.process.title.clone());
        Ok(draw::svg(&self.flow, &draw::DrawOptions { title, language, ..draw::DrawOptions::default() }))
    }

    /// The flow as BPMN 2.0 XML.
    ///
    /// # Errors
    /// `not_found` when the link does not show it.
    pub fn bpmn(&self) -> Result<String> {
        self.must_show(ShareElement::Bpmn)?;
        let purpose = if self.shows(ShareElement::Purpose) { self.purpose.as_str() } else { "" };
        Ok(bpmn_of(&self.process, purpose, &self.flow))
    }

    fn must_show(&self, element: ShareElement) -> Result<(), Fault> {
        if self.shows(element) { Ok(()) } else { Err(Fault::not_found()) }
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
    let now = app.store().ambient().now();
    let Some(number) = process.published_version.filter(|_| open && share.shows_at(&process, now)) else {
        return Err(Fault::not_found().into());
    };
    let (version, content) =
        version::get::<Process, ProcessContent>(&read, account_id, &process, number).await?;
    let ProcessContent { title: _, purpose, mut flow } = content;
    super::role::resolve_roles(&read, account_id, &mut flow).await?;
    Ok(Shared { process, version, purpose, flow, shows: share.shows })
}
