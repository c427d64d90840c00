//! Reading a file of users.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};
use csv::{ReaderBuilder, StringRecord};

use super::fault::Faults;
use super::plan::email_key;
use crate::access::Licence;
use crate::form::{DanishPersonNumber, SwedishPersonNumber, email};
use crate::{Fault, Text, text};

/// The most people in one file.
pub const MOST_PEOPLE: usize = 100_000;
/// The most roles of one person.
const MOST_ROLES: usize = 50;

macro_rules! columns {
    ($($(#[$doc:meta])* $variant:ident $name:literal $required:literal $longest:literal),+ $(,)?) => {
        /// A column of a file of users.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column {
            $($(#[$doc])* $variant),+
        }

        impl Column {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in the header.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }

            /// Whether a file must have it, with a value on each line.
            #[must_use]
            pub const fn required(self) -> bool {
                match self {
                    $(Self::$variant => $required),+
                }
            }

            /// The most characters of a value.
            #[must_use]
            pub const fn longest(self) -> usize {
                match self {
                    $(Self::$variant => $longest),+
                }
            }
        }
    };
}

columns! {
    /// What the system that the file comes from knows the person by. It must never change hands.
    ExternalId "external_id" true 200,
    /// Their name.
    Name "name" true 200,
    /// Their e-mail address.
    Email "email" true 254,
    /// Their organisation, by its id or by its path of names from the top, as in `Nordby/Skole`.
    Organisation "organisation" false 2000,
    /// Their phone number.
    Phone "phone" false 50,
    /// Their title at work.
    Title "title" false 200,
    /// Their Danish CPR number or Swedish personnummer.
    PersonNumber "person_number" false 20,
    /// Their licence: `starter`, `basic` or `pro`.
    Licence "licence" false 20,
    /// Whether they may use Styr: `true` or `false`.
    Active "active" false 20,
    /// Their roles by API name, with `|` between; each where it usually holds, or where `@` says.
    Roles "roles" false 10_000,
    /// When their roles stop holding, as RFC 3339 has times.
    RolesExpireAt "roles_expire_at" false 50,
}

/// A file of users that can be read throughout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFile {
    columns: Vec<Column>,
    /// The people, in the file's order.
    pub people: Vec<Person>,
}

/// What a file says of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The line it begins on, from 1, which is the header's.
    pub line: u64,
    /// What they are known by in the system that the file comes from.
    pub external_id: String,
    /// Their name.
    pub name: String,
    /// Their e-mail address, in its normal form.
    pub email: String,
    /// Their organisation as the file names it.
    pub organisation: Option<String>,
    /// Their phone number.
    pub phone: Option<String>,
    /// Their title at work.
    pub title: Option<String>,
    /// Their person number, digits only.
    pub person_number: Option<String>,
    /// Their licence.
    pub licence: Option<Licence>,
    /// Whether they may use Styr.
    pub active: bool,
    /// Their roles.
    pub roles: Vec<RoleCell>,
    /// When their roles stop holding; none when never.
    pub roles_expire_at: Option<DateTime<Utc>>,
}

/// One role as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleCell {
    /// The role's API name.
    pub role: String,
    /// Where it is to hold.
    pub place: RolePlace,
}

/// Where a role of a file is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RolePlace {
    /// Where such a role usually does: `employee`.
    Usual,
    /// In the whole account: `employee@*`.
    Account,
    /// In an organisation and those below it, by its id or path: `employee@Nordby/Skole`.
    Organisation(String),
}

impl UserFile {
    /// Whether the file has the column.
    #[must_use]
    pub fn has(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }
}

/// Reads a file: CSV (RFC 4180) in UTF-8, with or without a byte-order mark, with commas or semicolons between. The first
/// line names the columns, in any order. Lines without any value are passed over, and so are spaces around values.
///
/// `today` is what no person can be born after.
///
/// # Errors
/// `invalid`, naming line and column of each fault, [`MOST_FAULTS`](super::MOST_FAULTS) of them at most.
pub fn read(bytes: &[u8], today: NaiveDate) -> Result<UserFile, Fault> {
    let mut faults = Faults::default();
    let file = read_into(bytes, today, &mut faults);
    if faults.is_empty() { Ok(file) } else { Err(Fault::invalid(faults.into_violations())) }
}

fn read_into(bytes: &[u8], today: NaiveDate, faults: &mut Faults) -> UserFile {
    let mut file = UserFile { columns: Vec::new(), people: Vec::new() };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            faults.of_line(1 + newlines(before), "encoding_wrong", WRONG_ENCODING);
            return file;
        }
    };
    let header = text.lines().find(|line| !line.is_empty()).unwrap_or_default();
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut keys = Keys::default();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            // Whoever stands below would be taken for a leaver.
            Err(_) => {
                faults.of_line(line_of(text, &record), "encoding_wrong", WRONG_ENCODING);
                return file;
            }
        }
        let line = line_of(text, &record);
        if record.iter().all(|value| value.trim().is_empty()) {
            continue;
        }
        if file.columns.is_empty() {
            let Some(columns) = header_columns(line, &record, faults) else { return file };
            file.columns = columns;
            continue;
        }
        if record.len() != file.columns.len() {
            let (is, wanted) = (record.len(), file.columns.len());
            let text = text!(
                "Linjen har {is} værdier, overskriften {wanted}. Se efter skilletegn og anførselstegn; en værdi, der indeholder skilletegnet, skal stå i anførselstegn.",
                "Raden har {is} värden, rubriken {wanted}. Kontrollera skiljetecken och citattecken; ett värde som innehåller skiljetecknet ska stå inom citattecken.",
                "The line has {is} values, the header {wanted}. Check separators and quotation marks; a value that holds the separator stands in quotation marks."
            );
            faults.of_line(line, "values_miscounted", text);
            continue;
        }
        if file.people.len() == MOST_PEOPLE {
            let text = text!(
                "En fil kan højst have {MOST_PEOPLE} personer.",
                "En fil kan ha högst {MOST_PEOPLE} personer.",
                "A file can have {MOST_PEOPLE} people at most."
            );
            faults.of_line(line, "too_many_people", text);
            return file;
        }
        let person = Line { line, columns: &file.columns, record: &record, today }.person(faults);
        keys.note(&person, faults);
        file.people.push(person);
    }
    if file.columns.is_empty() && faults.is_empty() {
        faults.of_line(1, "header_missing", NO_HEADER);
    }
    file
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// The line that a record begins on. The reader counts the empty lines before a record as its own.
fn line_of(text: &str, record: &StringRecord) -> u64 {
    let Some(position) = record.position() else { return 1 };
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let skipped = text.as_bytes().get(from..).unwrap_or_default().iter();
    let empty = skipped.take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
    position.line() + empty.count() as u64
}

fn header_columns(line: u64, header: &StringRecord, faults: &mut Faults) -> Option<Vec<Column>> {
    let known: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
    let known = known.join(", ");
    let mut columns = Vec::with_capacity(header.len());
    for name in header {
        let name = name.trim().to_lowercase();
        match Column::ALL.iter().copied().find(|column| column.name() == name) {
            Some(column) if columns.contains(&column) => {
                faults.at(line, &name, "column_twice", COLUMN_TWICE);
            }
            Some(column) => columns.push(column),
            None => {
                let text = text!(
                    "Kolonnen kendes ikke. Kolonnerne er: {known}.",
                    "Kolumnen är okänd. Kolumnerna är: {known}.",
                    "The column is not known. The columns are: {known}."
                );
                faults.at(line, &name, "column_unknown", text);
            }
        }
    }
    for column in Column::ALL.iter().filter(|column| column.required() && !columns.contains(column)) {
        faults.at(line, column.name(), "column_missing", COLUMN_MISSING);
    }
    if columns.contains(&Column::RolesExpireAt) && !columns.contains(&Column::Roles) {
        faults.at(line, Column::Roles.name(), "column_missing", ROLES_MISSING);
    }
    faults.is_empty().then_some(columns)
}

/// The keys seen so far, each with its line.
#[derive(Default)]
struct Keys {
    external_ids: HashMap<String, u64>,
    emails: HashMap<String, u64>,
}

impl Keys {
    fn note(&mut self, person: &Person, faults: &mut Faults) {
        let Person { line, external_id, email, .. } = person;
        let keys = [
            (&mut self.external_ids, Column::ExternalId, external_id.clone()),
            (&mut self.emails, Column::Email, email_key(email)),
        ];
        for (seen, column, key) in keys {
            if key.is_empty() {
                continue;
            }
            if let Some(first) = seen.get(&key) {
                let text = text!(
                    "Værdien står allerede på linje {first}. Hver person skal have sin egen.",
                    "Värdet finns redan på rad {first}. Varje person ska ha sitt eget.",
                    "The value stands on line {first} already. Each person must have their own."
                );
                faults.at(*line, column.name(), "duplicate", text);
            } else {
                seen.insert(key, *line);
            }
        }
    }
}

/// One line, read value by value.
struct Line<'a> {
    line: u64,
    columns: &'a [Column],
    record: &'a StringRecord,
    today: NaiveDate,
}

impl Line<'_> {
    fn person(&self, faults: &mut Faults) -> Person {
        let mut text = |column| self.value(column, faults).map(str::to_owned);
        let external_id = text(Column::ExternalId).unwrap_or_default();
        let name = text(Column::Name).unwrap_or_default();
        let (organisation, phone, title) =
            (text(Column::Organisation), text(Column::Phone), text(Column::Title));
        Person {
            line: self.line,
            external_id,
            name,
            email: self.parsed(Column::Email, faults, email, "email_malformed", NO_EMAIL).unwrap_or_default(),
            organisation,
            phone,
            title,
            person_number: self.parsed(
                Column::PersonNumber,
                faults,
                |number| person_number(number, self.today),
                "person_number_malformed",
                NO_PERSON_NUMBER,
            ),
            licence: self.parsed(Column::Licence, faults, licence, "licence_unknown", NO_LICENCE),
            active: self
                .parsed(Column::Active, faults, yes_or_no, "active_malformed", NO_ANSWER)
                .unwrap_or(true),
            roles: self.roles(faults),
            roles_expire_at: self.parsed(Column::RolesExpireAt, faults, time, "time_malformed", NO_TIME),
        }
    }

    /// The value of a column, if there is one; and what is wrong with any value.
    fn value(&self, column: Column, faults: &mut Faults) -> Option<&str> {
        let place = self.columns.iter().position(|has| *has == column)?;
        let value = self.record.get(place).unwrap_or_default().trim();
        if value.is_empty() {
            if column.required() {
                faults.at(self.line, column.name(), "value_missing", NO_VALUE);
            }
            return None;
        }
        if value.contains(char::is_control) {
            faults.at(self.line, column.name(), "character_not_allowed", CONTROL);
            return None;
        }
        let longest = column.longest();
        if value.chars().count() > longest {
            let text = text!(
                "Værdien er for lang: højst {longest} tegn.",
                "Värdet är för långt: högst {longest} tecken.",
                "The value is too long: at most {longest} characters."
            );
            faults.at(self.line, column.name(), "too_long", text);
            return None;
        }
        Some(value)
    }

    fn parsed<T>(
        &self,
        column: Column,
        faults: &mut Faults,
        parse: impl FnOnce(&str) -> Option<T>,
        code: &'static str,
        otherwise: Text,
    ) -> Option<T> {
        let parsed = parse(self.value(column, faults)?);
        if parsed.is_none() {
            faults.at(self.line, column.name(), code, otherwise);
        }
        parsed
    }

    fn roles(&self, faults: &mut Faults) -> Vec<RoleCell> {
        let Some(value) = self.value(Column::Roles, faults) else { return Vec::new() };
        let mut roles = Vec::new();
        for cell in value.split('|').map(str::trim).filter(|cell| !cell.is_empty()) {
            let (role, place) = match cell.split_once('@') {
                None => (cell, RolePlace::Usual),
                Some((role, place)) => match place.trim() {
                    "*" => (role.trim(), RolePlace::Account),
                    place => (role.trim(), RolePlace::Organisation(place.to_owned())),
                },
            };
            let cell = RoleCell { role: role.to_owned(), place };
            if !roles.contains(&cell) {
                roles.push(cell);
            }
        }
        if roles.len() > MOST_ROLES {
            let text = text!(
                "En person kan højst have {MOST_ROLES} roller i en fil.",
                "En person kan ha högst {MOST_ROLES} roller i en fil.",
                "A person can have {MOST_ROLES} roles in a file at most."
            );
            faults.at(self.line, Column::Roles.name(), "too_many_roles", text);
            roles.clear();
        }
        roles
    }
}

fn person_number(text: &str, today: NaiveDate) -> Option<String> {
    let danish = DanishPersonNumber::parse(text, today).map(|number| number.as_str().to_owned());
    danish.or_else(|_| SwedishPersonNumber::parse(text, today).map(|number| number.as_str().to_owned())).ok()
}

fn licence(text: &str) -> Option<Licence> {
    match text.to_lowercase().as_str() {
        "starter" => Some(Licence::Starter),
        "basic" => Some(Licence::Basic),
        "pro" => Some(Licence::Pro),
        _ => None,
    }
}

/// What spreadsheets and people write in Danish, Swedish and English.
fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "1" | "ja" | "sand" | "sant" => Some(true),
        "false" | "no" | "0" | "nej" | "falsk" | "falskt" => Some(false),
        _ => None,
    }
}

/// A time as tables keep it, to the microsecond.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(time.with_timezone(&Utc).trunc_subsecs(6))
}

const WRONG_ENCODING: Text = Text::fixed(
    "Filen er ikke UTF-8 her. Gem den som »CSV UTF-8«.",
    "Filen är inte UTF-8 här. Spara den som ”CSV UTF-8”.",
    "The file is not UTF-8 here. Save it as “CSV UTF-8”.",
);
const NO_HEADER: Text = Text::fixed(
    "Filen er tom. Den første linje skal nævne kolonnerne, mindst external_id, name og email.",
    "Filen är tom. Den första raden ska nämna kolumnerna, minst external_id, name och email.",
    "The file is empty. Its first line must name the columns, at least external_id, name and email.",
);
const COLUMN_TWICE: Text = Text::fixed(
    "Kolonnen står to gange. Fjern den ene.",
    "Kolumnen finns två gånger. Ta bort den ena.",
    "The column stands twice. Remove one.",
);
const COLUMN_MISSING: Text = Text::fixed(
    "Kolonnen mangler. Tilføj den til overskriften og til hver linje.",
    "Kolumnen saknas. Lägg till den i rubriken och på varje rad.",
    "The column is missing. Add it to the header and to each line.",
);
const ROLES_MISSING: Text = Text::fixed(
    "roles_expire_at gælder roller, men kolonnen roles mangler.",
    "roles_expire_at gäller roller, men kolumnen roles saknas.",
    "roles_expire_at is about roles, but the column roles is missing.",
);
const NO_VALUE: Text = Text::fixed(
    "Værdien mangler. Udfyld den.",
    "Värdet saknas. Fyll i det.",
    "The value is missing. Fill it in.",
);
const CONTROL: Text = Text::fixed(
    "Værdien indeholder et linjeskift eller et andet styretegn. Fjern det, og se efter, om et anførselstegn ikke er afsluttet.",
    "Värdet innehåller en radbrytning eller ett annat styrtecken. Ta bort det och kontrollera om ett citattecken inte är avslutat.",
    "The value holds a line break or another control character. Remove it, and see whether a quotation mark is not closed.",
);
const NO_EMAIL: Text = Text::fixed(
    "Dette er ikke en e-mailadresse. Skriv den som navn@eksempel.dk.",
    "Detta är inte en e-postadress. Skriv den som namn@exempel.se.",
    "This is not an e-mail address. Write it as name@example.org.",
);
const NO_PERSON_NUMBER: Text = Text::fixed(
    "Dette er hverken et CPR-nummer eller et svensk personnummer. Se efter, om regnearket har fjernet et nul forrest.",
    "Detta är varken ett danskt CPR-nummer eller ett personnummer. Kontrollera om kalkylarket har tagit bort en inledande nolla.",
    "This is neither a Danish CPR number nor a Swedish personnummer. See whether the spreadsheet dropped a leading zero.",
);
const NO_LICENCE: Text = Text::fixed(
    "Licensen er starter, basic eller pro.",
    "Licensen är starter, basic eller pro.",
    "The licence is starter, basic or pro.",
);
const NO_ANSWER: Text =
    Text::fixed("Skriv true eller false.", "Skriv true eller false.", "Write true or false.");
const NO_TIME: Text = Text::fixed(
    "Skriv tidspunktet med dato, klokkeslæt og zone, som 2026-12-31T23:00:00Z.",
    "Skriv tidpunkten med datum, klockslag och zon, som 2026-12-31T23:00:00Z.",
    "Write the time with its date, clock and zone, as 2026-12-31T23:00:00Z.",
);
