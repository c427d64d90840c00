//! When personal data is anonymized.

use chrono::{DateTime, Days, Utc};
use serde::{Deserialize, Serialize};

use crate::{Violation, text};

/// Says when things of one kind are anonymized: what a retention rule rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// What it applies to.
    pub applies_to: RetentionTarget,
    /// What the days are counted from.
    pub starts_at: RetentionStart,
    /// How many days after that, from 0 (at once) to 36,500 (100 years). A day is 24 hours.
    pub days: u32,
}

/// What a retention rule applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum RetentionTarget {
    /// Cases, with their tasks and submissions.
    Case,
    /// Users.
    User,
}

/// What the days of a retention rule are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum RetentionStart {
    /// Its deletion.
    Deletion,
    /// The case's completion.
    Completion,
    /// The case's cancellation.
    Cancellation,
    /// The user's deactivation.
    Deactivation,
    /// Its last change, of cases that have ended and of users who are deactivated.
    LastChange,
}

/// What has happened to a thing; none for what has not, or was taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionDates {
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
    /// When the case was completed.
    pub completed_at: Option<DateTime<Utc>>,
    /// When the case was cancelled.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// When the user was deactivated.
    pub deactivated_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub changed_at: Option<DateTime<Utc>>,
}

/// 100 years, as rules count them.
const MOST_DAYS: u32 = 36_500;

impl Retention {
    /// What is wrong with the rule; the pointers are into the rule itself.
    #[must_use]
    pub fn check(&self) -> Vec<Violation> {
        let mut violations = Vec::new();
        let fits = match (self.applies_to, self.starts_at) {
            (_, RetentionStart::Deletion | RetentionStart::LastChange) => true,
            (target, RetentionStart::Completion | RetentionStart::Cancellation) => {
                target == RetentionTarget::Case
            }
            (target, RetentionStart::Deactivation) => target == RetentionTarget::User,
        };
        if !fits {
            let text = text!(
                "Det sker ikke for det, som reglen gælder. Sager afsluttes og annulleres, brugere deaktiveres; vælg en begivenhed, der passer.",
                "Det händer inte med det som regeln gäller. Ärenden avslutas och avbryts, användare inaktiveras; välj en händelse som passar.",
                "This does not happen to what the rule applies to. Cases are completed and cancelled, users are deactivated; choose one that fits.",
            );
            violations.push(Violation::at("/starts_at", "retention_start_unfit", text));
        }
        if self.days > MOST_DAYS {
            let days = self.days;
            let text = text!(
                "{days} dage er for længe. Angiv 0 til 36500 dage.",
                "{days} dagar är för länge. Ange 0 till 36500 dagar.",
                "{days} days are too many. Give 0 to 36500 days.",
            );
            violations.push(Violation::at("/days", "retention_days_out_of_range", text));
        }
        violations
    }
}

/// When the rule has a thing anonymized; none while what the rule counts from has not happened.
#[must_use]
pub fn due_at(rule: &Retention, dates: &RetentionDates) -> Option<DateTime<Utc>> {
    let start = match rule.starts_at {
        RetentionStart::Deletion => dates.deleted_at,
        RetentionStart::Completion => dates.completed_at,
        RetentionStart::Cancellation => dates.cancelled_at,
        RetentionStart::Deactivation => dates.deactivated_at,
        RetentionStart::LastChange => dates.changed_at,
    };
    start?.checked_add_days(Days::new(rule.days.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(applies_to: RetentionTarget, starts_at: RetentionStart, days: u32) -> Retention {
        Retention { applies_to, starts_at, days }
    }

    fn day(day: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(day * 86_400 + 7, 0)
    }

    #[test]
    fn days_are_counted_from_what_the_rule_names() {
        let dates = RetentionDates {
            deleted_at: day(10),
            completed_at: day(20),
            cancelled_at: day(30),
            deactivated_at: day(40),
            changed_at: day(50),
        };
        let cases = [
            (RetentionStart::Deletion, 0, day(10)),
            (RetentionStart::Deletion, 3, day(13)),
            (RetentionStart::Completion, 30, day(50)),
            (RetentionStart::Cancellation, 1, day(31)),
            (RetentionStart::Deactivation, 365, day(405)),
            (RetentionStart::LastChange, 36_500, day(36_550)),
        ];
        for (start, days, due) in cases {
            let rule = rule(RetentionTarget::Case, start, days);
            assert_eq!(due_at(&rule, &dates), due, "{start:?}");
            assert_eq!(due_at(&rule, &RetentionDates::default()), None, "{start:?}");
        }
    }

    #[test]
    fn a_time_past_the_calendar_never_comes() {
        let rule = rule(RetentionTarget::User, RetentionStart::Deletion, 1);
        let dates =
            RetentionDates { deleted_at: Some(DateTime::<Utc>::MAX_UTC), ..RetentionDates::default() };
        assert_eq!(due_at(&rule, &dates), None);
    }

    #[test]
    fn each_fault_of_a_rule_is_named() {
        use RetentionStart::{Cancellation, Completion, Deactivation, Deletion, LastChange};
        use RetentionTarget::{Case, User};
        for (target, start) in [
            (Case, Deletion),
            (Case, Completion),
            (Case, Cancellation),
            (Case, LastChange),
            (User, Deletion),
            (User, Deactivation),
            (User, LastChange),
        ] {
            assert_eq!(rule(target, start, 36_500).check(), []);
        }
        for (target, start) in [(Case, Deactivation), (User, Completion), (User, Cancellation)] {
            let found: Vec<_> = rule(target, start, 36_501).check();
            let found: Vec<_> = found.iter().map(|v| (v.pointer.as_str(), v.code)).collect();
            let expected =
                [("/starts_at", "retention_start_unfit"), ("/days", "retention_days_out_of_range")];
            assert_eq!(found, expected);
        }
    }
}
