//! The forms of the demonstration.

use styr_domain::form::{Choice, Country, Field, FieldType, FormDefinition, LocalText};
use styr_domain::privacy::DataClass;

fn local([da, sv, en]: [&str; 3]) -> LocalText {
    LocalText { da: Some(da.to_owned()), sv: Some(sv.to_owned()), en: Some(en.to_owned()) }
}

fn field(key: &str, kind: FieldType, class: DataClass, label: [&str; 3]) -> Field {
    Field { key: key.to_owned(), kind, class, label: local(label), ..Field::default() }
}

fn required(field: Field) -> Field {
    Field { required: true, ..field }
}

fn choices(field: Field, choices: &[(&str, [&str; 3])]) -> Field {
    let choices =
        choices.iter().map(|(value, label)| Choice { value: (*value).to_owned(), label: local(*label) });
    Field { choices: choices.collect(), ..field }
}

fn form(fields: Vec<Field>) -> FormDefinition {
    FormDefinition { fields, country: Country::Dk }
}

/// What a citizen says who asks for home help.
pub(super) fn application() -> FormDefinition {
    use DataClass::{None, PersonNumber, Personal, Sensitive};
    let kind = field("help", FieldType::Choice, None, ["Hjælp til", "Hjälp med", "Help with"]);
    form(vec![
        required(field("name", FieldType::ShortText, Personal, ["Navn", "Namn", "Name"])),
        Field {
            encrypted: true,
            ..required(field(
                "cpr",
                FieldType::DanishPersonNumber,
                PersonNumber,
                ["CPR-nummer", "CPR-nummer", "CPR number"],
            ))
        },
        field("phone", FieldType::Phone, Personal, ["Telefon", "Telefon", "Phone"]),
        required(Field {
            multiple: true,
            ..choices(
                kind,
                &[
                    ("cleaning", ["Rengøring", "Städning", "Cleaning"]),
                    ("meals", ["Mad", "Mat", "Meals"]),
                    ("care", ["Personlig pleje", "Personlig omvårdnad", "Personal care"]),
                ],
            )
        }),
        required(field(
            "need",
            FieldType::LongText,
            Sensitive,
            ["Beskriv behovet", "Beskriv behovet", "Describe the need"],
        )),
        field("lives_alone", FieldType::YesNo, Personal, ["Bor alene", "Bor ensam", "Lives alone"]),
        Field {
            show_if: Some("lives_alone == false".to_owned()),
            ..field("relative", FieldType::ShortText, Personal, ["Pårørende", "Närstående", "Next of kin"])
        },
    ])
}

/// What a case worker decides about home help.
pub(super) fn decision() -> FormDefinition {
    use DataClass::{None, Sensitive};
    let decision = field("decision", FieldType::Choice, None, ["Afgørelse", "Beslut", "Decision"]);
    form(vec![
        required(choices(
            decision,
            &[("granted", ["Bevilget", "Beviljat", "Granted"]), ("refused", ["Afslag", "Avslag", "Refused"])],
        )),
        Field {
            show_if: Some("decision == \"granted\"".to_owned()),
            min: Some("0.50".to_owned()),
            max: Some("40".to_owned()),
            ..field("hours", FieldType::Decimal, None, ["Timer om ugen", "Timmar i veckan", "Hours a week"])
        },
        required(field("grounds", FieldType::LongText, Sensitive, ["Begrundelse", "Motivering", "Grounds"])),
    ])
}

/// When an employee wishes to be away.
pub(super) fn leave() -> FormDefinition {
    use DataClass::{None, Personal};
    form(vec![
        required(field("first_day", FieldType::Date, Personal, ["Første dag", "Första dag", "First day"])),
        required(Field {
            min: Some("1".to_owned()),
            max: Some("60".to_owned()),
            ..field("days", FieldType::Integer, None, ["Antal dage", "Antal dagar", "Days"])
        }),
        field("remark", FieldType::LongText, Personal, ["Bemærkning", "Anmärkning", "Remark"]),
    ])
}

/// Whether a leader lets them.
pub(super) fn approval() -> FormDefinition {
    use DataClass::{None, Personal};
    form(vec![
        required(field("approved", FieldType::YesNo, None, ["Godkendt", "Godkänd", "Approved"])),
        Field {
            require_if: Some("approved == false".to_owned()),
            ..field("why_not", FieldType::ShortText, Personal, ["Hvorfor ikke", "Varför inte", "Why not"])
        },
    ])
}
