//! What a right is, and sets of rights.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use super::catalogue::{Right, of};
use crate::{Fault, Text, Violation, text};

/// Writes the catalogue down once: the enum, its wire names, its descriptions, and the markers in [`of`].
macro_rules! rights {
    ($($category:ident: { $($name:ident $code:tt $da:tt $sv:tt $en:tt;)+ })+) => {
        /// One named permission from the fixed catalogue. Its code is stable; its position is not, so never
        /// store the number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
        #[repr(u8)]
        pub enum Right {
            $($(
                #[doc = $en]
                #[serde(rename = $code)]
                #[cfg_attr(feature = "poem", oai(rename = $code))]
                $name,
            )+)+
        }

        impl Right {
            /// The whole catalogue, in its order.
            pub const ALL: &'static [Self] = &[$($(Self::$name),+),+];

            /// The stable code, `area.verb_object`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $($(Self::$name => $code),+),+ }
            }

            /// Where in the catalogue it stands.
            #[must_use]
            pub const fn category(self) -> Category {
                match self { $($(Self::$name)|+ => Category::$category),+ }
            }

            /// What it lets one do.
            #[must_use]
            pub const fn description(self) -> $crate::Text {
                match self { $($(Self::$name => $crate::Text::fixed($da, $sv, $en)),+),+ }
            }
        }

        /// One type for each right, of the same name, to say at compile time what an operation requires.
        pub mod of {
            $($(
                #[doc = $en]
                #[derive(Debug)]
                pub enum $name {}

                impl super::super::right::Single for $name {
                    const RIGHT: super::Right = super::Right::$name;
                }

                impl super::super::right::Requirement for $name {
                    const ANY_OF: &'static [super::Right] = &[super::Right::$name];
                }
            )+)+
        }
    };
}
pub(super) use rights;

/// Every right has a bit in a [`RightSet`].
const _: () = assert!(Right::ALL.len() <= 256);

/// The part of Styr that a right belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What people do from day to day.
    User,
    /// Administration; every right of it also needs [`Right::AdminEnter`].
    Admin,
    /// The account as a whole.
    Account,
    /// Data protection.
    Privacy,
}

/// Where in the catalogue a right stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// User part: general.
    UserGeneral,
    /// User part: cases, tasks and submissions.
    UserCases,
    /// User part: reading and working in processes and templates.
    UserProcesses,
    /// User part: deliveries.
    UserDeliveries,
    /// Admin part: general.
    AdminGeneral,
    /// Admin part: workflow and form templates.
    AdminTemplates,
    /// Admin part: organisations and their users.
    AdminOrganisation,
    /// Admin part: texts and lists.
    AdminTextsAndLists,
    /// Admin part: deliveries.
    AdminDeliveries,
    /// Account part: what the eleven fixed permission groups give, one each.
    AccountPermissionGroups,
    /// Account part: how other systems reach in and out.
    AccountIntegration,
    /// Account part: the account owner's.
    AccountOwner,
    /// Privacy part.
    Privacy,
}

impl Category {
    /// The part it belongs to.
    #[must_use]
    pub const fn part(self) -> Part {
        match self {
            Self::UserGeneral | Self::UserCases | Self::UserProcesses | Self::UserDeliveries => Part::User,
            Self::AdminGeneral
            | Self::AdminTemplates
            | Self::AdminOrganisation
            | Self::AdminTextsAndLists
            | Self::AdminDeliveries => Part::Admin,
            Self::AccountPermissionGroups | Self::AccountIntegration | Self::AccountOwner => Part::Account,
            Self::Privacy => Part::Privacy,
        }
    }
}

/// What a user's seat in the account lets them do at most; each level includes the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Licence {
    /// Sees, and comments on what is seen.
    Starter,
    /// Also starts cases and completes tasks.
    #[default]
    Basic,
    /// Also makes and edits processes and their libraries, and sets up tasks.
    Pro,
}

impl Right {
    /// What every user of the account may do without a role, as far as a token's scopes and the licence go: what
    /// the rules on the thing itself (its owner, editors, assignee, state) open to them.
    pub const COMMON: RightSet = RightSet::of(&[
        Self::ProcessSee,
        Self::ProcessComment,
        Self::ProcessEdit,
        Self::ProcessSetUpTasks,
        Self::TaskWork,
        Self::FormSee,
        Self::WorkflowSee,
    ]);

    /// The part of [`Right::COMMON`] that external users have: they see no processes.
    pub const COMMON_EXTERNAL: RightSet = RightSet::of(&[Self::TaskWork, Self::FormSee, Self::WorkflowSee]);

    /// Rights over what one organisation owns; they never hold for what is shared.
    pub const LOCAL_ONLY: RightSet = RightSet::of(&[
        Self::GroupManage,
        Self::WorkflowEdit,
        Self::WorkflowDelete,
        Self::FormEdit,
        Self::FormDelete,
        Self::UserManageLocal,
    ]);

    /// Rights over what is shared; they never hold for what one organisation owns. What they speak of lies in no
    /// organisation, so that they hold in the whole account wherever they were given.
    pub const SHARED_ONLY: RightSet = RightSet::of(&[
        Self::GroupManageShared,
        Self::WorkflowCreateShared,
        Self::WorkflowEditShared,
        Self::FormCreateShared,
        Self::FormEditShared,
    ]);

    /// Rights to see and use, not to change, that hold for what is shared wherever they were given: shared things are
    /// there for every organisation's use.
    pub const USE_SHARED: RightSet = RightSet::of(&[
        Self::AdminEnter,
        Self::AutotextUse,
        Self::CasePark,
        Self::CaseSeeOverview,
        Self::CaseStart,
        Self::CaseStartByPersonNumber,
        Self::CaseStartForOthers,
        Self::DeliveryUseStandard,
        Self::ExportManageOwn,
        Self::FileBoxUse,
        Self::GuideSee,
        Self::HelpSee,
        Self::LookupEmployment,
        Self::LookupPerson,
        Self::LookupServiceNumber,
        Self::MessageReceiveAdmin,
        Self::MessageSee,
        Self::NoticeSee,
        Self::SessionLogOut,
        Self::StartLinkManage,
        Self::SubmissionCreate,
        Self::SubstituteManageOwn,
        Self::UserSeeOwn,
        Self::ValueListSee,
    ]);

    /// Rights over the landscape, which a permission group may limit to branches of it.
    pub const LANDSCAPE: RightSet = RightSet::of(&[Self::ProcessCreate, Self::ProcessManageAll]);

    const NEED_PRO: RightSet = RightSet::of(&[
        Self::ProcessCreate,
        Self::ProcessEdit,
        Self::ProcessManageAll,
        Self::ProcessSetUpTasks,
        Self::ProcessRoleManage,
        Self::DrawingManage,
        Self::ComponentManage,
        Self::LabelManage,
        Self::AccountCopyFrom,
    ]);

    const NEED_BASIC: RightSet = RightSet::of(&[
        Self::TaskWork,
        Self::CaseStart,
        Self::CaseStartForOthers,
        Self::CaseStartByPersonNumber,
        Self::CasePark,
        Self::CaseTakeOver,
        Self::CaseChangeOwner,
        Self::CaseDelete,
        Self::SubmissionCreate,
        Self::SubmissionChange,
        Self::SubmissionDelete,
        Self::StartLinkManage,
        Self::DeliveryRestart,
        Self::DeliveryStop,
    ]);

    /// The part it belongs to.
    #[must_use]
    pub const fn part(self) -> Part {
        self.category().part()
    }

    /// The least licence that lets an internal user make use of it.
    #[must_use]
    pub const fn licence(self) -> Licence {
        if Self::NEED_PRO.contains(self) {
            Licence::Pro
        } else if Self::NEED_BASIC.contains(self) {
            Licence::Basic
        } else {
            Licence::Starter
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A code that names no right of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no right {0:?}")]
pub struct UnknownRight(pub String);

impl FromStr for Right {
    type Err = UnknownRight;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|right| right.code() == code);
        found.copied().ok_or_else(|| UnknownRight(code.chars().take(100).collect()))
    }
}

impl TryFrom<&str> for Right {
    type Error = UnknownRight;

    fn try_from(code: &str) -> Result<Self, Self::Error> {
        code.parse()
    }
}

/// A set of rights. On the wire and in tables it is a list of codes in the catalogue's order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RightSet([u128; 2]);

impl RightSet {
    /// No right.
    pub const EMPTY: Self = Self([0; 2]);

    /// Every right of the catalogue.
    pub const ALL: Self = Self::of(Right::ALL);

    /// The set of these rights.
    #[must_use]
    pub const fn of(rights: &[Right]) -> Self {
        let mut set = Self::EMPTY;
        let mut i = 0;
        while i < rights.len() {
            set.insert(rights[i]);
            i += 1;
        }
        set
    }

    /// The set of all rights of one category.
    #[must_use]
    pub fn of_category(category: Category) -> Self {
        Right::ALL.iter().copied().filter(|right| right.category() == category).collect()
    }

    /// The set of all rights of one part.
    #[must_use]
    pub fn of_part(part: Part) -> Self {
        Right::ALL.iter().copied().filter(|right| right.part() == part).collect()
    }

    /// The set that these codes name; every code that names no right is a violation at `{pointer}/{index}`.
    pub fn from_codes<'a>(
        codes: impl IntoIterator<Item = &'a str>,
        pointer: &str,
    ) -> Result<Self, Vec<Violation>> {
        let (mut rights, mut violations) = (Self::EMPTY, Vec::new());
        for (index, code) in codes.into_iter().enumerate() {
            match code.parse::<Right>() {
                Ok(right) => rights.insert(right),
                Err(UnknownRight(code)) => {
                    let text = text!(
                        "Der er ingen rettighed »{code}«. Vælg fra listen på /v1/rights.",
                        "Det finns ingen rättighet ”{code}”. Välj ur listan på /v1/rights.",
                        "There is no right \"{code}\". Choose from the list at /v1/rights."
                    );
                    violations.push(Violation::at(format!("{pointer}/{index}"), "unknown_right", text));
                }
            }
        }
        if violations.is_empty() { Ok(rights) } else { Err(violations) }
    }

    /// The set that these stored codes name. Unknown ones give nothing: during an upgrade an older replica may read
    /// a newer right.
    #[must_use]
    pub fn from_stored_codes<'a>(codes: impl IntoIterator<Item = &'a str>) -> Self {
        codes.into_iter().filter_map(|code| code.parse::<Right>().ok()).collect()
    }

    /// The codes, in the catalogue's order.
    #[must_use]
    pub fn codes(self) -> Vec<&'static str> {
        self.iter().map(Right::code).collect()
    }

    /// Adds a right.
    pub const fn insert(&mut self, right: Right) {
        self.0[right as usize / 128] |= 1 << (right as usize % 128);
    }

    /// Whether the right is in it.
    #[must_use]
    pub const fn contains(self, right: Right) -> bool {
        self.0[right as usize / 128] & (1 << (right as usize % 128)) != 0
    }

    /// Whether every right of this set is in the other.
    #[must_use]
    pub const fn is_subset(self, other: Self) -> bool {
        self.difference(other).is_empty()
    }

    /// Whether it is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0[0] | self.0[1] == 0
    }

    /// How many rights it holds.
    #[must_use]
    pub const fn len(self) -> usize {
        (self.0[0].count_ones() + self.0[1].count_ones()) as usize
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self([self.0[0] | other.0[0], self.0[1] | other.0[1]])
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self([self.0[0] & other.0[0], self.0[1] & other.0[1]])
    }

    /// What is in this but not in the other.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self([self.0[0] & !other.0[0], self.0[1] & !other.0[1]])
    }

    /// The rights, in the catalogue's order.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.contains(*right))
    }
}

impl FromIterator<Right> for RightSet {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        let mut set = Self::EMPTY;
        rights.into_iter().for_each(|right| set.insert(right));
        set
    }
}

impl fmt::Debug for RightSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.codes()).finish()
    }
}

impl Serialize for RightSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for RightSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let codes = Vec::<String>::deserialize(deserializer)?;
        Ok(Self::from_stored_codes(codes.iter().map(String::as_str)))
    }
}

/// What an operation asks of its caller: any one of these rights, somewhere. Named as a type, so that the check, the
/// proof and the API's document cannot disagree.
pub trait Requirement: Send + Sync + 'static {
    /// The rights, any of which suffices. Empty: being signed in suffices.
    const ANY_OF: &'static [Right];
    /// Whether it is met although everything is locked down to the caller.
    const IN_LOCKDOWN: bool = false;
}

/// A requirement of exactly one right: the types in [`of`].
pub trait Single: Requirement {
    /// The right.
    const RIGHT: Right;
}

/// The requirement that any caller of the account meets.
#[derive(Debug)]
pub enum SignedIn {}

impl Requirement for SignedIn {
    const ANY_OF: &'static [Right] = &[];
}

/// The requirement that any caller of the account meets, whom a lockdown keeps out too: for asking who one is and why one
/// is kept out.
#[derive(Debug)]
pub enum LockedOut {}

impl Requirement for LockedOut {
    const ANY_OF: &'static [Right] = &[];
    const IN_LOCKDOWN: bool = true;
}

macro_rules! any_of {
    ($($name:ident),+) => {
        impl<$($name: Single),+> Requirement for ($($name,)+) {
            const ANY_OF: &'static [Right] = &[$($name::RIGHT),+];
        }
    };
}
any_of!(A, B);
any_of!(A, B, C);
any_of!(A, B, C, D);
any_of!(A, B, C, D, E);
any_of!(A, B, C, D, E, F);

impl Fault {
    /// The caller may see this but not do it, for want of one of these rights.
    #[must_use]
    pub fn forbidden(missing: &[Right], text: Text) -> Self {
        let missing_rights = missing.iter().map(|right| right.code()).collect();
        Self { missing_rights, ..Self::new(crate::FaultKind::Forbidden, "forbidden", text) }
    }
}
