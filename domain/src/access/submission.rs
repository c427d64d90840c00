//! Who sees and changes what has been filled in.
//!
//! Its author sees it. Others see it with `submission.see` in its organisation, or with the case that it is part of. Its
//! author may also change and delete it as long as it is part of no case; everybody else needs the right in its
//! organisation, and so does the author once a case builds on it.

use super::actor::Actor;
use super::decision::Place;
use super::lockdown::locked_down;
use super::policy::{Permit, denial};
use super::right::{Right, of};
use crate::Fault;
use crate::id::{AccountId, OrganisationId, UserId};

/// What the rules need to know of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubmissionFacts {
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The organisation it was filled in for.
    pub organisation_id: OrganisationId,
    /// Who filled it in.
    pub author_id: UserId,
    /// Whether it is part of a case, and if so, whether the caller sees that.
    pub case_seen: Option<bool>,
}

/// What [`see_submission`] permits: several rights lead there, so none names it.
#[derive(Debug)]
pub enum SeeSubmission {}

/// Decides whether the actor may see the submission; what they may not see is not there.
///
/// # Errors
/// `not_found`.
pub fn see_submission(actor: &Actor, submission: &SubmissionFacts) -> Result<Permit<SeeSubmission>, Fault> {
    let SubmissionFacts { account_id, organisation_id, author_id, case_seen } = *submission;
    let seen = author_id == actor.user_id
        || case_seen == Some(true)
        || actor.holds_in(Right::SubmissionSee, Some(organisation_id));
    if account_id != actor.account_id || !seen {
        return Err(Fault::not_found());
    }
    if actor.lockdown.closes(organisation_id) { Err(locked_down()) } else { Ok(Permit::granted()) }
}

/// Decides whether the actor, who sees the submission, sees its encrypted and sensitive values too.
#[must_use]
pub fn see_sensitive(actor: &Actor, submission: &SubmissionFacts) -> bool {
    submission.author_id == actor.user_id
        || actor.holds_in(Right::PersonalDataSeeSensitive, Some(submission.organisation_id))
}

/// Decides whether the actor may change the submission.
///
/// # Errors
/// `not_found` if they may not see it, `forbidden` otherwise.
pub fn change_submission(
    actor: &Actor,
    submission: &SubmissionFacts,
) -> Result<Permit<of::SubmissionChange>, Fault> {
    act_on(actor, submission, Right::SubmissionChange)?;
    Ok(Permit::granted())
}

/// Decides whether the actor may delete the submission.
///
/// # Errors
/// `not_found` if they may not see it, `forbidden` otherwise.
pub fn delete_submission(
    actor: &Actor,
    submission: &SubmissionFacts,
) -> Result<Permit<of::SubmissionDelete>, Fault> {
    act_on(actor, submission, Right::SubmissionDelete)?;
    Ok(Permit::granted())
}

fn act_on(actor: &Actor, submission: &SubmissionFacts, right: Right) -> Result<(), Fault> {
    see_submission(actor, submission)?;
    let own = submission.author_id == actor.user_id
        && submission.case_seen.is_none()
        && actor.holds(Right::SubmissionCreate);
    if own || actor.holds_in(right, Some(submission.organisation_id)) {
        Ok(())
    } else {
        Err(denial(actor, &[right], Place::Organisation(Some(submission.organisation_id))))
    }
}
