//! The records of retention rules and of anonymization runs.

use std::ops::AddAssign;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::column::{COLUMNS, Column};
use super::{Erasure, Retention, RetentionStart, RetentionTarget};
use crate::event::EntityKind;
use crate::id::{AccountId, AnonymizationRunId, RetentionRuleId, UserId};

/// A retention rule: a [`Retention`] with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetentionRule {
    /// Its id.
    pub id: RetentionRuleId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// What it applies to.
    pub applies_to: RetentionTarget,
    /// What the days are counted from.
    pub starts_at: RetentionStart,
    /// How many days after that, from 0 to 36,500.
    pub days: i32,
    /// Whether runs go by it.
    pub active: bool,
    /// Whether Styr itself runs by it each day, while it is active.
    pub automatic: bool,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl RetentionRule {
    /// What it rules.
    #[must_use]
    pub fn retention(&self) -> Retention {
        Retention {
            applies_to: self.applies_to,
            starts_at: self.starts_at,
            days: u32::try_from(self.days).unwrap_or_default(),
        }
    }
}

/// An anonymization run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnonymizationRun {
    /// Its id.
    pub id: AnonymizationRunId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Where it stands.
    pub status: RunStatus,
    /// Who started it; none when Styr did, by automatic rules.
    pub started_by: Option<UserId>,
    /// How far it has come, and what it has erased so far.
    pub counts: RunCounts,
    /// Once it has ended: what it did, as a JWS in compact form signed with the account's receipt key.
    pub receipt: Option<String>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was started.
    pub created_at: DateTime<Utc>,
    /// When it was completed or cancelled.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Where an anonymization run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Targets are left, and it goes on by itself.
    Running,
    /// All targets are anonymized, and nothing of them is left in the database's files.
    Completed,
    /// Stopped before all targets were anonymized. Those that were, stay so.
    Cancelled,
}

/// What an anonymization run can be directed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A user, with their tokens.
    User,
    /// A case that has ended, with its tasks and submissions.
    Case,
    /// One submission.
    Submission,
}

impl TargetKind {
    /// What events call it.
    #[must_use]
    pub const fn entity(self) -> EntityKind {
        match self {
            Self::User => EntityKind::User,
            Self::Case => EntityKind::Case,
            Self::Submission => EntityKind::Submission,
        }
    }

    /// The tables that are touched when one is anonymized.
    const fn tables(self) -> &'static [&'static str] {
        match self {
            Self::User => &["user", "token", "comment", "file", "notification"],
            Self::Case => &["case", "task", "submission"],
            Self::Submission => &["submission", "task"],
        }
    }
}

/// One thing that a run anonymizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AnonymizationTarget {
    /// The kind of thing.
    pub entity: TargetKind,
    /// The thing.
    pub id: Uuid,
    /// The rule that makes it due; none when it was named.
    pub rule_id: Option<RetentionRuleId>,
}

/// How far a run has come, and what it has erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
pub struct RunCounts {
    /// How many targets it has.
    pub targets: u64,
    /// How many of them have been handled.
    pub done: u64,
    /// How many of those could not be anonymized any more: they were taken up again after the run was started.
    pub passed_over: u64,
    /// What was erased.
    pub erased: Erased,
}

/// How many of each kind were erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
pub struct Erased {
    /// Users anonymized.
    pub users: u64,
    /// Tokens revoked and anonymized.
    pub tokens: u64,
    /// Cases anonymized.
    pub cases: u64,
    /// Tasks whose drafts are gone.
    pub tasks: u64,
    /// Submissions anonymized.
    pub submissions: u64,
    /// Comments whose texts are gone.
    pub comments: u64,
    /// Files whose names are gone.
    pub files: u64,
    /// Notifications deleted, or without what was written in them.
    pub notifications: u64,
    /// Events whose personal values are gone.
    pub events: u64,
    /// Entries of the search index.
    pub terms: u64,
    /// Answers kept for idempotency keys.
    pub answers: u64,
}

impl AddAssign for Erased {
    fn add_assign(&mut self, other: Self) {
        let Self {
            users,
            tokens,
            cases,
            tasks,
            submissions,
            comments,
            files,
            notifications,
            events,
            terms,
            answers,
        } = other;
        self.users += users;
        self.tokens += tokens;
        self.cases += cases;
        self.tasks += tasks;
        self.submissions += submissions;
        self.comments += comments;
        self.files += files;
        self.notifications += notifications;
        self.events += events;
        self.terms += terms;
        self.answers += answers;
    }
}

/// Every column that anonymizing such things does something to.
pub fn columns_of(kinds: &[TargetKind]) -> impl Iterator<Item = &'static Column> {
    const ALWAYS: &[&str] = &["event_secret", "term", "idempotency", "job"];
    COLUMNS.iter().filter(move |column| {
        let touched = kinds.iter().any(|kind| kind.tables().contains(&column.table));
        column.erasure != Erasure::Keep && (touched || (!kinds.is_empty() && ALWAYS.contains(&column.table)))
    })
}
