//! Answers that are Excel files (ECMA-376, Office Open XML), written row by row so that memory stays the same however
//! many there are.

use std::io::{Seek as _, SeekFrom};

use chrono::{DateTime, Utc};
use poem::http::header;
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponses, Registry};
use poem_openapi::types::{Binary, Type};
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};
use styr_domain::{Fault, FaultKind, Language, Text};

use super::answer::meta;
use super::problem::Problem;

const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The most UTF-16 code units that a cell takes (Excel's specifications and limits). What is longer is cut.
const LONGEST_TEXT: usize = 32_767;
/// The most rows of a sheet, the header among them (Excel's specifications and limits). More go on in another sheet.
const MOST_ROWS: u32 = 1_048_576;

/// What stands in a cell.
pub(crate) enum Cell {
    /// Nothing.
    Empty,
    /// A text, whatever it begins with: never a formula.
    Text(String),
    /// A number.
    Number(f64),
    /// A time, in UTC as everywhere, since Excel knows no time zones.
    Time(DateTime<Utc>),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<DateTime<Utc>> for Cell {
    fn from(time: DateTime<Utc>) -> Self {
        Self::Time(time)
    }
}

impl Cell {
    /// The value's, or nothing.
    pub(crate) fn option<T: Into<Self>>(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A column: its header and its width in characters.
pub(crate) struct Column {
    pub(crate) header: Text,
    pub(crate) width: u8,
}

/// An Excel file under way.
pub(crate) struct Book {
    workbook: Workbook,
    tables: Vec<Table>,
    language: Language,
    bold: Format,
    time: Format,
}

/// Rows of one kind, in a sheet of their own, or in several when there are more than one takes.
struct Table {
    name: Option<String>,
    full: Vec<Worksheet>,
    sheet: Worksheet,
    header: Vec<(String, u8)>,
    row: u32,
}

impl Book {
    /// An empty file with one table of these columns, made at `now`.
    ///
    /// # Errors
    /// `internal` when there is no folder for temporary files.
    pub(crate) fn new(columns: &[Column], language: Language, now: DateTime<Utc>) -> Result<Self, Problem> {
        let mut book = Self::empty(language, now);
        book.add_table(None, columns)?;
        Ok(book)
    }

    /// A file without tables, made at `now`.
    pub(crate) fn empty(language: Language, now: DateTime<Utc>) -> Self {
        let mut workbook = Workbook::new();
        workbook.set_properties(&DocProperties::new().set_author("Styr").set_creation_datetime(&now));
        let time = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        Self { workbook, tables: Vec::new(), language, bold: Format::new().set_bold(), time }
    }

    /// Adds a table of these columns, and answers its number, from 0. Its sheet bears the name, if any: at most 28
    /// characters, none of `[]:*?/\`.
    ///
    /// # Errors
    /// `internal` when there is no folder for temporary files.
    pub(crate) fn add_table(&mut self, name: Option<&Text>, columns: &[Column]) -> Result<usize, Problem> {
        let header = columns
            .iter()
            .map(|Column { header, width }| (header.in_language(self.language).to_owned(), *width))
            .collect();
        let name = name.map(|name| name.in_language(self.language).to_owned());
        let add = |book: &mut Self| {
            let sheet = book.workbook.new_worksheet_with_constant_memory()?;
            let mut table = Table { name, full: Vec::new(), sheet, header, row: 0 };
            table.begin(&book.bold)?;
            book.tables.push(table);
            Ok(book.tables.len() - 1)
        };
        add(self).map_err(|error: XlsxError| failed(&error))
    }

    /// Adds a row to the first table.
    ///
    /// # Errors
    /// `internal` when the disk is full.
    pub(crate) fn push(&mut self, cells: Vec<Cell>) -> Result<(), Problem> {
        self.push_to(0, cells)
    }

    /// Adds a row to the table of this number.
    ///
    /// # Errors
    /// `internal` when the disk is full.
    pub(crate) fn push_to(&mut self, table: usize, cells: Vec<Cell>) -> Result<(), Problem> {
        self.write(table, cells).map_err(|error| failed(&error))
    }

    /// Packs the file.
    ///
    /// # Errors
    /// `internal` when the disk is full.
    pub(crate) async fn finish(mut self, name: String) -> Result<Xlsx, Problem> {
        let packed = tokio::task::spawn_blocking(move || {
            for mut table in self.tables {
                table.end()?;
                let sheets = table.full.into_iter().chain([table.sheet]);
                for (number, mut sheet) in (1..).zip(sheets) {
                    if let Some(name) = &table.name {
                        let name = if number == 1 { name.clone() } else { format!("{name} {number}") };
                        sheet.set_name(name)?;
                    }
                    self.workbook.push_worksheet(sheet);
                }
            }
            let mut file = tempfile::tempfile()?;
            self.workbook.save_to_writer(&mut file)?;
            let bytes = file.stream_position()?;
            file.seek(SeekFrom::Start(0))?;
            Ok((file, bytes))
        });
        let (file, bytes) =
            packed.await.map_err(|error| failed(&error))?.map_err(|error: XlsxError| failed(&error))?;
        Ok(Xlsx { file, bytes, name })
    }

    fn write(&mut self, table: usize, cells: Vec<Cell>) -> Result<(), XlsxError> {
        let table = &mut self.tables[table];
        if table.row == MOST_ROWS {
            table.end()?;
            let next = self.workbook.new_worksheet_with_constant_memory()?;
            table.full.push(std::mem::replace(&mut table.sheet, next));
            table.begin(&self.bold)?;
        }
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    table.sheet.write_string(table.row, column, fitting(text))?;
                }
                Cell::Number(number) => {
                    table.sheet.write_number(table.row, column, number)?;
                }
                Cell::Time(time) => {
                    let time = time.naive_utc();
                    table.sheet.write_datetime_with_format(table.row, column, time, &self.time)?;
                }
            }
        }
        table.row += 1;
        Ok(())
    }
}

impl Table {
    fn begin(&mut self, bold: &Format) -> Result<(), XlsxError> {
        self.sheet.set_freeze_panes(1, 0)?;
        for (column, (header, width)) in (0..).zip(&self.header) {
            self.sheet.set_column_width(column, *width)?;
            self.sheet.write_string_with_format(0, column, header, bold)?;
        }
        self.row = 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), XlsxError> {
        let last = u16::try_from(self.header.len().saturating_sub(1)).unwrap_or(u16::MAX);
        self.sheet.autofilter(0, 0, self.row - 1, last)?;
        Ok(())
    }
}

fn fitting(text: String) -> String {
    let mut units = 0;
    let end = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > LONGEST_TEXT
    });
    match end {
        None => text,
        Some((end, _)) => text[..end].to_owned(),
    }
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error, "an Excel file could not be written");
    let text = Text::fixed(
        "Excel-filen kunne ikke skrives. Prøv igen, eller bed den, der driver Styr, se i loggen.",
        "Excel-filen kunde inte skrivas. Försök igen, eller be den som driver Styr att titta i loggen.",
        "The Excel file could not be written. Try again, or ask whoever runs Styr to look at the log.",
    );
    Problem(Fault::new(FaultKind::Internal, "file_not_written", text))
}

/// 200 with an Excel file to save.
pub(crate) struct Xlsx {
    file: std::fs::File,
    bytes: u64,
    name: String,
}

impl IntoResponse for Xlsx {
    fn into_response(self) -> Response {
        let Self { file, bytes, name } = self;
        Response::builder()
            .content_type(MEDIA_TYPE)
            .header(header::CONTENT_LENGTH, bytes)
            .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.xlsx\""))
            .body(Body::from_async_read(tokio::fs::File::from_std(file)))
    }
}

impl ApiResponse for Xlsx {
    fn meta() -> MetaResponses {
        let schema = Binary::<Vec<u8>>::schema_ref();
        let content = MetaMediaType { content_type: MEDIA_TYPE, schema };
        meta(200, "The same as an Excel file.", vec![content], vec![])
    }

    fn register(_: &mut Registry) {}
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_TEXT, fitting};

    #[test]
    fn a_text_too_long_for_a_cell_is_cut_between_characters() {
        assert_eq!(fitting("=1+1".to_owned()), "=1+1");
        assert_eq!(fitting("a".repeat(LONGEST_TEXT + 1)).len(), LONGEST_TEXT);
        let long = format!("a{}", "🎉".repeat(LONGEST_TEXT));
        assert_eq!(fitting(long).encode_utf16().count(), LONGEST_TEXT);
    }
}
