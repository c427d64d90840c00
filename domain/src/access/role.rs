//! Roles: the predefined ones with their default rights, and who may give what.

use serde::{Deserialize, Serialize};

use super::actor::{Actor, Coverage, Reach};
use super::record::Role;
use super::right::{Category, Right, RightSet};
use crate::id::OrganisationId;
use crate::{Fault, FaultKind, Language, Text, text};

/// The roles that every account has. Their rights can be edited and reset, but they cannot be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum PredefinedRole {
    /// Runs the account, across its organisations.
    SystemAdministrator,
    /// Runs one organisation and those below it.
    LocalAdministrator,
    /// What everyone in the account needs, and no more.
    Standard,
    /// Works on cases, without any administration.
    Employee,
    /// Comes from outside, known by MitID.
    ExternalMitidUser,
    /// Comes from outside, known by an e-mail address.
    ExternalEmailUser,
}

/// Where a role's rights hold for a user whose assignment does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum DefaultReach {
    /// In the whole account.
    Account,
    /// In the user's own organisation and those below it.
    OwnOrganisation,
}

/// What everyone has who signs in from outside.
const EXTERNAL: RightSet = RightSet::of(&[
    Right::UserSeeOwn,
    Right::HelpSee,
    Right::MessageSee,
    Right::SessionLogOut,
    Right::CaseStart,
    Right::CasePark,
    Right::CaseSearchOwn,
    Right::CaseSearchInvolved,
]);

const STANDARD: RightSet = EXTERNAL.union(RightSet::of(&[
    Right::ExportManageOwn,
    Right::FileBoxUse,
    Right::UserSearch,
    Right::SubstituteManageOwn,
    Right::SubmissionCreate,
]));

const EMPLOYEE: RightSet = STANDARD.union(RightSet::of(&[
    Right::AutotextUse,
    Right::StartLinkManage,
    Right::CaseStartForOthers,
    Right::CaseSearchGroups,
    Right::CaseSeeParallel,
    Right::CaseTakeOver,
]));

/// Attaching and editing data processors is left out: who else gets an organisation's data is decided above it. So are
/// the rights over shared templates and groups, and creating organisations.
const LOCAL_ADMINISTRATOR: RightSet = EMPLOYEE.union(RightSet::of(&[
    Right::CaseSearchAll,
    Right::CaseSeeHidden,
    Right::CaseSeeOverview,
    Right::CaseChangeOwner,
    Right::CaseDelete,
    Right::DeliveryTroubleshoot,
    Right::DeliveryRestart,
    Right::DeliveryStop,
    Right::AdminEnter,
    Right::ReportSeeLocal,
    Right::GroupManage,
    Right::TextManage,
    Right::CompanyManage,
    Right::RoleAssign,
    Right::FlowOverviewSee,
    Right::WorkflowEdit,
    Right::WorkflowDelete,
    Right::FormEdit,
    Right::FormDelete,
    Right::UserManageLocal,
    Right::OrganisationChangeSettings,
    Right::ValueListChange,
    Right::ValueListSee,
    Right::NoticeSee,
    Right::NoticeCreate,
    Right::GuideSee,
    Right::GuideCreate,
    Right::DeliveryAdminister,
    Right::DeliveryUseStandard,
]));

impl Role {
    /// Where it holds for a user of this organisation when nobody says: in that, with all below it, or, answering none, in
    /// the whole account.
    #[must_use]
    pub fn usual_place(&self, organisation: OrganisationId) -> Option<OrganisationId> {
        let predefined = PredefinedRole::from_api_name(&self.api_name);
        match predefined.map_or(DefaultReach::OwnOrganisation, PredefinedRole::default_reach) {
            DefaultReach::Account => None,
            DefaultReach::OwnOrganisation => Some(organisation),
        }
    }
}

impl PredefinedRole {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::SystemAdministrator,
        Self::LocalAdministrator,
        Self::Standard,
        Self::Employee,
        Self::ExternalMitidUser,
        Self::ExternalEmailUser,
    ];

    /// The unique name that the API knows it by.
    #[must_use]
    pub const fn api_name(self) -> &'static str {
        match self {
            Self::SystemAdministrator => "system_administrator",
            Self::LocalAdministrator => "local_administrator",
            Self::Standard => "standard",
            Self::Employee => "employee",
            Self::ExternalMitidUser => "external_mitid_user",
            Self::ExternalEmailUser => "external_email_user",
        }
    }

    /// The role of this API name, if it is a predefined one.
    #[must_use]
    pub fn from_api_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.api_name() == name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> Text {
        match self {
            Self::SystemAdministrator => {
                Text::fixed("Systemadministrator", "Systemadministratör", "System administrator")
            }
            Self::LocalAdministrator => {
                Text::fixed("Lokal administrator", "Lokal administratör", "Local administrator")
            }
            Self::Standard => Text::fixed("Standard", "Standard", "Standard"),
            Self::Employee => Text::fixed("Medarbejder", "Medarbetare", "Employee"),
            Self::ExternalMitidUser => {
                Text::fixed("Ekstern MitID-bruger", "Extern MitID-användare", "External MitID user")
            }
            Self::ExternalEmailUser => {
                Text::fixed("Ekstern e-mailbruger", "Extern e-postanvändare", "External e-mail user")
            }
        }
    }

    /// Who it is for.
    #[must_use]
    pub const fn description(self) -> Text {
        match self {
            Self::SystemAdministrator => Text::fixed(
                "Driver kontoen på tværs af organisationer.",
                "Sköter kontot över alla organisationer.",
                "Runs the account across organisations.",
            ),
            Self::LocalAdministrator => Text::fixed(
                "Driver egen organisation og dem under den: lokale skabeloner, grupper og brugere.",
                "Sköter sin organisation och dem under den: lokala mallar, grupper och användare.",
                "Runs their own organisation and those below: local templates, groups and users.",
            ),
            Self::Standard => Text::fixed(
                "Det, alle i kontoen har brug for: starte sager og følge egne.",
                "Det som alla i kontot behöver: starta ärenden och följa egna.",
                "What everyone in the account needs: start cases and follow their own.",
            ),
            Self::Employee => Text::fixed(
                "Behandler egne sager, sine rettighedsgruppers og dem, man er stedfortræder for.",
                "Handlägger egna ärenden, sina rättighetsgruppers och dem man är ersättare för.",
                "Handles their own cases, their rights groups', and those of people they stand in for.",
            ),
            Self::ExternalMitidUser | Self::ExternalEmailUser => Text::fixed(
                "Starter arbejdsgange, som er åbne for eksterne, og ser kun de sager, man har deltaget i.",
                "Startar arbetsflöden som är öppna för externa och ser bara ärenden som man har deltagit i.",
                "Starts workflows that are open to external people, and sees only cases they were part of.",
            ),
        }
    }

    /// The rights it has until someone edits them, and again when it is reset.
    ///
    /// A system administrator has all but the account owner's own, and reading secure records, which is given to
    /// those who need it form by form.
    #[must_use]
    pub fn default_rights(self) -> RightSet {
        match self {
            Self::SystemAdministrator => RightSet::ALL
                .difference(RightSet::of_category(Category::AccountOwner))
                .difference(RightSet::of(&[Right::SecureRecordRead])),
            Self::LocalAdministrator => LOCAL_ADMINISTRATOR,
            Self::Standard => STANDARD,
            Self::Employee => EMPLOYEE,
            Self::ExternalMitidUser | Self::ExternalEmailUser => EXTERNAL,
        }
    }

    /// Where they hold unless the assignment says otherwise.
    #[must_use]
    pub const fn default_reach(self) -> DefaultReach {
        match self {
            Self::SystemAdministrator => DefaultReach::Account,
            _ => DefaultReach::OwnOrganisation,
        }
    }
}

/// An API name made of a role's name: `snake_case`, in ASCII letters and digits, at most 90 characters. A name without any
/// becomes `role`.
#[must_use]
pub fn api_name_of(name: &str) -> String {
    let mut made = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => made.push(letter),
            'æ' | 'ä' => made.push_str("ae"),
            'ø' | 'ö' => made.push_str("oe"),
            'å' => made.push_str("aa"),
            'é' => made.push('e'),
            'ü' => made.push('u'),
            _ if made.is_empty() || made.ends_with('_') => {}
            _ => made.push('_'),
        }
    }
    made.truncate(90); // all of it is ASCII
    let made = made.trim_end_matches('_');
    match made.chars().next() {
        None => "role".to_owned(),
        Some('0'..='9') => format!("role_{made}"),
        Some(_) => made.to_owned(),
    }
}

/// The eleven fixed permission groups: each is account-wide, gives one right, and goes by its code and description.
#[must_use]
pub fn permission_groups() -> RightSet {
    RightSet::of_category(Category::AccountPermissionGroups)
}

/// Whether the actor may give these rights there, by a role, a permission group or a token: nobody gives what they do
/// not hold in all of that reach. Their own licence does not matter, since seats limit use and not trust.
///
/// That they may give roles at all is asked apart, by [`super::authorize`].
///
/// # Errors
/// `rights_not_held`, naming every right that the actor lacks there.
pub fn may_give(actor: &Actor, rights: RightSet, reach: &Reach) -> Result<(), Fault> {
    let lacking: Vec<Right> = rights
        .iter()
        .filter(|right| !actor.covered(*right).is_some_and(|coverage| coverage.includes(reach, *right)))
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let names = |language| {
        let each = lacking.iter().map(|right| right.description().in_language(language).to_owned());
        each.collect::<Vec<_>>().join("; ")
    };
    let (da, sv, en) = (names(Language::Da), names(Language::Sv), names(Language::En));
    let text = text!(
        "Du kan ikke give rettigheder, som du ikke selv har dér: {da}. Lad dem ude, eller bed en, der har dem.",
        "Du kan inte ge rättigheter som du inte själv har där: {sv}. Utelämna dem eller be någon som har dem.",
        "You cannot give rights that you do not hold there yourself: {en}. Leave them out, or ask someone who has them."
    );
    let missing_rights = lacking.iter().map(|right| right.code()).collect();
    Err(Fault { missing_rights, ..Fault::new(FaultKind::Forbidden, "rights_not_held", text) })
}

impl Coverage {
    /// Whether a grant of the right with this reach would hold only where this covers.
    fn includes(&self, reach: &Reach, right: Right) -> bool {
        if self.account || Right::SHARED_ONLY.contains(right) {
            return true;
        }
        match reach {
            Reach::Account => false,
            Reach::Organisations(ids) => ids.is_subset(&self.organisations),
            Reach::ProcessGroups(ids) => ids.is_subset(&self.process_groups),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_name_is_made_of_any_name() {
        let (long, cut) = ("å".repeat(200), "a".repeat(90));
        let cases = [
            ("Økonomi & løn", "oekonomi_loen"),
            ("  HR  ", "hr"),
            ("2. linje", "role_2_linje"),
            ("日本", "role"),
            (long.as_str(), cut.as_str()),
        ];
        for (name, expected) in cases {
            assert_eq!(api_name_of(name), expected, "{name}");
        }
    }
}
