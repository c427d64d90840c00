//! The organisations and people of the demonstration. The people are invented: no register gives such numbers. The CPR
//! numbers fail modulus 11, which for their dates of birth no person's does, and the personnummer are of the series that
//! the Swedish Tax Agency keeps for tests.

/// An organisation: its name, and the one above it.
pub(super) const ORGANISATIONS: &[(&str, &str)] = &[
    (CITIZEN_SERVICE, super::NAME),
    ("Børne- og Skoleforvaltningen", super::NAME),
    (SCHOOL, "Børne- og Skoleforvaltningen"),
    ("Børnehaven Solsikken", "Børne- og Skoleforvaltningen"),
    (CARE, super::NAME),
    ("Hjemmeplejen", CARE),
    ("Plejecenter Åhaven", CARE),
    ("Økonomi og Personale", super::NAME),
];

pub(super) const CITIZEN_SERVICE: &str = "Borgerservice";
pub(super) const SCHOOL: &str = "Nordby Skole";
pub(super) const CARE: &str = "Sundheds- og Omsorgsforvaltningen";

/// A person of the demonstration.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) organisation: &'static str,
    pub(super) title: &'static str,
    pub(super) person_number: Option<&'static str>,
    pub(super) part: Part,
    pub(super) groups: &'static [&'static str],
}

/// What a person is to Styr.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The account's owner, who is there already.
    Owner,
    /// Of the staff, with this predefined role where it usually holds.
    Staff(&'static str),
    /// Of the staff, with this predefined role in another organisation than their own too.
    StaffAlso(&'static str, &'static str),
    /// From outside.
    External,
    /// Of the staff until lately.
    Former,
}

pub(super) const OWNER: &str = "karen.holm@example.dk";
pub(super) const SYSTEM_ADMINISTRATOR: &str = "mikkel.lund@example.dk";
pub(super) const LOCAL_ADMINISTRATOR: &str = "ingrid.sjoberg@example.se";
pub(super) const EMPLOYEE: &str = "lars.winther@example.dk";
pub(super) const CASE_WORKER: &str = "mette.dalgaard@example.dk";
pub(super) const EXTERNAL: &str = "birgit.ek@example.se";
pub(super) const CITIZEN_WORKER: &str = "anna.lindqvist@example.se";
pub(super) const PLANNER: &str = "soren.kjaer@example.dk";
pub(super) const TEACHER: &str = "astrid.oberg@example.se";

pub(super) const ASSESSMENT: &str = "Visitation";
pub(super) const PLANNING: &str = "Hjemmeplejens planlæggere";
pub(super) const SCHOOL_LEADERS: &str = "Skolens ledelse";
pub(super) const STAFF_OFFICE: &str = "Personalekontoret";

/// The rights groups: name, what it is for, and the organisation it is local to.
pub(super) const GROUPS: &[(&str, &str, Option<&str>)] = &[
    (ASSESSMENT, "Vurderer, hvilken hjælp en borger har ret til.", None),
    (PLANNING, "Planlægger den hjælp, der er bevilget.", None),
    (SCHOOL_LEADERS, "Tager stilling til medarbejdernes ønsker.", Some(SCHOOL)),
    (STAFF_OFFICE, "Finder vikarer og skriver kontrakter.", None),
];

pub(super) const PEOPLE: &[Person] = &[
    Person {
        name: "Karen Holm",
        email: OWNER,
        organisation: super::NAME,
        title: "Kommunaldirektør",
        person_number: None,
        part: Part::Owner,
        groups: &[],
    },
    Person {
        name: "Mikkel Lund",
        email: SYSTEM_ADMINISTRATOR,
        organisation: super::NAME,
        title: "Systemadministrator",
        person_number: None,
        part: Part::Staff("system_administrator"),
        groups: &[],
    },
    Person {
        name: "Ingrid Sjöberg",
        email: LOCAL_ADMINISTRATOR,
        organisation: SCHOOL,
        title: "Skoleleder",
        person_number: Some("19790412-9827"),
        part: Part::Staff("local_administrator"),
        groups: &[SCHOOL_LEADERS],
    },
    Person {
        name: "Lars Winther",
        email: EMPLOYEE,
        organisation: SCHOOL,
        title: "Lærer",
        person_number: Some("120373-3312"),
        part: Part::Staff("employee"),
        groups: &[],
    },
    Person {
        name: "Astrid Öberg",
        email: TEACHER,
        organisation: SCHOOL,
        title: "Lærer",
        person_number: Some("19880923-9836"),
        part: Part::Staff("employee"),
        groups: &[],
    },
    Person {
        name: "Mette Dalgaard",
        email: CASE_WORKER,
        organisation: CARE,
        title: "Visitator",
        person_number: None,
        part: Part::Staff("employee"),
        groups: &[ASSESSMENT],
    },
    Person {
        name: "Søren Kjær",
        email: PLANNER,
        organisation: "Hjemmeplejen",
        title: "Planlægger",
        person_number: None,
        part: Part::Staff("employee"),
        groups: &[PLANNING],
    },
    Person {
        name: "Oskar Nyström",
        email: "oskar.nystrom@example.se",
        organisation: "Plejecenter Åhaven",
        title: "Sygeplejerske",
        person_number: None,
        part: Part::StaffAlso("employee", "Hjemmeplejen"),
        groups: &[ASSESSMENT],
    },
    Person {
        name: "Anna Lindqvist",
        email: CITIZEN_WORKER,
        organisation: CITIZEN_SERVICE,
        title: "Borgerrådgiver",
        person_number: None,
        part: Part::Staff("employee"),
        groups: &[],
    },
    Person {
        name: "Freja Bang",
        email: "freja.bang@example.dk",
        organisation: "Økonomi og Personale",
        title: "Personalekonsulent",
        person_number: None,
        part: Part::Staff("employee"),
        groups: &[STAFF_OFFICE],
    },
    Person {
        name: "Henrik Toft",
        email: "henrik.toft@example.dk",
        organisation: "Børnehaven Solsikken",
        title: "Pædagog",
        person_number: None,
        part: Part::Staff("standard"),
        groups: &[],
    },
    Person {
        name: "Birgit Ek",
        email: EXTERNAL,
        organisation: CITIZEN_SERVICE,
        title: "Borger",
        person_number: Some("050652-0217"),
        part: Part::External,
        groups: &[],
    },
    Person {
        name: "Nils Åberg",
        email: "nils.aberg@example.se",
        organisation: "Økonomi og Personale",
        title: "Bogholder",
        person_number: Some("19650217-9879"),
        part: Part::Former,
        groups: &[],
    },
];

/// Whoever tries Styr, as one of these people: what they are to Styr, and what to try.
pub(super) const PERSONAS: &[(&str, &str, &str)] = &[
    (OWNER, "owner", "everything: GET /v1/me, /v1/events, /v1/landscape"),
    (SYSTEM_ADMINISTRATOR, "system administrator", "find a person by number: POST /v1/person-search"),
    (
        LOCAL_ADMINISTRATOR,
        "local administrator of the school",
        "runs the school only: GET /v1/users, POST /v1/forms",
    ),
    (EMPLOYEE, "employee", "finish the wish for leave that has been begun: GET /v1/me/tasks"),
    (
        CASE_WORKER,
        "case worker in Visitation",
        "claim Birgit's application: GET /v1/me/tasks, POST /v1/tasks/{id}/claim",
    ),
    (EXTERNAL, "external user", "sees her own case only: GET /v1/cases; /v1/processes is refused"),
];
