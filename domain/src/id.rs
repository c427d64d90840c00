//! Ids: one type for each kind of thing, so that they cannot be mixed up. All are UUIDv7 (RFC 9562).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "poem", derive(poem_openapi::NewType))]
        #[cfg_attr(feature = "sea-orm", derive(sea_orm::DeriveValueType))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        #[cfg(feature = "sea-orm")]
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

ids! {
    /// A tenant.
    AccountId,
    /// A key that encrypts an account's fields.
    AccountKeyId,
    /// An activity that processes share.
    ActivityId,
    /// A file or link on a process or activity.
    AttachmentId,
    /// One giving of a role to a user.
    AssignmentId,
    /// An anonymization run.
    AnonymizationRunId,
    /// One run of a workflow.
    CaseId,
    /// A comment on a process.
    CommentId,
    /// A component from the account's library.
    ComponentId,
    /// A drawing of the landscape.
    DrawingId,
    /// An event.
    EventId,
    /// A file.
    FileId,
    /// A form template.
    FormId,
    /// A rights group: users that tasks are routed to.
    GroupId,
    /// A background job.
    JobId,
    /// A label from the account's library.
    LabelId,
    /// Something that a user is told.
    NotificationId,
    /// A unit in an account's tree.
    OrganisationId,
    /// A permission group: users who hold some of the account's administrative rights.
    PermissionGroupId,
    /// A process.
    ProcessId,
    /// A process group, a branch of the landscape.
    ProcessGroupId,
    /// A part that a user has in a process.
    ProcessPersonId,
    /// A job function from the account's library.
    ProcessRoleId,
    /// A profile: what of the landscape a user sees.
    ProfileId,
    /// A retention rule.
    RetentionRuleId,
    /// A link by which anybody reads a process.
    ShareId,
    /// A substitute: one user who handles another's tasks for a while.
    SubstituteId,
    /// A role: a named bundle of rights.
    RoleId,
    /// One filled-in form.
    SubmissionId,
    /// A step of a case that waits for a person.
    TaskId,
    /// An API token.
    TokenId,
    /// A user.
    UserId,
    /// An import of users.
    UserImportId,
    /// A workflow template.
    WorkflowId,
}
