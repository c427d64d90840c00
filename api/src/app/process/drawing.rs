//! Drawings of the landscape.

use std::collections::{BTreeMap, BTreeSet};

use styr_domain::access::{
    DrawingFilter, ProcessFilter, Profile, create_drawing, edit_drawing, of, see_drawing,
};
use styr_domain::flow::draw::{BoardBox, Theme, board};
use styr_domain::id::{DrawingId, ProcessGroupId, ProcessId};
use styr_domain::process::{Drawing, DrawingShape, ProcessGroup};
use styr_domain::{Fault, Language, Text, Violation};
use styr_persistence::{Page, PageRequest, Source, Tx, find_many, get, landscape, library};

use super::missing;
use crate::app::{Ctx, IfMatch, Result};

/// What a drawing is made or replaced with.
#[derive(Debug, Clone)]
pub struct DrawingInput {
    /// Its title.
    pub title: String,
    /// What it shows.
    pub description: String,
    /// What stands in it, from the back to the front.
    pub shapes: Vec<DrawingShape>,
}

/// One page of the drawings that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn list(ctx: &Ctx<of::ProcessSee>, page: PageRequest) -> Result<Page<Drawing>> {
    let read = ctx.read();
    let mut page = library::drawings(&read, &DrawingFilter::of(ctx.actor()), page).await?;
    as_seen(ctx, &read, &mut page.items).await?;
    Ok(page)
}

/// A drawing.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn get_one(ctx: &Ctx<of::ProcessSee>, id: DrawingId) -> Result<Drawing> {
    let read = ctx.read();
    let mut drawing: Drawing = get(&read, ctx.account_id(), id).await?;
    let _seen = see_drawing(ctx.actor(), drawing.account_id, id)?;
    as_seen(ctx, &read, std::slice::from_mut(&mut drawing)).await?;
    Ok(drawing)
}

/// Empties the shapes that stand for what the caller may not see, unless they change drawings.
async fn as_seen(ctx: &Ctx<of::ProcessSee>, source: &impl Source, drawings: &mut [Drawing]) -> Result<()> {
    if create_drawing(ctx.actor()).is_ok() {
        return Ok(());
    }
    let shapes: Vec<DrawingShape> = drawings.iter().flat_map(|drawing| drawing.shapes.clone()).collect();
    let known = Shown::of(ctx, source, &shapes).await?;
    for shape in drawings.iter_mut().flat_map(|drawing| &mut drawing.shapes) {
        let hidden = shape.process_group_id.is_some_and(|id| !known.groups.contains_key(&id))
            || shape.process_id.is_some_and(|id| !known.processes.contains_key(&id));
        if hidden {
            *shape = DrawingShape { bounds: shape.bounds, ..DrawingShape::default() };
        }
    }
    Ok(())
}

/// Makes a drawing.
///
/// # Errors
/// `forbidden`; `invalid` for shapes that cannot be, or that stand for what is not there.
pub async fn create(ctx: &Ctx<of::DrawingManage>, input: DrawingInput) -> Result<Drawing> {
    ctx.write(|tx| async move {
        let permit = create_drawing(ctx.actor())?;
        let DrawingInput { title, description, shapes } = input;
        check(ctx, &tx, &shapes, &[]).await?;
        let drawing = Drawing {
            id: DrawingId(tx.id()),
            account_id: ctx.account_id(),
            title,
            description,
            shapes,
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        tx.insert(&permit, &drawing, "drawing.created").await?;
        Ok(drawing)
    })
    .await
}

/// Replaces a drawing.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`; `invalid` as for [`create`].
pub async fn replace(
    ctx: &Ctx<of::DrawingManage>,
    id: DrawingId,
    if_match: &IfMatch,
    input: DrawingInput,
) -> Result<Drawing> {
    ctx.write(|tx| async move {
        let before: Drawing = get(&*tx, ctx.account_id(), id).await?;
        let permit = edit_drawing(ctx.actor(), before.account_id, id)?;
        if_match.check(before.revision)?;
        let DrawingInput { title, description, shapes } = input;
        check(ctx, &tx, &shapes, &before.shapes).await?;
        let after = Drawing { title, description, shapes, ..before.clone() };
        tx.update(&permit, &before, after, "drawing.changed").await
    })
    .await
}

/// Deletes a drawing. Profiles no longer show it.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`.
pub async fn delete(ctx: &Ctx<of::DrawingManage>, id: DrawingId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let drawing: Drawing = get(&*tx, ctx.account_id(), id).await?;
        let permit = edit_drawing(ctx.actor(), drawing.account_id, id)?;
        if_match.check(drawing.revision)?;
        for before in library::profiles_showing(&tx, id).await? {
            let mut drawing_ids = before.drawing_ids.clone();
            if let Some(ids) = &mut drawing_ids {
                ids.remove(&id);
            }
            let after = Profile { drawing_ids, ..before.clone() };
            tx.update(&permit, &before, after, "profile.changed").await?;
            tx.access_changed();
        }
        tx.delete(&permit, &drawing, "drawing.deleted").await
    })
    .await
}

/// The furthest out, and the largest, that a shape may be, in pixels.
const FAR: f64 = 100_000.0;

/// Whether the shapes can be drawn, and what they stand for is there for the caller. What the drawing showed before may
/// stay, since somebody else may see it.
async fn check<R>(ctx: &Ctx<R>, tx: &Tx, shapes: &[DrawingShape], before: &[DrawingShape]) -> Result<()> {
    let known = Shown::of(ctx, tx, shapes).await?;
    let mut violations = Vec::new();
    for (number, shape) in shapes.iter().enumerate() {
        let place = format!("/shapes/{number}");
        let DrawingShape { process_group_id, process_id, text: _, colour: _, bounds } = shape;
        let numbers = [bounds.x, bounds.y, bounds.width, bounds.height];
        if numbers.iter().any(|number| !number.is_finite() || number.abs() > FAR)
            || bounds.width <= 0.0
            || bounds.height <= 0.0
        {
            violations.push(Violation::at(format!("{place}/bounds"), "out_of_range", OUT_OF_RANGE));
        }
        if process_group_id.is_some() && process_id.is_some() {
            violations.push(Violation::at(format!("{place}/process_id"), "one_of_two", ONE_OF_TWO));
        }
        if let Some(id) = process_group_id
            && !known.groups.contains_key(id)
            && !before.iter().any(|shape| shape.process_group_id.as_ref() == Some(id))
        {
            violations.push(missing(&format!("{place}/process_group_id")));
        }
        if let Some(id) = process_id
            && !known.processes.contains_key(id)
            && !before.iter().any(|shape| shape.process_id.as_ref() == Some(id))
        {
            violations.push(missing(&format!("{place}/process_id")));
        }
    }
    Ok(Fault::unless_valid(violations)?)
}

const OUT_OF_RANGE: Text = Text::fixed(
    "Formens plads kan ikke tegnes: bredde og højde er over 0, og intet tal over 100.000.",
    "Formens plats kan inte ritas: bredd och höjd är över 0, och inget tal över 100 000.",
    "The shape's place cannot be drawn: width and height are above 0, and no number above 100,000.",
);

const ONE_OF_TWO: Text = Text::fixed(
    "En form står for en procesgruppe eller en proces, ikke for begge.",
    "En form står för en processgrupp eller en process, inte för båda.",
    "A shape stands for a process group or a process, not for both.",
);

/// The titles of what shapes stand for, as far as the caller may see it.
struct Shown {
    groups: BTreeMap<ProcessGroupId, String>,
    processes: BTreeMap<ProcessId, String>,
}

impl Shown {
    async fn of<R>(ctx: &Ctx<R>, source: &impl Source, shapes: &[DrawingShape]) -> Result<Self> {
        let groups: BTreeSet<_> = shapes.iter().filter_map(|shape| shape.process_group_id).collect();
        let groups = groups.into_iter().filter(|id| ctx.actor().sees_process_group(*id)).map(|id| id.0);
        let groups = find_many::<ProcessGroup>(source, ctx.account_id(), groups).await?;
        let ids = shapes.iter().filter_map(|shape| shape.process_id);
        let processes = landscape::visible_among(source, &ProcessFilter::of(ctx.actor()), ids).await?;
        Ok(Self {
            groups: groups.into_iter().map(|group| (group.id, group.title)).collect(),
            processes: processes.into_iter().map(|process| (process.id, process.title)).collect(),
        })
    }
}

/// A drawing as an SVG picture. What the caller may not see is an empty box in it.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn picture(ctx: &Ctx<of::ProcessSee>, id: DrawingId, theme: Option<Theme>) -> Result<String> {
    let drawing = get_one(ctx, id).await?;
    let known = Shown::of(ctx, &ctx.read(), &drawing.shapes).await?;
    let boxes: Vec<BoardBox> = drawing.shapes.into_iter().map(|shape| boxed(shape, &known)).collect();
    let texts: Vec<&str> = boxes.iter().filter_map(|shape| shape.text.as_deref()).collect();
    let shows = match ctx.language() {
        Language::Da => "Viser",
        Language::Sv => "Visar",
        Language::En => "Shows",
    };
    let mut description = drawing.description;
    if !texts.is_empty() {
        description = format!("{description} {shows}: {}.", texts.join(", ")).trim_start().to_owned();
    }
    Ok(board(&boxes, &drawing.title, &description, ctx.language(), theme.unwrap_or_default()))
}

fn boxed(shape: DrawingShape, known: &Shown) -> BoardBox {
    let DrawingShape { process_group_id, process_id, text, colour, bounds } = shape;
    let stands_for = match (process_group_id, process_id) {
        (Some(id), _) => Some((id.to_string(), known.groups.get(&id))),
        (None, Some(id)) => Some((id.to_string(), known.processes.get(&id))),
        (None, None) => None,
    };
    match stands_for {
        None => BoardBox { bounds, text, colour, element: None },
        Some((_, None)) => BoardBox { bounds, text: None, colour: None, element: None },
        Some((id, Some(title))) => {
            BoardBox { bounds, text: Some(text.unwrap_or_else(|| title.clone())), colour, element: Some(id) }
        }
    }
}
