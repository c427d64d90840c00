//! The landscape as an Excel file.

use poem_openapi::OpenApi;
use poem_openapi::param::Query;
use serde_json::Value;
use styr_domain::access::{ProcessState, of};
use styr_domain::flow::draw::Theme;
use styr_domain::id::ProcessGroupId;
use styr_domain::{Text, text};
use styr_persistence::PageRequest;
use styr_persistence::process::ProcessQuery;

use super::Svg;
use crate::app::Ctx;
use crate::app::process::export::{ListedActivity, ListedProcess, Listing};
use crate::app::process::picture::{self, PictureInput};
use crate::http::Tag;
use crate::http::answer::Answer;
use crate::http::xlsx::{Book, Cell, Column, Xlsx};

/// How many processes are read at a time.
const BATCH: u64 = 200;

/// The operations that write and draw the landscape.
pub(crate) struct LandscapeExportApi;

#[OpenApi(tag = "Tag::Process")]
impl LandscapeExportApi {
    /// Draw the landscape
    ///
    /// What the caller sees of it, or of one group, as an accessible SVG picture without scripts: groups within groups, and
    /// the processes in them, each with its state. Of more than 2,000 processes only the groups are drawn.
    #[oai(path = "/landscape.svg", method = "get", operation_id = "landscape_picture")]
    async fn picture(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// The process group to look into. The whole landscape when absent.
        group_id: Query<Option<ProcessGroupId>>,
        /// How many levels are drawn. 4 when absent.
        #[oai(validator(minimum(value = "1"), maximum(value = "20")))]
        levels: Query<Option<usize>>,
        /// Its colours. As the reader's device prefers when absent.
        theme: Query<Option<Theme>>,
    ) -> Answer<Svg> {
        let input = PictureInput { group_id: group_id.0, levels: levels.0.unwrap_or(4), theme: theme.0 };
        Ok(Svg(picture::landscape(&ctx, input).await?))
    }

    /// Export the landscape for Excel
    ///
    /// The processes that the caller may see, and in a sheet of its own each of their activities: as in force, or of a
    /// draft the newest. Headers are in the caller's language, times in UTC.
    #[oai(path = "/landscape.xlsx", method = "get", operation_id = "landscape_export")]
    async fn export(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// Only processes right in this process group.
        group_id: Query<Option<ProcessGroupId>>,
        /// Only processes in this state.
        state: Query<Option<ProcessState>>,
    ) -> Answer<Xlsx> {
        let query = ProcessQuery { group_id: group_id.0, state: state.0, ..ProcessQuery::default() };
        let now = ctx.app().store().ambient().now();
        let mut book = Book::empty(ctx.language(), now);
        let processes = book.add_table(Some(&PROCESSES), &process_columns())?;
        let activities = book.add_table(Some(&ACTIVITIES), &activity_columns())?;
        let listing = Listing::begin(&ctx, query).await?;
        let mut after = None;
        loop {
            let page = listing.page(PageRequest { limit: BATCH, after }).await?;
            for process in page.items {
                for activity in &process.activities {
                    book.push_to(activities, activity_row(&process, activity))?;
                }
                book.push_to(processes, process_row(process))?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        book.finish(format!("landscape-{}", now.format("%Y-%m-%d"))).await
    }
}

const PROCESSES: Text = Text::fixed("Processer", "Processer", "Processes");
const ACTIVITIES: Text = Text::fixed("Aktiviteter", "Aktiviteter", "Activities");

fn process_columns() -> [Column; 12] {
    [
        Column { header: text!("Kode", "Kod", "Code"), width: 12 },
        Column { header: text!("Titel", "Titel", "Title"), width: 40 },
        Column {
            header: text!("Sted i landskabet", "Plats i landskapet", "Place in the landscape"),
            width: 40,
        },
        Column { header: text!("Formål", "Syfte", "Purpose"), width: 50 },
        Column { header: text!("Tilstand", "Status", "State"), width: 10 },
        Column { header: text!("Synlighed", "Synlighet", "Visibility"), width: 10 },
        Column { header: text!("Ejer", "Ägare", "Owner"), width: 25 },
        Column { header: text!("Udgave", "Utgåva", "Edition"), width: 10 },
        Column { header: text!("Udgivet", "Publicerad", "Published"), width: 20 },
        Column { header: text!("Oprettet", "Skapad", "Created"), width: 20 },
        Column { header: text!("Ændret", "Ändrad", "Changed"), width: 20 },
        Column { header: text!("Id", "Id", "Id"), width: 38 },
    ]
}

fn process_row(listed: ListedProcess) -> Vec<Cell> {
    let ListedProcess { process, path, owner, version, activities: _ } = listed;
    vec![
        Cell::option(process.code),
        process.title.into(),
        path.join(" › ").into(),
        process.purpose.into(),
        name_of(&process.state).into(),
        name_of(&process.visibility).into(),
        owner.into(),
        Cell::option(version.edition),
        Cell::option(version.published_at),
        process.created_at.into(),
        process.updated_at.into(),
        process.id.to_string().into(),
    ]
}

fn activity_columns() -> [Column; 8] {
    [
        Column { header: text!("Proceskode", "Processkod", "Process code"), width: 12 },
        Column { header: text!("Proces", "Process", "Process"), width: 40 },
        Column { header: text!("Bane", "Bana", "Lane"), width: 25 },
        Column { header: text!("Aktivitet", "Aktivitet", "Activity"), width: 40 },
        Column { header: text!("Type", "Typ", "Type"), width: 18 },
        Column { header: text!("Beskrivelse", "Beskrivning", "Description"), width: 60 },
        Column { header: text!("Element", "Element", "Element"), width: 20 },
        Column { header: text!("Proces-id", "Process-id", "Process id"), width: 38 },
    ]
}

fn activity_row(listed: &ListedProcess, activity: &ListedActivity) -> Vec<Cell> {
    let ListedActivity { element, kind, name, lane, documentation } = activity;
    vec![
        Cell::option(listed.process.code.clone()),
        listed.process.title.as_str().into(),
        lane.as_str().into(),
        name.as_str().into(),
        name_of(kind).into(),
        documentation.as_str().into(),
        element.as_str().into(),
        listed.process.id.to_string().into(),
    ]
}

/// The name that a value has on the wire.
fn name_of<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}
