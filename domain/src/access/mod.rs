//! Rights, roles, and the decisions made from them.
//!
//! A decision is a pure function of the [`Actor`] and of facts about the thing. One that says yes gives a
//! [`Permit`], which saving functions ask for, so that a forgotten check does not compile. Lists are filtered by
//! plain data derived from the same rules.

mod activity;
mod actor;
mod case;
mod catalogue;
mod decision;
mod drawing;
mod explain;
pub mod history;
mod lockdown;
mod policy;
mod process;
mod record;
mod right;
mod role;
mod submission;
mod substitute;
mod template;
mod token;

pub use activity::{
    ActivityFacts, ActivityFilter, FileFacts, create_activity, delete_file, edit_activity, see_activity,
    see_file,
};
pub use actor::{Actor, Coverage, Grant, Reach, Shown};
pub use case::{
    CaseFacts, CaseFilter, SeeCase, TaskFacts, TaskFilter, act_on_case, acts_on_case_for, claim_task,
    see_case, see_draft, work_on_task,
};
pub use decision::{Ground, Obstacle, Place};
pub use drawing::{DrawingFilter, create_drawing, edit_drawing, see_drawing};
pub use explain::{AccessPart, Explanation, Thing, explain};
pub use lockdown::{Lockdown, lock_down, locked_down};
pub use policy::{Permit, Resource, Styr, authorize, authorize_anywhere};
pub use process::{
    ProcessEditFilter, ProcessFacts, ProcessFilter, ProcessState, ProcessVisibility, comment_on_process,
    create_process, edit_process, manage_comment, see_process, sees_drafts, set_up_tasks,
};
pub use record::{PermissionGroup, Profile, Provenance, Role, RoleAssignment};
pub use right::{
    Category, Licence, LockedOut, Part, Requirement, Right, RightSet, SignedIn, Single, UnknownRight, of,
};
pub use role::{DefaultReach, PredefinedRole, api_name_of, may_give, permission_groups};
pub use submission::{
    SeeSubmission, SubmissionFacts, change_submission, delete_submission, see_sensitive, see_submission,
};
pub use substitute::{ManageSubstitutes, manage_substitutes};
pub use template::{
    SeeTemplate, StartFor, TemplateFacts, TemplateFilter, TemplateKind, see_template, start_case,
};
pub use token::{manage_token, may_make_token};

#[cfg(test)]
mod tests;
