//! The kinds of thing that events are about.

use serde::{Deserialize, Serialize};

macro_rules! entity_kinds {
    ($($(#[$doc:meta])* $variant:ident => $name:literal),+ $(,)?) => {
        /// The kind of thing that an event is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
        #[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
        #[serde(rename_all = "snake_case")]
        pub enum EntityKind {
            $($(#[$doc])* $variant),+
        }

        impl EntityKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name on the wire and in tables.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }

        impl std::str::FromStr for EntityKind {
            type Err = UnknownEntityKind;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(UnknownEntityKind),
                }
            }
        }
    };
}

/// A name that no entity kind has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such kind of entity")]
pub struct UnknownEntityKind;

entity_kinds! {
    /// A tenant.
    Account => "account",
    /// A unit in the account's tree.
    Organisation => "organisation",
    /// A person who uses Styr.
    User => "user",
    /// A substitute: one user who handles another's tasks for a while.
    Substitute => "substitute",
    /// An import of users.
    UserImport => "user_import",
    /// A rights group.
    Group => "group",
    /// An API token.
    Token => "token",
    /// A role.
    Role => "role",
    /// One giving of a role to a user.
    RoleAssignment => "role_assignment",
    /// A permission group.
    PermissionGroup => "permission_group",
    /// A profile: what a person can see.
    Profile => "profile",
    /// A process group.
    ProcessGroup => "process_group",
    /// A process.
    Process => "process",
    /// A comment on a process or activity.
    Comment => "comment",
    /// An activity that processes share.
    Activity => "activity",
    /// A file or link on a process or activity.
    Attachment => "attachment",
    /// A link by which anybody reads a process.
    Share => "share",
    /// A part that somebody has in a process.
    ProcessPerson => "process_person",
    /// A job function from the account's library.
    ProcessRole => "process_role",
    /// A label from the account's library.
    Label => "label",
    /// A component from the account's library.
    Component => "component",
    /// A drawing of the landscape.
    Drawing => "drawing",
    /// A form template.
    Form => "form",
    /// A filled-in form.
    Submission => "submission",
    /// A value list.
    ValueList => "value_list",
    /// A standard text or autotext.
    Text => "text",
    /// A guide.
    Guide => "guide",
    /// A duty-of-information notice.
    Notice => "notice",
    /// A category.
    Category => "category",
    /// A key that encrypts fields.
    EncryptionKey => "encryption_key",
    /// A file.
    File => "file",
    /// A workflow template.
    Workflow => "workflow",
    /// One run of a workflow.
    Case => "case",
    /// A step of a case that waits for a person.
    Task => "task",
    /// A sending of a case's data to another system.
    Delivery => "delivery",
    /// A way to another system.
    Connection => "connection",
    /// A search kept for later.
    SavedSearch => "saved_search",
    /// A link that starts a case.
    StartLink => "start_link",
    /// A template for mail, receipt page or error page.
    Template => "template",
    /// A message from administrators to users.
    Message => "message",
    /// A kind of record.
    RecordKind => "record_kind",
    /// A record that another system keeps in Styr.
    Record => "record",
    /// A retention rule.
    RetentionRule => "retention_rule",
    /// An anonymization run.
    AnonymizationRun => "anonymization_run",
    /// A search for a person's data.
    PersonSearch => "person_search",
    /// A data subject's request.
    SubjectRequest => "subject_request",
    /// A legal hold.
    LegalHold => "legal_hold",
    /// A personal data incident.
    Incident => "incident",
    /// An entry in the records of processing.
    ProcessingActivity => "processing_activity",
    /// A data processor.
    DataProcessor => "data_processor",
    /// A webhook.
    Webhook => "webhook",
    /// A background job.
    Job => "job",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_the_wire_use_the_same_names() {
        for &kind in EntityKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!("Process".parse::<EntityKind>(), Err(UnknownEntityKind));
    }
}
