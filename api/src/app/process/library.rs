//! Labels and components: what processes are sorted by, and what they make use of.

use styr_domain::access::{Requirement, Resource, of};
use styr_domain::id::{ComponentId, LabelId};
use styr_domain::process::{Component, Label};
use styr_persistence::{Page, PageRequest, Tx, get, library};

use crate::app::{Ctx, IfMatch, Result};

/// What a label is made or replaced with.
#[derive(Debug, Clone)]
pub struct LabelInput {
    /// Its name.
    pub name: String,
    /// Its colour, as `#` and six hexadecimal digits.
    pub colour: Option<String>,
}

/// What a component is made or replaced with.
#[derive(Debug, Clone)]
pub struct ComponentInput {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where it is found.
    pub url: Option<String>,
}

fn permit<R: Requirement>(ctx: &Ctx<R>) -> Result<styr_domain::access::Permit<R>> {
    Ok(ctx.permit(&Resource::shared(ctx.account_id()))?)
}

/// One page of the account's labels.
///
/// # Errors
/// The database fails.
pub async fn labels(ctx: &Ctx<of::ProcessSee>, page: PageRequest) -> Result<Page<Label>> {
    library::labels(&ctx.read(), ctx.account_id(), page).await
}

/// A label.
///
/// # Errors
/// `not_found`.
pub async fn label(ctx: &Ctx<of::ProcessSee>, id: LabelId) -> Result<Label> {
    get(&ctx.read(), ctx.account_id(), id).await
}

async fn refuse_taken_label(tx: &Tx, id: Option<LabelId>, name: &str) -> Result<()> {
    match library::label_by_name(tx, tx.account_id(), name).await? {
        Some(other) if Some(other.id) != id => Err(library::name_taken().into()),
        _ => Ok(()),
    }
}

/// Makes a label.
///
/// # Errors
/// `forbidden`, `name_taken`.
pub async fn create_label(ctx: &Ctx<of::LabelManage>, input: LabelInput) -> Result<Label> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let LabelInput { name, colour } = input;
        refuse_taken_label(&tx, None, &name).await?;
        let label = Label {
            id: LabelId(tx.id()),
            account_id: ctx.account_id(),
            name,
            colour,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&permit, &label, "label.created").await?;
        Ok(label)
    })
    .await
}

/// Replaces a label.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `name_taken`.
pub async fn replace_label(
    ctx: &Ctx<of::LabelManage>,
    id: LabelId,
    if_match: &IfMatch,
    input: LabelInput,
) -> Result<Label> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let before: Label = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(before.revision)?;
        let LabelInput { name, colour } = input;
        refuse_taken_label(&tx, Some(id), &name).await?;
        tx.update(&permit, &before, Label { name, colour, ..before.clone() }, "label.changed").await
    })
    .await
}

/// Deletes a label; processes that had it no longer do.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`.
pub async fn delete_label(ctx: &Ctx<of::LabelManage>, id: LabelId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let label: Label = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(label.revision)?;
        tx.delete(&permit, &label, "label.deleted").await
    })
    .await
}

/// One page of the account's components.
///
/// # Errors
/// The database fails.
pub async fn components(ctx: &Ctx<of::ProcessSee>, page: PageRequest) -> Result<Page<Component>> {
    library::components(&ctx.read(), ctx.account_id(), page).await
}

/// A component.
///
/// # Errors
/// `not_found`.
pub async fn component(ctx: &Ctx<of::ProcessSee>, id: ComponentId) -> Result<Component> {
    get(&ctx.read(), ctx.account_id(), id).await
}

async fn refuse_taken_component(tx: &Tx, id: Option<ComponentId>, name: &str) -> Result<()> {
    match library::component_by_name(tx, tx.account_id(), name).await? {
        Some(other) if Some(other.id) != id => Err(library::name_taken().into()),
        _ => Ok(()),
    }
}

/// Makes a component.
///
/// # Errors
/// `forbidden`, `name_taken`.
pub async fn create_component(ctx: &Ctx<of::ComponentManage>, input: ComponentInput) -> Result<Component> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let ComponentInput { name, description, url } = input;
        refuse_taken_component(&tx, None, &name).await?;
        let component = Component {
            id: ComponentId(tx.id()),
            account_id: ctx.account_id(),
            name,
            description,
            url,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&permit, &component, "component.created").await?;
        Ok(component)
    })
    .await
}

/// Replaces a component.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `name_taken`.
pub async fn replace_component(
    ctx: &Ctx<of::ComponentManage>,
    id: ComponentId,
    if_match: &IfMatch,
    input: ComponentInput,
) -> Result<Component> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let before: Component = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(before.revision)?;
        let ComponentInput { name, description, url } = input;
        refuse_taken_component(&tx, Some(id), &name).await?;
        let after = Component { name, description, url, ..before.clone() };
        tx.update(&permit, &before, after, "component.changed").await
    })
    .await
}

/// Deletes a component; processes that made use of it no longer do.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`.
pub async fn delete_component(
    ctx: &Ctx<of::ComponentManage>,
    id: ComponentId,
    if_match: &IfMatch,
) -> Result<()> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let component: Component = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(component.revision)?;
        tx.delete(&permit, &component, "component.deleted").await
    })
    .await
}
