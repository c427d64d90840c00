//! What a file of users would change.

mod change;
mod lookup;
mod roles;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use self::change::{differences, told};
use self::lookup::Organisations;
use super::fault::Faults;
use super::file::{Column, Person, UserFile};
use super::record::ImportCounts;
use crate::access::{
    Actor, Coverage, Permit, Provenance, Reach, Right, Role, RoleAssignment, authorize_anywhere, of,
};
use crate::account::Organisation;
use crate::id::{OrganisationId, UserId};
use crate::user::User;
use crate::{Fault, FaultKind, Text, text};

pub use change::{ImportAction, ImportChange, ImportReason};

/// Who and what is there before an import.
#[derive(Debug, Clone, Default)]
pub struct Present {
    /// At least: the active users who came by an import, and whoever has a key or an e-mail address of the file.
    pub users: Vec<User>,
    /// All roles that those users have, expired ones too.
    pub assignments: Vec<RoleAssignment>,
    /// All roles of the account.
    pub roles: Vec<Role>,
    /// All its organisations.
    pub organisations: Vec<Organisation>,
}

/// How an import is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The time of the import.
    pub now: DateTime<Utc>,
    /// How much of those who came by imports may be deactivated, in percent, 0 to 100.
    pub max_deactivated_percent: u8,
}

/// What an import changes. All of it lies within the caller's reach, and what is saved is saved with the permit in it.
#[derive(Debug)]
pub struct Plan {
    /// The permit to save it.
    pub permit: Permit<of::UserImport>,
    /// The organisations within the caller's reach; none for the whole account.
    pub reached: Option<BTreeSet<OrganisationId>>,
    /// Users who are new.
    pub added: Vec<User>,
    /// Users of whom something changes, before and after.
    pub changed: Vec<(User, User)>,
    /// Users who are active again, before and after.
    pub reactivated: Vec<(User, User)>,
    /// Users who are active no more, before and after.
    pub deactivated: Vec<(User, User)>,
    /// Users whose e-mail address another one gets, and who get another themselves.
    pub email_passed_on: Vec<UserId>,
    /// Roles given.
    pub roles_given: Vec<RoleAssignment>,
    /// Roles whose end or provenance changes, before and after.
    pub roles_changed: Vec<(RoleAssignment, RoleAssignment)>,
    /// Roles taken.
    pub roles_taken: Vec<RoleAssignment>,
    /// Each change for people to read, the most important kinds first, in the file's order within a kind.
    pub changes: Vec<ImportChange>,
    /// How many there are of each.
    pub counts: ImportCounts,
}

/// An e-mail address as addresses are compared: without regard to case.
#[must_use]
pub fn email_key(email: &str) -> String {
    email.to_lowercase()
}

/// Compares a file with who is there.
///
/// Who a line is about: the user with its `external_id`, or else one without any who has its e-mail address. They, and
/// where they go, must lie where the actor holds [`Right::UserImport`]. A user who came by an import, lies there, is active
/// and is not in the file is deactivated; one made by hand or provisioned by a directory never is for that, the owner
/// never at all, and whether a directory's user is active only the directory says. Who is anonymized is nobody's match.
///
/// With the column `roles`, the roles of the file's people become exactly the file's, as far as they hold within the
/// actor's reach. That takes no right but [`Right::UserImport`], where the user lies and where the role is to hold; but
/// nobody gives a role by a file whose rights they do not hold there themselves, as by hand.
///
/// `reach` says where a role holds that was given in an organisation, or in none; `new_id` makes ids.
///
/// # Errors
/// `invalid` for organisations and roles that are not there and addresses that others have; `forbidden` and
/// `rights_not_held` for what the actor may not do; each with the lines.
pub fn plan(
    actor: &Actor,
    file: &UserFile,
    present: &Present,
    settings: Settings,
    reach: &dyn Fn(Option<OrganisationId>) -> Reach,
    new_id: &mut dyn FnMut() -> Uuid,
) -> Result<Plan, Fault> {
    let permit = authorize_anywhere::<of::UserImport>(actor)?;
    let coverage = actor.reach(Right::UserImport).unwrap_or_default();
    let everywhere = coverage.account && coverage.closed.is_empty();
    let covered = present.organisations.iter().map(|each| each.id).filter(|id| coverage.covers(Some(*id)));
    let reached = (!everywhere).then(|| covered.collect());
    let mut planner = Planner {
        actor,
        file,
        settings,
        coverage,
        organisations: Organisations::of(&present.organisations),
        users: Users::of(&present.users, file),
        roles: roles::Roles::of(present, reach),
        new_id,
        faults: Faults::default(),
        denied: Denied::default(),
        plan: Plan {
            permit,
            reached,
            added: Vec::new(),
            changed: Vec::new(),
            reactivated: Vec::new(),
            deactivated: Vec::new(),
            email_passed_on: Vec::new(),
            roles_given: Vec::new(),
            roles_changed: Vec::new(),
            roles_taken: Vec::new(),
            changes: Vec::new(),
            counts: ImportCounts::default(),
        },
    };
    for person in &file.people {
        planner.person(person);
    }
    planner.leavers(&present.users);
    planner.finish()
}

/// The users who are there, by what they are known by.
struct Users<'a> {
    by_external_id: HashMap<&'a str, &'a User>,
    by_email: HashMap<String, &'a User>,
    /// Those whom a directory knows by a user name, which no other may have as an address.
    by_user_name: HashMap<String, &'a User>,
    /// Whom the file has, by id, each with the address that they get.
    matched: HashMap<UserId, &'a str>,
}

impl<'a> Users<'a> {
    fn of(users: &'a [User], file: &'a UserFile) -> Self {
        let known = || users.iter().filter(|user| user.anonymized_at.is_none());
        let by_external_id = known().filter_map(|user| Some((user.external_id.as_deref()?, user))).collect();
        let by_email = known().filter_map(|user| Some((email_key(user.email.as_deref()?), user))).collect();
        let by_user_name =
            known().filter_map(|user| Some((email_key(user.user_name.as_deref()?), user))).collect();
        let mut users = Self { by_external_id, by_email, by_user_name, matched: HashMap::new() };
        let matched =
            file.people.iter().filter_map(|person| Some((users.of_person(person)?.id, &*person.email)));
        users.matched = matched.collect();
        users
    }

    /// Whom a line is about.
    fn of_person(&self, person: &Person) -> Option<&'a User> {
        let by_email = || {
            let user = self.by_email.get(&email_key(&person.email)).copied();
            user.filter(|user| user.external_id.is_none())
        };
        self.by_external_id.get(&*person.external_id).copied().or_else(by_email)
    }

    /// Who has the person's address now, where that is not `user` themself.
    fn holder(&self, person: &Person, user: Option<&User>) -> Option<&'a User> {
        Self::other(self.by_email.get(&email_key(&person.email)), user)
    }

    /// Whom a directory knows by the person's address, where that is not `user` themself.
    fn named_so(&self, person: &Person, user: Option<&User>) -> Option<&'a User> {
        Self::other(self.by_user_name.get(&email_key(&person.email)), user)
    }

    fn other(found: Option<&&'a User>, user: Option<&User>) -> Option<&'a User> {
        found.copied().filter(|found| user.is_none_or(|user| user.id != found.id))
    }
}

/// What the actor may not do.
#[derive(Default)]
struct Denied {
    faults: Faults,
    out_of_reach: bool,
    missing: BTreeSet<&'static str>,
}

struct Planner<'a> {
    actor: &'a Actor,
    file: &'a UserFile,
    settings: Settings,
    coverage: Coverage,
    organisations: Organisations<'a>,
    users: Users<'a>,
    roles: roles::Roles<'a>,
    new_id: &'a mut dyn FnMut() -> Uuid,
    faults: Faults,
    denied: Denied,
    plan: Plan,
}

impl Planner<'_> {
    /// Whether a place is within the actor's reach; none is the account as a whole.
    fn covers(&self, place: Option<OrganisationId>) -> bool {
        if place.is_some() { self.coverage.covers(place) } else { self.coverage.account }
    }

    fn out_of_reach(&mut self, line: u64, column: Column) {
        self.denied.out_of_reach = true;
        self.denied.missing.insert(Right::UserImport.code());
        self.denied.faults.at(line, column.name(), "out_of_reach", OUT_OF_REACH);
    }

    fn person(&mut self, person: &Person) {
        let before = self.users.of_person(person);
        if self.email_taken(person, before) {
            return;
        }
        let organisation_id = match (&person.organisation, before) {
            (Some(name), _) => match self.organisations.named(name) {
                Ok(id) => id,
                Err((code, text)) => {
                    return self.faults.at(person.line, Column::Organisation.name(), code, text);
                }
            },
            (None, Some(before)) => before.organisation_id,
            (None, None) => self.actor.organisation_id,
        };
        if before.is_some_and(|before| !self.covers(Some(before.organisation_id))) {
            return self.out_of_reach(person.line, Column::ExternalId);
        }
        if !self.covers(Some(organisation_id)) {
            return self.out_of_reach(person.line, Column::Organisation);
        }
        let user_id = match before {
            Some(before) => self.change(person, before, organisation_id),
            None if person.active => self.add(person, organisation_id),
            // Nobody is added in order to be kept out.
            None => return,
        };
        if self.file.has(Column::Roles) {
            self.person_roles(person, before, user_id, organisation_id);
        }
    }

    /// Whether somebody keeps the address that the person is to have.
    fn email_taken(&mut self, person: &Person, user: Option<&User>) -> bool {
        let (holder, named_so) = (self.users.holder(person, user), self.users.named_so(person, user));
        if holder.is_none() && named_so.is_none() {
            return false;
        }
        if let (Some(holder), None) = (holder, named_so) {
            let gets = self.users.matched.get(&holder.id);
            if gets.is_some_and(|gets| email_key(gets) != email_key(&person.email)) {
                self.plan.email_passed_on.push(holder.id);
                return false;
            }
        }
        self.faults.at(person.line, Column::Email.name(), "email_taken", EMAIL_TAKEN);
        true
    }

    fn add(&mut self, person: &Person, organisation_id: OrganisationId) -> UserId {
        let now = self.settings.now;
        let Person { external_id, name, email, phone, title, person_number, licence, .. } = person;
        let user = User {
            id: UserId((self.new_id)()),
            account_id: self.actor.account_id,
            organisation_id,
            name: name.clone(),
            email: Some(email.clone()),
            phone: phone.clone(),
            title: title.clone(),
            person_number: person_number.clone(),
            external_id: Some(external_id.clone()),
            user_name: None,
            directory: None,
            deprovisioned_at: None,
            provenance: Provenance::Import,
            profile_id: None,
            licence: licence.unwrap_or_default(),
            external: false,
            owner: false,
            active: true,
            deactivated_at: None,
            anonymized_at: None,
            revision: 1,
            created_at: now,
            updated_at: now,
        };
        let id = user.id;
        let told = told(&user, Some(person), ImportAction::Add, ImportReason::InFile);
        self.plan.changes.push(ImportChange { user_id: None, ..told });
        self.plan.added.push(user);
        id
    }

    fn change(&mut self, person: &Person, before: &User, organisation_id: OrganisationId) -> UserId {
        let file = self.file;
        let said = |column, said: &Option<String>, before: &Option<String>| {
            if file.has(column) { said.clone() } else { before.clone() }
        };
        // One whom the directory has deleted is no longer the directory's.
        let provisioned = before.provenance == Provenance::Scim && before.deprovisioned_at.is_none();
        let active = if provisioned || before.owner { before.active } else { person.active };
        let deactivated_at = match (before.active, active) {
            (true, false) => Some(self.settings.now),
            (false, true) => None,
            _ => before.deactivated_at,
        };
        let after = User {
            organisation_id,
            name: person.name.clone(),
            email: Some(person.email.clone()),
            phone: said(Column::Phone, &person.phone, &before.phone),
            title: said(Column::Title, &person.title, &before.title),
            person_number: said(Column::PersonNumber, &person.person_number, &before.person_number),
            external_id: Some(person.external_id.clone()),
            deprovisioned_at: before.deprovisioned_at.filter(|_| !active),
            provenance: if provisioned { Provenance::Scim } else { Provenance::Import },
            licence: person.licence.unwrap_or(before.licence),
            active,
            deactivated_at,
            ..before.clone()
        };
        let known_by_email = before.external_id.is_none();
        let (action, reason) = match (before.active, active) {
            _ if after == *before => {
                self.plan.counts.unchanged += 1;
                return before.id;
            }
            (true, false) => (ImportAction::Deactivate, ImportReason::InactiveInFile),
            (false, true) => (ImportAction::Reactivate, ImportReason::InFile),
            _ if known_by_email => (ImportAction::Change, ImportReason::KnownByEmail),
            _ => (ImportAction::Change, ImportReason::DiffersInFile),
        };
        let fields = differences(before, &after);
        self.plan.changes.push(ImportChange { fields, ..told(&after, Some(person), action, reason) });
        let list = match action {
            ImportAction::Deactivate => &mut self.plan.deactivated,
            ImportAction::Reactivate => &mut self.plan.reactivated,
            _ => &mut self.plan.changed,
        };
        list.push((before.clone(), after));
        before.id
    }

    fn person_roles(
        &mut self,
        person: &Person,
        before: Option<&User>,
        user_id: UserId,
        organisation_id: OrganisationId,
    ) {
        let user = roles::Holder { id: user_id, organisation_id, account_id: self.actor.account_id };
        let Some(wanted) = self.roles.wanted(person, user, &self.organisations, &mut self.faults) else {
            return;
        };
        let in_reach = wanted.keys().all(|(_, place)| self.covers(*place));
        if !in_reach {
            return self.out_of_reach(person.line, Column::Roles);
        }
        let held = before.map(|before| self.roles.held(before.id)).unwrap_or_default();
        let held = held.into_iter().filter(|assignment| self.covers(assignment.organisation_id)).collect();
        let roles::Settled { given, changed, taken } =
            roles::settle(wanted, held, user, self.settings.now, self.new_id);
        let longer = changed.iter().filter(|(before, after)| roles::lasts_longer(before, after));
        for assignment in given.iter().chain(longer.map(|(_, after)| after)) {
            if let Err(fault) = self.roles.may_give(self.actor, assignment) {
                self.denied.missing.extend(&fault.missing_rights);
                self.denied.faults.at(person.line, Column::Roles.name(), fault.code, fault.text.clone());
            }
        }
        let expired = |assignment: &RoleAssignment| {
            let ends = [assignment.expires_at, person.roles_expire_at];
            ends.into_iter().flatten().any(|at| at <= self.settings.now)
        };
        let roles = &self.roles;
        let mut tell = |assignment: &RoleAssignment, action, reason| {
            self.plan.changes.push(ImportChange {
                action,
                reason,
                line: Some(person.line),
                user_id: before.map(|before| before.id),
                external_id: Some(person.external_id.clone()),
                name: person.name.clone(),
                fields: Vec::new(),
                role_id: Some(assignment.role_id),
                role: roles.name(assignment.role_id),
                organisation_id: assignment.organisation_id,
                expires_at: assignment.expires_at,
            });
        };
        for assignment in &taken {
            let reason = if expired(assignment) { ImportReason::Expired } else { ImportReason::NotInFile };
            tell(assignment, ImportAction::TakeRole, reason);
        }
        for assignment in &given {
            tell(assignment, ImportAction::GiveRole, ImportReason::InFile);
        }
        for (_, after) in &changed {
            tell(after, ImportAction::ChangeRole, ImportReason::DiffersInFile);
        }
        self.plan.roles_given.extend(given);
        self.plan.roles_changed.extend(changed);
        self.plan.roles_taken.extend(taken);
    }

    /// Those who came by an import and are gone from the file.
    fn leavers(&mut self, users: &[User]) {
        let imported = |user: &&User| {
            user.provenance == Provenance::Import && user.active && self.covers(Some(user.organisation_id))
        };
        let imported: Vec<&User> = users.iter().filter(imported).collect();
        self.plan.counts.imported_before = count(&imported);
        for before in imported {
            if before.owner || self.users.matched.contains_key(&before.id) {
                continue;
            }
            let after = User { active: false, deactivated_at: Some(self.settings.now), ..before.clone() };
            let told = told(&after, None, ImportAction::Deactivate, ImportReason::NotInFile);
            self.plan.changes.push(ImportChange { fields: differences(before, &after), ..told });
            self.plan.deactivated.push((before.clone(), after));
        }
    }

    fn finish(self) -> Result<Plan, Fault> {
        let Self { faults, denied, mut plan, .. } = self;
        if !faults.is_empty() {
            return Err(Fault::invalid(faults.and(denied.faults).into_violations()));
        }
        if !denied.faults.is_empty() {
            return Err(denied.into_fault());
        }
        // Stable: within a kind the file's order stays.
        plan.changes.sort_by_key(|change| change.action);
        let counts = &mut plan.counts;
        counts.added = count(&plan.added);
        counts.changed = count(&plan.changed);
        counts.reactivated = count(&plan.reactivated);
        counts.deactivated = count(&plan.deactivated);
        counts.roles_given = count(&plan.roles_given);
        counts.roles_changed = count(&plan.roles_changed);
        counts.roles_taken = count(&plan.roles_taken);
        Ok(plan)
    }
}

impl Denied {
    fn into_fault(self) -> Fault {
        let (code, text) =
            if self.out_of_reach { ("forbidden", OUTSIDE) } else { ("rights_not_held", RIGHTS_NOT_HELD) };
        let fault = Fault::new(FaultKind::Forbidden, code, text);
        let missing_rights = self.missing.into_iter().collect();
        Fault { violations: self.faults.into_violations(), missing_rights, ..fault }
    }
}

impl Plan {
    /// Whether it changes nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Refuses a plan that would deactivate more than the settings allow: what is cut off, or was exported wrong, looks
    /// just like many people who left.
    ///
    /// # Errors
    /// `too_many_deactivations`, saying how many of how many.
    pub fn check_brake(&self, settings: Settings) -> Result<(), Fault> {
        let most = settings.max_deactivated_percent;
        if !self.counts.brakes_at(most) {
            return Ok(());
        }
        let ImportCounts { deactivated, imported_before, .. } = self.counts;
        let text = text!(
            "Filen ville deaktivere {deactivated} af {imported_before} importerede brugere, mere end {most} %. Intet er ændret. Se efter, om filen er hel; er den rigtig, så importér igen med et større max_deactivated_percent.",
            "Filen skulle inaktivera {deactivated} av {imported_before} importerade användare, mer än {most} %. Inget har ändrats. Kontrollera att filen är hel; är den rätt, importera igen med ett större max_deactivated_percent.",
            "The file would deactivate {deactivated} of {imported_before} imported users, more than {most} %. Nothing was changed. See whether the file is whole; if it is right, import it again with a larger max_deactivated_percent."
        );
        Err(Fault::conflict("too_many_deactivations", text))
    }
}

fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}

const OUT_OF_REACH: Text = Text::fixed(
    "Dette ligger uden for de organisationer, hvor du må importere. Lad linjen ude, eller få rettigheden dér.",
    "Detta ligger utanför de organisationer där du får importera. Utelämna raden eller få rättigheten där.",
    "This lies outside the organisations in which you may import. Leave the line out, or get the right there.",
);
const OUTSIDE: Text = Text::fixed(
    "Filen rører ved noget uden for de organisationer, hvor du må importere (user.import). Intet er ændret; linjerne er nævnt.",
    "Filen rör något utanför de organisationer där du får importera (user.import). Inget har ändrats; raderna är nämnda.",
    "The file touches what lies outside the organisations in which you may import (user.import). Nothing was changed; the lines are named.",
);
const RIGHTS_NOT_HELD: Text = Text::fixed(
    "Filen giver roller med rettigheder, som du ikke selv har dér. Intet er ændret; linjerne er nævnt.",
    "Filen ger roller med rättigheter som du inte själv har där. Inget har ändrats; raderna är nämnda.",
    "The file gives roles with rights that you do not hold there yourself. Nothing was changed; the lines are named.",
);
const EMAIL_TAKEN: Text = Text::fixed(
    "En anden bruger har denne e-mailadresse og et andet external_id eller ingen linje i filen. Er det samme person, så giv brugeren dette external_id først; ellers ret adressen hos den ene.",
    "En annan användare har denna e-postadress och ett annat external_id eller ingen rad i filen. Är det samma person, ge användaren detta external_id först; ändra annars adressen hos den ena.",
    "Another user has this e-mail address, with another external_id or no line in the file. If they are the same person, give the user this external_id first; otherwise change the address of one.",
);
