//! Copying processes to another account, on the wire.

use poem::Request;
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::id::{ProcessGroupId, ProcessId};

use crate::app::Ctx;
use crate::app::process::copy::{self, Copied, CopyInput, LeftOut};
use crate::http::Tag;
use crate::http::answer::{Answer, Found};
use crate::http::auth;
use crate::http::body::Body;

/// What is copied, and where to.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CopyBody {
    /// The processes.
    #[oai(validator(min_items = 1, max_items = 200))]
    process_ids: Vec<ProcessId>,
    /// A token of the account that they are copied to, of a user who may create processes there. It is not kept.
    #[oai(validator(min_length = 1, max_length = 200))]
    target_token: String,
    /// The process group of that account to lie in. The root of its landscape when absent.
    group_id: Option<ProcessGroupId>,
}

/// What was copied.
#[derive(Debug, Object, Serialize)]
pub(crate) struct CopyView {
    /// Each process, and its copy.
    processes: Vec<CopiedProcessView>,
    /// What the copies lack.
    left_out: Vec<LeftOutView>,
}

/// A process and its copy.
#[derive(Debug, Object, Serialize)]
pub(crate) struct CopiedProcessView {
    /// The process.
    process_id: ProcessId,
    /// Its copy in the other account.
    copy_id: ProcessId,
}

/// Something that a copy lacks.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct LeftOutView {
    /// The process that has it.
    process_id: ProcessId,
    /// The element that has it; absent when it is the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<String>,
    /// What and why, in the caller's language.
    reason: String,
}

impl From<Copied> for CopyView {
    fn from(Copied { processes, left_out }: Copied) -> Self {
        let processes =
            processes.into_iter().map(|(process_id, copy_id)| CopiedProcessView { process_id, copy_id });
        let left_out = left_out.into_iter().map(|LeftOut { process_id, element, reason }| LeftOutView {
            process_id,
            element,
            reason,
        });
        Self { processes: processes.collect(), left_out: left_out.collect() }
    }
}

/// The operation that copies processes to another account.
pub(crate) struct CopyApi;

#[OpenApi(tag = "Tag::Account")]
impl CopyApi {
    /// Copy processes to another account
    ///
    /// For who has a user in both: the request's token may copy from this account, and `target_token` may create processes
    /// in the other. The copies are drafts there, with activities and their instructions, forms, process roles, labels and
    /// components; of what is there by the same name already, that is used. Either all processes are copied or none. What
    /// the copies lack is listed: people, comments, files and links do not go along.
    #[oai(path = "/account/copies", method = "post", operation_id = "account_copy_processes")]
    async fn copy(
        &self,
        ctx: Ctx<of::AccountCopyFrom>,
        request: &Request,
        body: Body<CopyBody>,
    ) -> Answer<Found<CopyView>> {
        let CopyBody { process_ids, target_token, group_id } = body.0;
        let target = auth::context_by(request, &target_token).await?;
        Ok(Found(copy::copy(&ctx, &target, CopyInput { process_ids, group_id }).await?.into()))
    }
}
