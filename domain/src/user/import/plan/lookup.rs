//! Finding an organisation by what a file calls it.

use std::collections::HashMap;

use uuid::Uuid;

use crate::Text;
use crate::account::Organisation;
use crate::id::OrganisationId;

/// The account's organisations by id and by path.
pub(super) struct Organisations<'a> {
    by_id: HashMap<OrganisationId, &'a Organisation>,
    /// None for a path that several have.
    by_path: HashMap<String, Option<OrganisationId>>,
}

impl<'a> Organisations<'a> {
    pub(super) fn of(organisations: &'a [Organisation]) -> Self {
        let by_id: HashMap<_, _> = organisations.iter().map(|each| (each.id, each)).collect();
        let mut by_path = HashMap::new();
        for organisation in organisations {
            let id = organisation.id;
            by_path.entry(path(organisation, &by_id)).and_modify(|of| *of = None).or_insert(Some(id));
        }
        Self { by_id, by_path }
    }

    /// The organisation of this id or path, or what is wrong with that.
    pub(super) fn named(&self, name: &str) -> Result<OrganisationId, (&'static str, Text)> {
        let id = name.parse::<Uuid>().ok().map(OrganisationId).filter(|id| self.by_id.contains_key(id));
        match id.map(Some).or_else(|| self.by_path.get(name).copied()) {
            Some(Some(id)) => Ok(id),
            Some(None) => Err(("organisation_ambiguous", AMBIGUOUS)),
            None => Err(("organisation_unknown", UNKNOWN)),
        }
    }
}

/// The names from the top down to an organisation, with `/` between.
fn path(organisation: &Organisation, by_id: &HashMap<OrganisationId, &Organisation>) -> String {
    let mut names = vec![organisation.name.trim()];
    let mut above = organisation.parent_id;
    while let Some(parent) = above.and_then(|id| by_id.get(&id))
        && names.len() <= by_id.len()
    {
        names.push(parent.name.trim());
        above = parent.parent_id;
    }
    names.reverse();
    names.join("/")
}

const UNKNOWN: Text = Text::fixed(
    "Organisationen findes ikke. Skriv dens id, eller navnene fra toppen med / imellem, som Nordby/Skole.",
    "Organisationen finns inte. Skriv dess id, eller namnen uppifrån med / emellan, som Nordby/Skola.",
    "There is no such organisation. Write its id, or the names from the top with / between, as in Nordby/School.",
);
const AMBIGUOUS: Text = Text::fixed(
    "Flere organisationer har denne sti. Skriv organisationens id.",
    "Flera organisationer har denna sökväg. Skriv organisationens id.",
    "Several organisations have this path. Write the organisation's id.",
);
