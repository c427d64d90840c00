//! The class of every column: which personal data it holds and what anonymization does to it.
//!
//! Events, person search and erasure are driven by this one table. A test compares it with the database's tables,
//! so that a new column cannot be forgotten.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::class::DataClass;
use super::erasure::Erasure;

/// A column, its class, and what anonymization does to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its table. The tables of things that events are about are named as their `EntityKind` is.
    pub table: &'static str,
    /// Its name; the field's in the domain's type too.
    pub name: &'static str,
    /// Which personal data it holds.
    pub class: DataClass,
    /// What anonymization does to it.
    pub erasure: Erasure,
}

macro_rules! columns {
    ($($table:literal [$($none:ident)*] [$($class:ident $name:ident => $erasure:ident;)*])*) => {
        /// Every column of every table.
        pub const COLUMNS: &[Column] = &[$(
            $(Column {
                table: $table,
                name: stringify!($none),
                class: DataClass::None,
                erasure: Erasure::Keep,
            },)*
            $(Column {
                table: $table,
                name: stringify!($name),
                class: DataClass::$class,
                erasure: Erasure::$erasure,
            },)*
        )*];
    };
}

// Each table with its columns without personal data, then those with: class, name, and what becomes of it.
columns! {
    "access_epoch" [id value] []
    "account" [id name anonymized_word locked_down_at revision created_at] []
    "account_key" [id account_id version wrapped created_at] []
    "organisation" [id account_id parent_id name hides_cases locked_down_at revision created_at] []
    "profile" [id account_id name description process_group_ids drawing_ids revision created_at] []
    "user" [id account_id organisation_id deprovisioned_at provenance profile_id licence external owner active deactivated_at anonymized_at revision created_at updated_at] [
        Personal name => Word;
        Personal email => Clear;
        Personal phone => Clear;
        Personal title => Clear;
        PersonNumber person_number => Clear;
        Personal external_id => Clear;
        Personal user_name => Clear;
        Personal directory => Clear;
    ]
    "group" [id account_id organisation_id external_id name description revision created_at updated_at] []
    "group_member" [account_id group_id user_id] []
    "substitute" [id account_id user_id substitute_user_id starts_at ends_at revision created_at] []
    "token" [id account_id user_id hash hint scopes previous_hash previous_until expires_at revoked_at last_used_at revision created_at] [
        Personal networks => Clear;
        Personal name => Word;
    ]
    "role" [id account_id api_name name description rights predefined revision created_at] []
    "role_assignment" [id account_id user_id role_id organisation_id provenance expires_at created_at] []
    "user_import" [id account_id started_by sha256 with_roles organisation_ids max_deactivated_percent counts created_at] []
    "permission_group" [id account_id name description rights process_group_ids predefined revision created_at] []
    "permission_group_member" [account_id permission_group_id user_id] []
    "process_group" [id account_id parent_id code title position revision created_at] []
    "process" [id account_id group_id code title purpose state visibility owner_id version published_version revision created_at updated_at] []
    "process_role" [id account_id name description merged_into_id revision created_at] []
    "process_person" [id account_id process_id user_id part process_role_id created_at] []
    "process_role_use" [account_id process_id process_role_id] []
    "activity" [id account_id title owner_id version published_version revision created_at updated_at] []
    "activity_use" [account_id process_id activity_id in_force] []
    "activity_in_force" [account_id activity_id process_id] []
    "label" [id account_id name colour revision created_at] []
    "process_label" [account_id process_id label_id] []
    "component" [id account_id name description url revision created_at] []
    "process_component" [account_id process_id component_id] []
    "drawing" [id account_id title description shapes revision created_at updated_at] []
    "comment" [id account_id process_id element activity_id author_id resolved_at resolved_by revision created_at] [
        Personal text => Word;
    ]
    "file" [id account_id media_type size sha256 author_id created_at] [
        Personal name => Word;
    ]
    "file_chunk" [account_id file_id number] [
        Sensitive content => Keep;
    ]
    "attachment" [id account_id process_id activity_id url file_id created_by created_at] [
        Personal title => Keep;
    ]
    "share" [id account_id process_id hash shows expires_at created_by created_at] []
    "notification" [id account_id user_id kind entity entity_id actor_id read_at created_at] [
        Personal note => Word;
    ]
    "form" [id account_id organisation_id title description version published_version revision created_at updated_at] []
    "workflow" [id account_id organisation_id title description active external_start process_id version published_version revision created_at updated_at] []
    "version" [account_id document_id number document author_id created_at published_at edition restored_from content] [
        Personal note => Keep;
    ]
    "case" [id account_id organisation_id workflow_id workflow_version status starter_id owner_id revision created_at updated_at ended_at anonymized_at state] [
        Personal title => Word;
    ]
    "case_party" [account_id case_id party_id part] []
    "submission" [id account_id organisation_id form_id form_version case_id author_id revision created_at updated_at anonymized_at] [
        Sensitive values => Redact;
    ]
    "task" [id account_id case_id organisation_id node work name form_id form_version may_send_back status assignee_id group_id submission_id revision created_at updated_at ended_at] [
        Sensitive draft => Clear;
    ]
    "event_chain" [account_id sequence hash] []
    "event" [account_id sequence id at actor_id on_behalf_of token_id entity entity_id subject_id kind request_id detail commitment hash] []
    "event_secret" [account_id sequence] [
        Personal salt => Delete;
        Sensitive personal => Delete;
    ]
    "idempotency" [account_id user_id key request_id created_at] [
        Personal fingerprint => Zero;
        Sensitive answer => Clear;
    ]
    "job" [id account_id kind key payload state run_at leased_until attempts created_at] [
        Personal last_error => Clear;
    ]
    "term" [account_id entity entity_id field shelf] [
        Sensitive term => Delete;
    ]
    "retention_rule" [id account_id name applies_to starts_at days active automatic revision created_at] []
    "anonymization_run" [id account_id status started_by counts receipt revision created_at ended_at] []
    "anonymization_target" [account_id run_id entity entity_id rule_id done_at] []
}

/// The class of a column; none when there is no such column.
#[must_use]
pub fn class_of(table: &str, name: &str) -> Option<DataClass> {
    static CLASSES: LazyLock<HashMap<(&str, &str), DataClass>> =
        LazyLock::new(|| COLUMNS.iter().map(|column| ((column.table, column.name), column.class)).collect());
    CLASSES.get(&(table, name)).copied()
}
