//! People in and out by file.

use sha2::{Digest as _, Sha256};
use styr_domain::Fault;
use styr_domain::access::{Actor, Resource, authorize, of};
use styr_domain::event::hex;
use styr_domain::id::{AccountId, UserId, UserImportId};
use styr_domain::user::import::{
    Column, ImportChange, ImportCounts, Plan, Settings, UserFile, UserImport, plan, read,
};
use styr_persistence::actor;
use styr_persistence::user::import::{free_addresses, imports, present};
use styr_persistence::{OrganisationTree, Page, PageRequest, Scope, Source, Store, Tx, get, token, user};
use uuid::Uuid;

use crate::app::Result;
use crate::app::access::reach_of;
use crate::app::aside::aside;
use crate::app::context::Ctx;

/// How much of those who came by imports may be deactivated when the caller does not say, in percent.
pub const MAX_DEACTIVATED_PERCENT: u8 = 5;

/// The most changes that a preview lists.
pub const MOST_SHOWN: usize = 500;

/// What an import would do.
#[derive(Debug, Clone)]
pub struct Preview {
    /// In numbers.
    pub counts: ImportCounts,
    /// Why it would be refused although the file can be read, if it would.
    pub refusal: Option<Fault>,
    /// The changes, the most important first, [`MOST_SHOWN`] at most.
    pub changes: Vec<ImportChange>,
    /// How many changes are not among them.
    pub left_out: usize,
}

/// Says what an import of a file would do, and stores nothing.
///
/// # Errors
/// Those of [`apply`], but for `too_many_deactivations`, which is told among the rest.
pub async fn preview(
    ctx: &Ctx<of::UserImport>,
    csv: Vec<u8>,
    max_deactivated_percent: u8,
) -> Result<Preview> {
    preview_as(ctx.app().store(), ctx.actor(), csv, max_deactivated_percent).await
}

/// Imports a file: all of it, in one write, or nothing. Deactivated users' tokens end at once.
///
/// # Errors
/// `invalid`, naming lines and columns; `forbidden` and `rights_not_held` for what the caller may not do;
/// `too_many_deactivations`.
pub async fn apply(
    ctx: &Ctx<of::UserImport>,
    csv: Vec<u8>,
    max_deactivated_percent: u8,
) -> Result<UserImport> {
    let file = File::read(ctx.app().store(), csv).await?;
    ctx.write(|tx| async move {
        let actor = ctx.actor();
        file.carry_out(&tx, actor, Some(actor.user_id), max_deactivated_percent).await
    })
    .await
}

/// One page of the imports that were carried out, newest first: all of the account's for those who may import in all of
/// it, otherwise the caller's own.
///
/// # Errors
/// The database fails.
pub async fn list(ctx: &Ctx<of::UserImport>, page: PageRequest) -> Result<Page<UserImport>> {
    let own = (!sees_all(ctx)).then_some(ctx.actor().user_id);
    imports(&ctx.read(), ctx.account_id(), own, page).await
}

/// An import that was carried out.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<of::UserImport>, id: UserImportId) -> Result<UserImport> {
    let import: UserImport = get(&ctx.read(), ctx.account_id(), id).await?;
    let seen = sees_all(ctx) || import.started_by == Some(ctx.actor().user_id);
    if seen { Ok(import) } else { Err(Fault::not_found().into()) }
}

fn sees_all(ctx: &Ctx<of::UserImport>) -> bool {
    authorize::<of::UserImport>(ctx.actor(), &Resource::shared(ctx.account_id())).is_ok()
}

/// Says on the command line what an import would do. Whoever holds the database may do what the account's owner may.
///
/// # Errors
/// As [`preview`].
pub async fn preview_for(store: &Store, account_id: AccountId, csv: Vec<u8>, max: u8) -> Result<Preview> {
    let owner = owner(&store.read(), account_id, store).await?;
    preview_as(store, &owner, csv, max).await
}

/// Imports a file on the command line. Whoever holds the database may do what the account's owner may.
///
/// # Errors
/// As [`apply`].
pub async fn apply_for(store: &Store, account_id: AccountId, csv: Vec<u8>, max: u8) -> Result<UserImport> {
    let file = File::read(store, csv).await?;
    store
        .write(Scope::of_styr(account_id), |tx| async move {
            let owner = owner(&*tx, account_id, store).await?;
            file.carry_out(&tx, &owner, None, max).await
        })
        .await
}

async fn owner(source: &impl Source, account_id: AccountId, store: &Store) -> Result<Actor> {
    let owner = user::owner(source, account_id).await?.ok_or_else(Fault::not_found)?;
    let loaded = actor::by_user(source, account_id, owner.id, store.ambient().now()).await?;
    Ok(loaded.ok_or_else(Fault::not_found)?.actor)
}

async fn preview_as(store: &Store, actor: &Actor, csv: Vec<u8>, max: u8) -> Result<Preview> {
    let File { file, sha256: _ } = File::read(store, csv).await?;
    let ambient = store.ambient();
    let settings = Settings { now: ambient.now(), max_deactivated_percent: max };
    let plan = compare(&store.read(), actor, &file, settings, || ambient.id()).await?;
    let refusal = plan.check_brake(settings).err();
    let Plan { counts, mut changes, .. } = plan;
    let left_out = changes.len().saturating_sub(MOST_SHOWN);
    changes.truncate(MOST_SHOWN);
    Ok(Preview { counts, refusal, changes, left_out })
}

async fn compare(
    source: &impl Source,
    actor: &Actor,
    file: &UserFile,
    settings: Settings,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<Plan> {
    let tree = OrganisationTree::load(source, actor.account_id).await?;
    let present = present(source, actor.account_id, file).await?;
    Ok(plan(actor, file, &present, settings, &|place| reach_of(&tree, place), &mut new_id)?)
}

/// A file that was read.
struct File {
    file: UserFile,
    sha256: String,
}

impl File {
    /// Reads a file aside, since a large one takes its time.
    async fn read(store: &Store, csv: Vec<u8>) -> Result<Self> {
        let today = store.ambient().now().date_naive();
        let read = aside(move || {
            let file = read(&csv, today)?;
            Ok::<_, Fault>(Self { file, sha256: hex::encode(&Sha256::digest(&csv).into()) })
        });
        Ok(read.await??)
    }

    async fn carry_out(
        self,
        tx: &Tx,
        actor: &Actor,
        started_by: Option<UserId>,
        max_deactivated_percent: u8,
    ) -> Result<UserImport> {
        let Self { file, sha256 } = self;
        let settings = Settings { now: tx.now(), max_deactivated_percent };
        let plan = compare(tx, actor, &file, settings, || tx.id()).await?;
        plan.check_brake(settings)?;
        let changes_something = !plan.is_empty();
        let Plan {
            permit,
            reached,
            added,
            changed,
            reactivated,
            deactivated,
            email_passed_on,
            roles_given,
            roles_changed,
            roles_taken,
            changes: _,
            counts,
        } = plan;
        let leavers: Vec<UserId> = deactivated.iter().map(|(user, _)| user.id).collect();
        free_addresses(tx, &permit, &email_passed_on).await?;
        tx.update_many(&permit, deactivated, "user.deactivated").await?;
        if !leavers.is_empty() {
            token::revoke_all(tx, &permit, &leavers).await?;
        }
        tx.update_many(&permit, changed, "user.changed").await?;
        tx.update_many(&permit, reactivated, "user.reactivated").await?;
        tx.insert_many(&permit, &added, "user.created").await?;
        tx.delete_many(&permit, &roles_taken, "role_assignment.deleted").await?;
        tx.update_many(&permit, roles_changed, "role_assignment.changed").await?;
        tx.insert_many(&permit, &roles_given, "role_assignment.created").await?;
        if changes_something {
            tx.access_changed();
        }
        let import = UserImport {
            id: UserImportId(tx.id()),
            account_id: tx.account_id(),
            started_by,
            sha256,
            with_roles: file.has(Column::Roles),
            organisation_ids: reached,
            max_deactivated_percent: max_deactivated_percent.into(),
            counts,
            created_at: tx.now(),
        };
        tx.insert(&permit, &import, "user_import.applied").await?;
        Ok(import)
    }
}
