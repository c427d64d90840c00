//! Saving and finding the things that events are about, the same way for each of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{IntoCondition, Order};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait, Iterable as _, PrimaryKeyTrait, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use serde::Serialize;
use styr_domain::Fault;
use styr_domain::access::{
    ManageSubstitutes, PermissionGroup, Permit, Profile, Role, RoleAssignment, Styr, of,
};
use styr_domain::account::{Account, Organisation};
use styr_domain::case::{Case, Task};
use styr_domain::event::EntityKind;
use styr_domain::file::File;
use styr_domain::form::{Form, Submission};
use styr_domain::id::AccountId;
use styr_domain::privacy::{AnonymizationRun, RetentionRule};
use styr_domain::process::{
    Activity, Attachment, Comment, Component, Drawing, Label, Process, ProcessGroup, ProcessPerson,
    ProcessRole, Share,
};
use styr_domain::token::Token;
use styr_domain::user::import::UserImport;
use styr_domain::user::{Group, Substitute, User};
use styr_domain::workflow::Workflow;
use uuid::Uuid;

use crate::entity;
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::store::Source;
use crate::tx::{Change, Tx};

/// A thing with an id in an account, which is saved as one row.
pub trait Record: Clone + Serialize + Send + Sync + 'static {
    /// What events call it.
    const KIND: EntityKind;
    /// Its table.
    #[doc(hidden)]
    type Entity: EntityTrait<Model: Into<Self> + Send + Sync, PrimaryKey: PrimaryKeyTrait<ValueType: From<Uuid>>>;
    /// The columns that every such table has.
    #[doc(hidden)]
    const ID: <Self::Entity as EntityTrait>::Column;
    #[doc(hidden)]
    const ACCOUNT: <Self::Entity as EntityTrait>::Column;
    /// Its row.
    #[doc(hidden)]
    fn row(self) -> <Self::Entity as EntityTrait>::ActiveModel;
    /// Its id.
    fn id(&self) -> Uuid;
    /// The account it belongs to.
    fn account_id(&self) -> AccountId;
    /// What it concerns, where that is not the thing itself: a person, or the process or activity that it belongs to.
    fn subject_id(&self) -> Option<Uuid> {
        None
    }
    /// Its revision after a change at `now`, noted in it.
    fn touch(&mut self, now: DateTime<Utc>);
}

/// A requirement whose permit lets one save such a thing. The list below is the whole of what may save what.
pub trait MaySave<T> {}

impl<T> MaySave<T> for Styr {}
impl MaySave<Account> for of::AccountManage {}
impl MaySave<Account> for of::AccountTransfer {}

macro_rules! records {
    ($($type:ident $module:ident [$($touched:ident)*] $(subject [$($subject:tt)+])? saved by $($requirement:ty),+;)+) => {$(
        impl Record for $type {
            const KIND: EntityKind = EntityKind::$type;
            type Entity = entity::$module::Entity;
            const ID: entity::$module::Column = entity::$module::Column::Id;
            const ACCOUNT: entity::$module::Column = entity::$module::Column::AccountId;
            fn row(self) -> entity::$module::ActiveModel {
                self.into()
            }
            fn id(&self) -> Uuid {
                self.id.0
            }
            fn account_id(&self) -> AccountId {
                self.account_id
            }
            $(fn subject_id(&self) -> Option<Uuid> {
                Some(self.$($subject)+)
            })?
            fn touch(&mut self, now: DateTime<Utc>) {
                let _ = now; // not every record says when it was changed
                $(records!(@touch self now $touched);)*
            }
        }
        $(impl MaySave<$type> for $requirement {})+
    )+};
    (@touch $self:ident $now:ident revision) => { $self.revision += 1 };
    (@touch $self:ident $now:ident updated_at) => { $self.updated_at = $now };
}

records! {
    Organisation organisation [revision] saved by of::OrganisationManage, (of::OrganisationManage, of::OrganisationChangeSettings), of::OrganisationChangeSettings;
    User user [revision updated_at] saved by (of::UserManage, of::UserManageLocal), of::UserImport, of::UserProvision, of::UserManagePermissions, of::AccountTransfer;
    Group group [revision updated_at] saved by (of::GroupManage, of::GroupManageShared), of::UserProvision;
    Substitute substitute [revision] subject [user_id.0] saved by ManageSubstitutes;
    Token token [revision] subject [user_id.0] saved by of::TokenManage, (of::UserManage, of::UserManageLocal), of::UserImport, of::UserProvision;
    Role role [revision] saved by of::RoleManage;
    RoleAssignment role_assignment [] subject [user_id.0] saved by of::RoleAssign, of::UserImport, of::UserProvision;
    UserImport user_import [] saved by of::UserImport;
    PermissionGroup permission_group [revision] saved by of::UserManagePermissions;
    Profile profile [revision] saved by of::UserManagePermissions, of::DrawingManage;
    ProcessGroup process_group [revision] saved by of::ProcessCreate;
    Process process [revision updated_at] saved by of::ProcessCreate, of::ProcessEdit;
    ProcessPerson process_person [] subject [user_id.0] saved by of::ProcessEdit, of::ProcessCreate;
    ProcessRole process_role [revision] saved by of::ProcessRoleManage;
    Activity activity [revision updated_at] saved by of::ProcessEdit, of::ProcessCreate;
    Label label [revision] saved by of::LabelManage;
    Component component [revision] saved by of::ComponentManage;
    Drawing drawing [revision updated_at] saved by of::DrawingManage;
    Comment comment [revision] subject [process_id.0] saved by of::ProcessComment;
    File file [] saved by of::ProcessEdit;
    Attachment attachment [] subject [on()] saved by of::ProcessEdit;
    Share share [] saved by of::ProcessEdit;
    Form form [revision updated_at] saved by (of::FormEdit, of::FormEditShared, of::FormManage), (of::FormEdit, of::FormCreateShared, of::FormManage), (of::FormDelete, of::FormEditShared, of::FormManage);
    Workflow workflow [revision updated_at] saved by (of::WorkflowEdit, of::WorkflowEditShared), (of::WorkflowEdit, of::WorkflowCreateShared), (of::WorkflowDelete, of::WorkflowEditShared), of::ProcessSetUpTasks;
    Submission submission [revision updated_at] saved by of::SubmissionCreate, of::SubmissionChange, of::SubmissionDelete, of::TaskWork;
    Case case [revision updated_at] saved by of::CaseStart, of::TaskWork, of::CasePark, of::CaseTakeOver, of::CaseChangeOwner, of::CaseDelete;
    Task task [revision updated_at] saved by of::CaseStart, of::TaskWork, of::CaseTakeOver, of::CaseDelete;
    RetentionRule retention_rule [revision] saved by of::RetentionRuleManage;
    AnonymizationRun anonymization_run [revision] saved by of::AnonymizationRun;
}

impl Tx {
    /// Saves a new thing and records the event.
    ///
    /// # Errors
    /// A unique index is in the way, or the database fails.
    pub async fn insert<T: Record, R: MaySave<T>>(
        &self,
        _: &Permit<R>,
        new: &T,
        kind: &'static str,
    ) -> Result<()> {
        self.own(new)?;
        T::Entity::insert(new.clone().row()).exec_without_returning(self.connection()).await?;
        self.record(Change {
            entity: T::KIND,
            id: new.id(),
            kind,
            subject_id: new.subject_id(),
            before: None,
            after: Some(new),
        });
        Ok(())
    }

    /// Saves many new things and records an event for each.
    ///
    /// # Errors
    /// As for [`Tx::insert`].
    pub async fn insert_many<T: Record, R: MaySave<T>>(
        &self,
        _: &Permit<R>,
        new: &[T],
        kind: &'static str,
    ) -> Result<()> {
        for new in new.chunks(500) {
            new.iter().try_for_each(|new| self.own(new))?;
            T::Entity::insert_many(new.iter().map(|new| new.clone().row()))
                .exec_without_returning(self.connection())
                .await?;
            for new in new {
                self.record(Change {
                    entity: T::KIND,
                    id: new.id(),
                    kind,
                    subject_id: new.subject_id(),
                    before: None,
                    after: Some(new),
                });
            }
        }
        Ok(())
    }

    /// Saves a changed thing under its next revision and records the event. Answers the thing as it was saved.
    ///
    /// # Errors
    /// `not_found` when it is gone, a unique index is in the way, or the database fails.
    pub async fn update<T: Record, R: MaySave<T>>(
        &self,
        _: &Permit<R>,
        before: &T,
        mut after: T,
        kind: &'static str,
    ) -> Result<T> {
        self.own(&after)?;
        after.touch(self.now());
        let saved = T::Entity::update_many()
            .set(changed::<T>(before.clone().row(), after.clone().row()))
            .filter(T::ID.eq(after.id()))
            .filter(T::ACCOUNT.eq(self.account_id()))
            .exec(self.connection())
            .await?;
        if saved.rows_affected == 0 {
            return Err(Fault::not_found().into());
        }
        self.record(Change {
            entity: T::KIND,
            id: after.id(),
            kind,
            subject_id: after.subject_id(),
            before: Some(before),
            after: Some(&after),
        });
        Ok(after)
    }

    /// Saves many changed things, each under its next revision, and records an event for each. One statement saves those
    /// of which the same columns get the same values.
    ///
    /// # Errors
    /// As for [`Tx::update`].
    pub async fn update_many<T: Record, R: MaySave<T>>(
        &self,
        _: &Permit<R>,
        changes: Vec<(T, T)>,
        kind: &'static str,
    ) -> Result<()> {
        let mut alike: Vec<(<T::Entity as EntityTrait>::ActiveModel, Vec<Uuid>)> = Vec::new();
        // Where in `alike` those may be that look the same: comparing each with all others takes too long for many.
        let mut looks: HashMap<String, Vec<usize>> = HashMap::new();
        for (before, mut after) in changes {
            self.own(&after)?;
            after.touch(self.now());
            let row = changed::<T>(before.clone().row(), after.clone().row());
            let same = |other: &<T::Entity as EntityTrait>::ActiveModel| {
                <T::Entity as EntityTrait>::Column::iter().all(|column| row.get(column) == other.get(column))
            };
            let places = looks.entry(format!("{row:?}")).or_default();
            match places.iter().copied().find(|place| same(&alike[*place].0)) {
                Some(place) => alike[place].1.push(after.id()),
                None => {
                    places.push(alike.len());
                    alike.push((row, vec![after.id()]));
                }
            }
            self.record(Change {
                entity: T::KIND,
                id: after.id(),
                kind,
                subject_id: after.subject_id(),
                before: Some(&before),
                after: Some(&after),
            });
        }
        for (row, ids) in alike {
            for ids in ids.chunks(500) {
                let saved = T::Entity::update_many()
                    .set(row.clone())
                    .filter(T::ID.is_in(ids.iter().copied()))
                    .filter(T::ACCOUNT.eq(self.account_id()))
                    .exec(self.connection())
                    .await?;
                if saved.rows_affected != ids.len() as u64 {
                    return Err(Fault::not_found().into());
                }
            }
        }
        Ok(())
    }

    /// Gives a thing its next revision, since something that belongs to it has changed. What that is has an event of its
    /// own.
    ///
    /// # Errors
    /// `not_found` when it is gone, or the database fails.
    pub async fn touch<T: Record, R: MaySave<T>>(&self, _: &Permit<R>, thing: &T) -> Result<T> {
        self.own(thing)?;
        let mut after = thing.clone();
        after.touch(self.now());
        let saved = T::Entity::update_many()
            .set(changed::<T>(thing.clone().row(), after.clone().row()))
            .filter(T::ID.eq(after.id()))
            .filter(T::ACCOUNT.eq(self.account_id()))
            .exec(self.connection())
            .await?;
        if saved.rows_affected == 0 { Err(Fault::not_found().into()) } else { Ok(after) }
    }

    /// Deletes a thing and records the event.
    ///
    /// # Errors
    /// `not_found` when it is gone, others refer to it, or the database fails.
    pub async fn delete<T: Record, R: MaySave<T>>(
        &self,
        _: &Permit<R>,
        old: &T,
        kind: &'static str,
    ) -> Result<()> {
        let deleted = T::Entity::delete_many()
            .filter(T::ID.eq(old.id()))
            .filter(T::ACCOUNT.eq(self.account_id()))
            .exec(self.connection())
            .await?;
        if deleted.rows_affected == 0 {
            return Err(Fault::not_found().into());
        }
        self.record(Change {
            entity: T::KIND,
            id: old.id(),
            kind,
            subject_id: old.subject_id(),
            before: Some(old),
            after: None,
        });
        Ok(())
    }

    /// Deletes many things and records an event for each.
    ///
    /// # Errors
    /// As for [`Tx::delete`].
    pub async fn delete_many<T: Record, R: MaySave<T>>(
        &self,
        _: &Permit<R>,
        old: &[T],
        kind: &'static str,
    ) -> Result<()> {
        for old in old.chunks(500) {
            let deleted = T::Entity::delete_many()
                .filter(T::ID.is_in(old.iter().map(T::id)))
                .filter(T::ACCOUNT.eq(self.account_id()))
                .exec(self.connection())
                .await?;
            if deleted.rows_affected != old.len() as u64 {
                return Err(Fault::not_found().into());
            }
            for old in old {
                self.record(Change {
                    entity: T::KIND,
                    id: old.id(),
                    kind,
                    subject_id: old.subject_id(),
                    before: Some(old),
                    after: None,
                });
            }
        }
        Ok(())
    }

    /// Refuses to save what belongs to another account than the one that is written to.
    fn own<T: Record>(&self, thing: &T) -> Result<()> {
        if thing.account_id() == self.account_id() { Ok(()) } else { Err(Fault::not_found().into()) }
    }
}

/// Only the columns that differ: an index is written, and a reference checked, for each column that is set.
fn changed<T: Record>(
    before: <T::Entity as EntityTrait>::ActiveModel,
    mut after: <T::Entity as EntityTrait>::ActiveModel,
) -> <T::Entity as EntityTrait>::ActiveModel {
    for column in <T::Entity as EntityTrait>::Column::iter() {
        if before.get(column) == after.get(column) {
            after.not_set(column);
        }
    }
    after
}

/// The thing with this id in this account.
///
/// # Errors
/// The database fails.
pub async fn find<T: Record>(
    source: &impl Source,
    account_id: AccountId,
    id: impl Into<Uuid>,
) -> Result<Option<T>> {
    let row = T::Entity::find()
        .filter(T::ID.eq(id.into()))
        .filter(T::ACCOUNT.eq(account_id))
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// The thing with this id in this account.
///
/// # Errors
/// `not_found`, or the database fails.
pub async fn get<T: Record>(source: &impl Source, account_id: AccountId, id: impl Into<Uuid>) -> Result<T> {
    Ok(find(source, account_id, id).await?.ok_or_else(Fault::not_found)?)
}

/// The things with these ids in this account, in no particular order; those that are not there are left out.
///
/// # Errors
/// The database fails.
pub async fn find_many<T: Record>(
    source: &impl Source,
    account_id: AccountId,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<T>> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(500) {
        let rows = T::Entity::find()
            .filter(T::ACCOUNT.eq(account_id))
            .filter(T::ID.is_in(ids.iter().copied()))
            .all(source.connection())
            .await?;
        found.extend(rows.into_iter().map(Into::into));
    }
    Ok(found)
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    OldestFirst,
    NewestFirst,
}

/// One page of the account's things for which the condition holds.
pub(crate) async fn list<T: Record>(
    source: &impl Source,
    account_id: AccountId,
    condition: impl IntoCondition,
    sort: Sort,
    page: PageRequest,
) -> Result<Page<T>> {
    let mut query = T::Entity::find().filter(T::ACCOUNT.eq(account_id)).filter(condition.into_condition());
    if let Some(after) = page.after {
        query = query.filter(match sort {
            Sort::OldestFirst => T::ID.gt(after),
            Sort::NewestFirst => T::ID.lt(after),
        });
    }
    let order = match sort {
        Sort::OldestFirst => Order::Asc,
        Sort::NewestFirst => Order::Desc,
    };
    let rows = query.order_by(T::ID, order).limit(page.limit + 1).all(source.connection()).await?;
    Ok(Page::from_one_more(rows.into_iter().map(Into::into).collect(), page, T::id))
}
