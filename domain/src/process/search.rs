//! What the search of the landscape finds, and by which of its fields.

use serde::{Deserialize, Serialize};

use crate::event::EntityKind;

macro_rules! search_kinds {
    ($($(#[$doc:meta])* $kind:ident),+ $(,)?) => {
        /// The kind of thing that a search of the landscape finds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
        #[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
        #[serde(rename_all = "snake_case")]
        pub enum SearchKind {
            $($(#[$doc])* $kind),+
        }

        impl SearchKind {
            /// All of them, as a search lists them.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// What events and tables call it.
            #[must_use]
            pub const fn entity(self) -> EntityKind {
                match self {
                    $(Self::$kind => EntityKind::$kind),+
                }
            }
        }
    };
}

search_kinds! {
    /// A process group.
    ProcessGroup,
    /// A process.
    Process,
    /// An activity.
    Activity,
    /// A process role.
    ProcessRole,
    /// A label.
    Label,
    /// A component.
    Component,
    /// A file or link on a process or an activity.
    Attachment,
    /// A comment on a process.
    Comment,
}

/// Where a search looks, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shelf {
    /// Titles, names and codes.
    Title = 1,
    /// All other text.
    Text = 2,
    /// The words of a process's flow that are not in force, for those who may edit it.
    Draft = 3,
}

impl Shelf {
    /// All of them, in order.
    pub const ALL: &[Self] = &[Self::Title, Self::Text, Self::Draft];

    /// The shelf on which a field of a thing lies; none when the search of the landscape does not look there.
    #[must_use]
    pub fn of(entity: EntityKind, field: &str) -> Option<Self> {
        SearchKind::ALL.iter().find(|kind| kind.entity() == entity)?;
        match field {
            "note" => None,
            "title" | "name" | "code" => Some(Self::Title),
            DRAFT => Some(Self::Draft),
            _ => Some(Self::Text),
        }
    }
}

/// The field of a process that holds the names in its flow in force, or in its newest while none is.
pub const FLOW: &str = "flow";
/// The field of a process that holds the names in its newest flow while another is in force.
pub const DRAFT: &str = "draft";
