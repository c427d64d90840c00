//! Changing many processes at once, on the wire.

use poem_openapi::{Enum, Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::{ProcessVisibility, of};
use styr_domain::id::{ComponentId, LabelId, ProcessGroupId, ProcessId, UserId};
use styr_persistence::library::Tags;

use crate::app::Ctx;
use crate::app::process::bulk::{self, BulkAction, BulkDone, BulkInput};
use crate::http::Tag;
use crate::http::answer::{Answer, Found};
use crate::http::body::Body;

/// What is done to many processes: all of it to all of them, or nothing.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessBulkBody {
    /// The processes.
    #[oai(validator(min_items = 1, max_items = 500))]
    process_ids: Vec<ProcessId>,
    /// The process group to lie in.
    group_id: Option<ProcessGroupId>,
    /// Who answers for them.
    owner_id: Option<UserId>,
    /// Whether all may see them once they are live.
    visibility: Option<ProcessVisibility>,
    /// Who may change them besides those who do.
    #[oai(validator(max_items = 100))]
    add_editor_ids: Option<Vec<UserId>>,
    /// Who may no longer change them.
    #[oai(validator(max_items = 100))]
    remove_editor_ids: Option<Vec<UserId>>,
    /// Which labels they get besides those that they have.
    #[oai(validator(max_items = 100))]
    add_label_ids: Option<Vec<LabelId>>,
    /// Which labels they lose.
    #[oai(validator(max_items = 100))]
    remove_label_ids: Option<Vec<LabelId>>,
    /// Which components they make use of besides those that they do.
    #[oai(validator(max_items = 100))]
    add_component_ids: Option<Vec<ComponentId>>,
    /// Which components they make use of no more.
    #[oai(validator(max_items = 100))]
    remove_component_ids: Option<Vec<ComponentId>>,
    /// What is done to them in the end.
    action: Option<ProcessBulkAction>,
    /// What was changed and why, for publishing.
    #[oai(validator(max_length = 5000))]
    note: Option<String>,
}

/// What can be done to many processes.
#[derive(Debug, Clone, Copy, Enum, Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProcessBulkAction {
    /// Puts the newest version in force; one that is in force already stays so.
    Publish,
    /// Sets them aside.
    Freeze,
    /// Takes them up again.
    Unfreeze,
    /// Deletes them.
    Delete,
}

impl From<ProcessBulkBody> for BulkInput {
    fn from(body: ProcessBulkBody) -> Self {
        let ProcessBulkBody {
            process_ids,
            group_id,
            owner_id,
            visibility,
            add_editor_ids,
            remove_editor_ids,
            add_label_ids,
            remove_label_ids,
            add_component_ids,
            remove_component_ids,
            action,
            note,
        } = body;
        let tags = |labels: Option<Vec<LabelId>>, components: Option<Vec<ComponentId>>| Tags {
            labels: labels.into_iter().flatten().collect(),
            components: components.into_iter().flatten().collect(),
        };
        Self {
            process_ids,
            group_id,
            owner_id,
            visibility,
            add_editor_ids: add_editor_ids.into_iter().flatten().collect(),
            remove_editor_ids: remove_editor_ids.into_iter().flatten().collect(),
            add: tags(add_label_ids, add_component_ids),
            remove: tags(remove_label_ids, remove_component_ids),
            action: action.map(|action| match action {
                ProcessBulkAction::Publish => BulkAction::Publish,
                ProcessBulkAction::Freeze => BulkAction::Freeze,
                ProcessBulkAction::Unfreeze => BulkAction::Unfreeze,
                ProcessBulkAction::Delete => BulkAction::Delete,
            }),
            note,
        }
    }
}

/// How many processes were changed.
#[derive(Debug, Object, Serialize)]
pub(crate) struct ProcessBulkView {
    /// How many.
    count: u64,
}

/// The operation on many processes.
pub(crate) struct BulkApi;

#[OpenApi(tag = "Tag::Process")]
impl BulkApi {
    /// Change many processes
    ///
    /// Moves, gives to another owner, labels, opens, closes, publishes, freezes or deletes up to 500 processes in one write. When
    /// the caller may not or cannot change one of them so, none is changed, and the answer names each by its place in the
    /// list.
    #[oai(path = "/processes/bulk", method = "post", operation_id = "process_bulk_change")]
    async fn change(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        body: Body<ProcessBulkBody>,
    ) -> Answer<Found<ProcessBulkView>> {
        let BulkDone { count } = bulk::change(&ctx, body.0.into()).await?;
        Ok(Found(ProcessBulkView { count }))
    }
}
