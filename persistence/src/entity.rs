//! One entity for each table. Private: they never leave this crate.

#![expect(unreachable_pub, reason = "the record trait names them, and this module hides them")]

use crate::doc::Doc;

/// How a column's type becomes the domain's and back.
pub(crate) trait Stored<T> {
    fn load(self) -> T;
    fn store(value: T) -> Self;
}

impl<T> Stored<T> for T {
    fn load(self) -> T {
        self
    }
    fn store(value: T) -> Self {
        value
    }
}

impl<T> Stored<T> for Doc<T> {
    fn load(self) -> T {
        self.0
    }
    fn store(value: T) -> Self {
        Self(value)
    }
}

impl<T> Stored<Option<T>> for Option<Doc<T>> {
    fn load(self) -> Option<T> {
        self.map(|doc| doc.0)
    }
    fn store(value: Option<T>) -> Self {
        value.map(Doc)
    }
}

/// An entity. With `=> Type`, the domain's type of the same fields converts both ways; the conversions name every
/// field, so that a new one does not compile until it is in both.
macro_rules! entity {
    ($module:ident, $table:literal $(=> $domain:ty)?, [$($key:ident: $key_type:ty),+], [$($column:ident: $type:ty),* $(,)?]) => {
        pub mod $module {
            use super::prelude::*;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $(#[sea_orm(primary_key, auto_increment = false)] pub(crate) $key: $key_type,)+
                $(pub(crate) $column: $type,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}

            entity!(@domain [$($domain)?] [$($key)+ $($column)*]);
        }
    };
    (@domain [] $fields:tt) => {};
    (@domain [$domain:ty] [$($field:ident)+]) => {
        impl From<Model> for $domain {
            fn from(Model { $($field),+ }: Model) -> Self {
                type Domain = $domain;
                Domain { $($field: super::Stored::load($field)),+ }
            }
        }

        impl From<$domain> for ActiveModel {
            fn from(domain: $domain) -> Self {
                type Domain = $domain;
                let Domain { $($field),+ } = domain;
                Self { $($field: sea_orm::Set(super::Stored::store($field))),+ }
            }
        }
    };
}

mod prelude {
    pub(super) use std::collections::BTreeSet;

    pub(super) use chrono::{DateTime, Utc};
    pub(super) use ipnet::IpNet;
    pub(super) use sea_orm::entity::prelude::{
        ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait, EnumIter,
        PrimaryKeyTrait,
    };
    pub(super) use serde_json::{Map, Value as Json};
    pub(super) use styr_domain::access::{
        Licence, PermissionGroup, ProcessState, ProcessVisibility, Profile, Provenance, RightSet, Role,
        RoleAssignment,
    };
    pub(super) use styr_domain::account::{Account, Organisation};
    pub(super) use styr_domain::case::{Case, CaseStatus, Task, TaskStatus};
    pub(super) use styr_domain::event::{Notification, NotificationKind};
    pub(super) use styr_domain::file::File;
    pub(super) use styr_domain::flow::run;
    pub(super) use styr_domain::form::{Form, Submission};
    pub(super) use styr_domain::id::*;
    pub(super) use styr_domain::privacy::{
        AnonymizationRun, RetentionRule, RetentionStart, RetentionTarget, RunCounts, RunStatus, TargetKind,
    };
    pub(super) use styr_domain::process::{
        Activity, Attachment, Comment, Component, Drawing, DrawingShape, Label, Process, ProcessGroup,
        ProcessPart, ProcessPerson, ProcessRole, Share, ShareElement,
    };
    pub(super) use styr_domain::token::Token;
    pub(super) use styr_domain::user::import::{ImportCounts, UserImport};
    pub(super) use styr_domain::user::{DirectoryEntry, Group, Substitute, User};
    pub(super) use styr_domain::workflow::Workflow;
    pub(super) use uuid::Uuid;

    pub(super) use crate::doc::Doc;
}

entity!(access_epoch, "access_epoch", [id: i32], [value: i64]);
entity!(account, "account" => Account, [id: AccountId], [
    name: String, anonymized_word: String, locked_down_at: Option<DateTime<Utc>>, revision: i64, created_at: DateTime<Utc>,
]);
entity!(account_key, "account_key", [id: AccountKeyId], [
    account_id: AccountId, version: i32, wrapped: String, created_at: DateTime<Utc>,
]);
entity!(organisation, "organisation" => Organisation, [id: OrganisationId], [
    account_id: AccountId, parent_id: Option<OrganisationId>, name: String, hides_cases: bool,
    locked_down_at: Option<DateTime<Utc>>, revision: i64, created_at: DateTime<Utc>,
]);
entity!(profile, "profile" => Profile, [id: ProfileId], [
    account_id: AccountId, name: String, description: String,
    process_group_ids: Option<Doc<BTreeSet<ProcessGroupId>>>, drawing_ids: Option<Doc<BTreeSet<DrawingId>>>,
    revision: i64, created_at: DateTime<Utc>,
]);
entity!(user, "user" => User, [id: UserId], [
    account_id: AccountId, organisation_id: OrganisationId, name: String, email: Option<String>,
    phone: Option<String>, title: Option<String>, person_number: Option<String>,
    external_id: Option<String>, user_name: Option<String>, directory: Option<Doc<DirectoryEntry>>,
    deprovisioned_at: Option<DateTime<Utc>>, provenance: Provenance, profile_id: Option<ProfileId>, licence: Licence,
    external: bool, owner: bool, active: bool, deactivated_at: Option<DateTime<Utc>>,
    anonymized_at: Option<DateTime<Utc>>, revision: i64, created_at: DateTime<Utc>, updated_at: DateTime<Utc>,
]);
entity!(group, "group" => Group, [id: GroupId], [
    account_id: AccountId, organisation_id: Option<OrganisationId>, external_id: Option<String>, name: String,
    description: String, revision: i64, created_at: DateTime<Utc>, updated_at: DateTime<Utc>,
]);
entity!(group_member, "group_member", [account_id: AccountId, group_id: GroupId, user_id: UserId], []);
entity!(substitute, "substitute" => Substitute, [id: SubstituteId], [
    account_id: AccountId, user_id: UserId, substitute_user_id: UserId, starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>, revision: i64, created_at: DateTime<Utc>,
]);
entity!(token, "token" => Token, [id: TokenId], [
    account_id: AccountId, user_id: UserId, name: String, hash: Vec<u8>, hint: String,
    scopes: Option<Doc<RightSet>>, networks: Option<Doc<Vec<IpNet>>>, previous_hash: Option<Vec<u8>>,
    previous_until: Option<DateTime<Utc>>, expires_at: Option<DateTime<Utc>>, revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>, revision: i64, created_at: DateTime<Utc>,
]);
entity!(role, "role" => Role, [id: RoleId], [
    account_id: AccountId, api_name: String, name: String, description: String, rights: Doc<RightSet>,
    predefined: bool, revision: i64, created_at: DateTime<Utc>,
]);
entity!(role_assignment, "role_assignment" => RoleAssignment, [id: AssignmentId], [
    account_id: AccountId, user_id: UserId, role_id: RoleId, organisation_id: Option<OrganisationId>,
    provenance: Provenance, expires_at: Option<DateTime<Utc>>, created_at: DateTime<Utc>,
]);
entity!(user_import, "user_import" => UserImport, [id: UserImportId], [
    account_id: AccountId, started_by: Option<UserId>, sha256: String, with_roles: bool,
    organisation_ids: Option<Doc<BTreeSet<OrganisationId>>>, max_deactivated_percent: i32,
    counts: Doc<ImportCounts>, created_at: DateTime<Utc>,
]);
entity!(permission_group, "permission_group" => PermissionGroup, [id: PermissionGroupId], [
    account_id: AccountId, name: String, description: String, rights: Doc<RightSet>,
    process_group_ids: Option<Doc<BTreeSet<ProcessGroupId>>>, predefined: bool, revision: i64,
    created_at: DateTime<Utc>,
]);
entity!(permission_group_member, "permission_group_member", [account_id: AccountId, permission_group_id: PermissionGroupId, user_id: UserId], []);
entity!(process_group, "process_group" => ProcessGroup, [id: ProcessGroupId], [
    account_id: AccountId, parent_id: Option<ProcessGroupId>, code: Option<String>, title: String,
    position: i32, revision: i64, created_at: DateTime<Utc>,
]);
entity!(process, "process" => Process, [id: ProcessId], [
    account_id: AccountId, group_id: Option<ProcessGroupId>, code: Option<String>, title: String,
    purpose: String, state: ProcessState, visibility: ProcessVisibility, owner_id: UserId, version: i32,
    published_version: Option<i32>, revision: i64, created_at: DateTime<Utc>, updated_at: DateTime<Utc>,
]);
entity!(process_role, "process_role" => ProcessRole, [id: ProcessRoleId], [
    account_id: AccountId, name: String, description: String, merged_into_id: Option<ProcessRoleId>, revision: i64,
    created_at: DateTime<Utc>,
]);
entity!(process_person, "process_person" => ProcessPerson, [id: ProcessPersonId], [
    account_id: AccountId, process_id: ProcessId, user_id: UserId, part: ProcessPart,
    process_role_id: Option<ProcessRoleId>, created_at: DateTime<Utc>,
]);
entity!(process_role_use, "process_role_use", [account_id: AccountId, process_id: ProcessId, process_role_id: ProcessRoleId], []);
entity!(activity, "activity" => Activity, [id: ActivityId], [
    account_id: AccountId, title: String, owner_id: UserId, version: i32, published_version: Option<i32>,
    revision: i64, created_at: DateTime<Utc>, updated_at: DateTime<Utc>,
]);
entity!(activity_use, "activity_use", [account_id: AccountId, process_id: ProcessId, activity_id: ActivityId], [in_force: bool]);
entity!(activity_in_force, "activity_in_force", [account_id: AccountId, activity_id: ActivityId, process_id: ProcessId], []);
entity!(label, "label" => Label, [id: LabelId], [
    account_id: AccountId, name: String, colour: Option<String>, revision: i64, created_at: DateTime<Utc>,
]);
entity!(process_label, "process_label", [account_id: AccountId, process_id: ProcessId, label_id: LabelId], []);
entity!(component, "component" => Component, [id: ComponentId], [
    account_id: AccountId, name: String, description: String, url: Option<String>, revision: i64,
    created_at: DateTime<Utc>,
]);
entity!(process_component, "process_component", [account_id: AccountId, process_id: ProcessId, component_id: ComponentId], []);
entity!(drawing, "drawing" => Drawing, [id: DrawingId], [
    account_id: AccountId, title: String, description: String, shapes: Doc<Vec<DrawingShape>>, revision: i64,
    created_at: DateTime<Utc>, updated_at: DateTime<Utc>,
]);
entity!(comment, "comment" => Comment, [id: CommentId], [
    account_id: AccountId, process_id: ProcessId, element: Option<String>, activity_id: Option<ActivityId>,
    author_id: UserId, text: String,
    resolved_at: Option<DateTime<Utc>>, resolved_by: Option<UserId>, revision: i64, created_at: DateTime<Utc>,
]);
entity!(file, "file" => File, [id: FileId], [
    account_id: AccountId, name: String, media_type: String, size: i64, sha256: String, author_id: UserId,
    created_at: DateTime<Utc>,
]);
entity!(file_chunk, "file_chunk", [account_id: AccountId, file_id: FileId, number: i32], [content: Vec<u8>]);
entity!(attachment, "attachment" => Attachment, [id: AttachmentId], [
    account_id: AccountId, process_id: Option<ProcessId>, activity_id: Option<ActivityId>, title: String,
    url: Option<String>, file_id: Option<FileId>, created_by: UserId, created_at: DateTime<Utc>,
]);
entity!(share, "share" => Share, [id: ShareId], [
    account_id: AccountId, process_id: ProcessId, hash: Vec<u8>, shows: Doc<BTreeSet<ShareElement>>,
    expires_at: Option<DateTime<Utc>>, created_by: UserId, created_at: DateTime<Utc>,
]);
entity!(notification, "notification" => Notification, [id: NotificationId], [
    account_id: AccountId, user_id: UserId, kind: NotificationKind, entity: String, entity_id: Uuid,
    actor_id: UserId, note: String,
    read_at: Option<DateTime<Utc>>, created_at: DateTime<Utc>,
]);
entity!(form, "form" => Form, [id: FormId], [
    account_id: AccountId, organisation_id: Option<OrganisationId>, title: String, description: String,
    version: i32, published_version: Option<i32>, revision: i64, created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
]);
entity!(workflow, "workflow" => Workflow, [id: WorkflowId], [
    account_id: AccountId, organisation_id: Option<OrganisationId>, title: String, description: String,
    active: bool, external_start: bool, process_id: Option<ProcessId>, version: i32,
    published_version: Option<i32>, revision: i64, created_at: DateTime<Utc>, updated_at: DateTime<Utc>,
]);
entity!(version, "version", [document_id: Uuid, number: i32], [
    account_id: AccountId, document: String, note: String, author_id: UserId, created_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>, edition: Option<i32>, restored_from: Option<i32>, content: String,
]);
entity!(case, "case" => Case, [id: CaseId], [
    account_id: AccountId, organisation_id: OrganisationId, workflow_id: WorkflowId, workflow_version: i32,
    title: String, status: CaseStatus, starter_id: UserId, owner_id: UserId, revision: i64,
    created_at: DateTime<Utc>, updated_at: DateTime<Utc>, ended_at: Option<DateTime<Utc>>,
    anonymized_at: Option<DateTime<Utc>>, state: Doc<run::State>,
]);
entity!(case_party, "case_party", [case_id: CaseId, party_id: Uuid, part: String], [account_id: AccountId]);
entity!(task, "task" => Task, [id: TaskId], [
    account_id: AccountId, case_id: CaseId, organisation_id: OrganisationId, node: String, work: i64,
    name: String, form_id: Option<FormId>, form_version: Option<i32>, may_send_back: bool, status: TaskStatus,
    assignee_id: Option<UserId>, group_id: Option<GroupId>, draft: Option<Doc<Map<String, Json>>>,
    submission_id: Option<SubmissionId>, revision: i64, created_at: DateTime<Utc>, updated_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
]);
entity!(submission, "submission" => Submission, [id: SubmissionId], [
    account_id: AccountId, organisation_id: OrganisationId, form_id: FormId, form_version: i32,
    case_id: Option<CaseId>, author_id: UserId, values: Doc<Map<String, Json>>, revision: i64,
    created_at: DateTime<Utc>, updated_at: DateTime<Utc>, anonymized_at: Option<DateTime<Utc>>,
]);
entity!(event_chain, "event_chain", [account_id: AccountId], [sequence: i64, hash: Vec<u8>]);
entity!(event, "event", [account_id: AccountId, sequence: i64], [
    id: EventId, at: DateTime<Utc>, actor_id: Option<UserId>, on_behalf_of: Option<UserId>,
    token_id: Option<TokenId>, entity: String, entity_id: Uuid, subject_id: Option<Uuid>, kind: String,
    request_id: Option<String>, detail: String, commitment: Option<Vec<u8>>, hash: Vec<u8>,
]);
entity!(event_secret, "event_secret", [account_id: AccountId, sequence: i64], [salt: Vec<u8>, personal: String]);
entity!(idempotency, "idempotency", [account_id: AccountId, user_id: UserId, key: String], [
    fingerprint: Vec<u8>, request_id: String, answer: Option<String>, created_at: DateTime<Utc>,
]);
entity!(job, "job", [id: JobId], [
    account_id: AccountId, kind: String, key: String, payload: Doc<Json>, state: String,
    run_at: DateTime<Utc>, leased_until: Option<DateTime<Utc>>, attempts: i32, last_error: Option<String>,
    created_at: DateTime<Utc>,
]);
entity!(term, "term", [account_id: AccountId, term: String, entity_id: Uuid, field: String], [entity: String, shelf: Option<i32>]);
entity!(retention_rule, "retention_rule" => RetentionRule, [id: RetentionRuleId], [
    account_id: AccountId, name: String, applies_to: RetentionTarget, starts_at: RetentionStart, days: i32,
    active: bool, automatic: bool, revision: i64, created_at: DateTime<Utc>,
]);
entity!(anonymization_run, "anonymization_run" => AnonymizationRun, [id: AnonymizationRunId], [
    account_id: AccountId, status: RunStatus, started_by: Option<UserId>, counts: Doc<RunCounts>,
    receipt: Option<String>, revision: i64, created_at: DateTime<Utc>, ended_at: Option<DateTime<Utc>>,
]);
entity!(anonymization_target, "anonymization_target", [account_id: AccountId, run_id: AnonymizationRunId, entity_id: Uuid], [
    entity: TargetKind, rule_id: Option<RetentionRuleId>, done_at: Option<DateTime<Utc>>,
]);
