//! Who sees and starts templates, and what else is local or shared.
//!
//! What one organisation owns is there for it and for all below it; what is shared is there for everybody. Who may
//! change it sees it besides, whatever its state.

use std::collections::BTreeSet;

use super::actor::{Actor, Coverage};
use super::decision::Place;
use super::policy::{Permit, denial};
use super::right::{Right, of};
use crate::id::{AccountId, OrganisationId};
use crate::{Fault, FaultKind, text};

/// What the rules need to know of a form or workflow template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateFacts {
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The organisation that owns it; none if it is shared.
    pub organisation_id: Option<OrganisationId>,
    /// Whether it is in use: an active workflow, a published form, a group, a list, a text.
    pub active: bool,
    /// Whether external users may use it.
    pub open_to_external: bool,
}

/// The kinds of thing that an organisation owns or all share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TemplateKind {
    /// Form templates.
    Form,
    /// Workflow templates.
    Workflow,
    /// Rights groups.
    Group,
    /// Value lists.
    ValueList,
}

impl TemplateKind {
    /// The right that seeing one takes, if any.
    const fn seen_by(self) -> Option<Right> {
        match self {
            Self::Form => Some(Right::FormSee),
            Self::Workflow => Some(Right::WorkflowSee),
            Self::ValueList => Some(Right::ValueListSee),
            Self::Group => None,
        }
    }

    /// The rights any of which lets one change it, and so see it in every state, where they hold.
    const fn changed_by(self) -> &'static [Right] {
        match self {
            Self::Form => &[
                Right::FormEdit,
                Right::FormDelete,
                Right::FormCreateShared,
                Right::FormEditShared,
                Right::FormManage,
            ],
            Self::Workflow => &[
                Right::WorkflowEdit,
                Right::WorkflowDelete,
                Right::WorkflowCreateShared,
                Right::WorkflowEditShared,
            ],
            Self::Group => &[Right::GroupManage, Right::GroupManageShared],
            Self::ValueList => &[Right::ValueListChange],
        }
    }
}

/// The templates of one kind that a caller may see, as data for a query. It admits exactly those that
/// [`see_template`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFilter {
    /// Only templates of this account.
    pub account_id: AccountId,
    /// Whether active ones are admitted that are shared or owned by one of `own_tree`.
    pub active: bool,
    /// The caller's organisation and those above it.
    pub own_tree: BTreeSet<OrganisationId>,
    /// Whether, of these, only those open to external users are admitted.
    pub external: bool,
    /// Where templates are admitted in every state.
    pub designed: Coverage,
}

impl TemplateFilter {
    /// What this actor may see.
    #[must_use]
    pub fn of(actor: &Actor, kind: TemplateKind) -> Self {
        let mut designed = Coverage::default();
        for coverage in kind.changed_by().iter().filter_map(|right| actor.reach(*right)) {
            designed.merge(coverage);
        }
        let mut own_tree = actor.ancestor_ids.clone();
        own_tree.insert(actor.organisation_id);
        own_tree.retain(|id| actor.inherits_from(*id));
        Self {
            account_id: actor.account_id,
            active: kind.seen_by().is_none_or(|right| actor.holds(right)),
            own_tree,
            external: actor.external,
            designed,
        }
    }

    /// Whether it admits a template.
    #[must_use]
    pub fn matches(&self, template: &TemplateFacts) -> bool {
        let TemplateFacts { account_id, organisation_id, active, open_to_external } = *template;
        account_id == self.account_id
            && (self.designed.covers(organisation_id)
                || (self.active
                    && active
                    && organisation_id.is_none_or(|id| self.own_tree.contains(&id))
                    && (open_to_external || !self.external)))
    }
}

/// What [`see_template`] permits: several rights lead there, so none names it.
#[derive(Debug)]
pub enum SeeTemplate {}

/// Decides whether the actor may see the template; what they may not see is not there.
///
/// # Errors
/// `not_found`.
pub fn see_template(
    actor: &Actor,
    kind: TemplateKind,
    template: &TemplateFacts,
) -> Result<Permit<SeeTemplate>, Fault> {
    let organisation = template.organisation_id;
    let offered = || {
        template.active
            && within_own_tree(actor, organisation)
            && (template.open_to_external || !actor.external)
            && kind.seen_by().is_none_or(|right| actor.holds(right))
    };
    let designed = || kind.changed_by().iter().any(|right| actor.holds_in(*right, organisation));
    if template.account_id == actor.account_id && (offered() || designed()) {
        Ok(Permit::granted())
    } else {
        Err(Fault::not_found())
    }
}

fn within_own_tree(actor: &Actor, organisation: Option<OrganisationId>) -> bool {
    organisation.is_none_or(|id| actor.inherits_from(id))
}

/// Whom a case is started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StartFor {
    /// The caller, or one they stand in for.
    Oneself,
    /// Another user.
    AnotherUser,
    /// Somebody known by person number, a user or not.
    PersonNumber,
}

/// Decides whether the actor may start a case from the workflow: it must be active, shared or of their own
/// organisation or one above it, or lie where their right to start cases holds; and open to external people, for one of
/// them. Starting for others takes a right besides.
///
/// # Errors
/// `not_found` if they may not see it; `forbidden`; `workflow_inactive` (a conflict) for those who may see it so.
pub fn start_case(
    actor: &Actor,
    workflow: &TemplateFacts,
    whom: StartFor,
) -> Result<Permit<of::CaseStart>, Fault> {
    let organisation = workflow.organisation_id;
    let reached = workflow.account_id == actor.account_id
        && workflow.active
        && !actor.external
        && actor.holds_in(Right::CaseStart, organisation);
    if !reached {
        see_template(actor, TemplateKind::Workflow, workflow)?;
    }
    if !workflow.active {
        let text = text!(
            "Arbejdsgangen er ikke aktiv. Aktivér den, før den startes.",
            "Arbetsflödet är inte aktivt. Aktivera det innan det startas.",
            "The workflow is not active. Activate it before starting it."
        );
        return Err(Fault::new(FaultKind::Conflict, "workflow_inactive", text));
    }
    let holds = |right| {
        if within_own_tree(actor, organisation) {
            actor.holds(right)
        } else {
            actor.holds_in(right, organisation)
        }
    };
    let needed = match whom {
        StartFor::Oneself => [Right::CaseStart; 2],
        StartFor::AnotherUser => [Right::CaseStart, Right::CaseStartForOthers],
        StartFor::PersonNumber => [Right::CaseStart, Right::CaseStartByPersonNumber],
    };
    match needed.into_iter().find(|right| !holds(*right)) {
        Some(lacking) => Err(denial(actor, &[lacking], Place::Organisation(organisation))),
        None if actor.external && !workflow.open_to_external => Err(Fault::not_found()),
        None => Ok(Permit::granted()),
    }
}
